#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Accuracy on 20 Newsgroups: three groups with five seeds, then all twenty groups once.
set -euo pipefail
newsclf=$1
project=$(cd "$(dirname "$0")/../.." && pwd)
data=$project/data/20news
[ -d "$data" ] || { echo "no $data; scripts/get_data.sh gets it" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
groups=comp.graphics,rec.sport.baseball,sci.space

at_least() { # at_least FLOOR "accuracy N %, …"
  echo "$2"
  awk -v floor="$1" -v line="$2" 'BEGIN { split(line, word, " "); exit !(word[2] >= floor) }' ||
    { echo "expected at least $1" >&2; exit 1; }
}

at_least 97.2 "$(NEWSCLF=$newsclf "$project/scripts/bench/seeds.sh" \
  "$data/20news-bydate-train" "$data/20news-bydate-test" --labels $groups)"

"$newsclf" train "$data/20news-bydate-train" -o "$work/model" 2>"$work/train.err"
grep -q 'read .* 11,314 documents, 20 labels' "$work/train.err"
grep -q '44 decoded as windows-1252' "$work/train.err"
at_least 87 "$("$newsclf" eval "$work/model" "$data/20news-bydate-test" -q | head -n 1)"
[ "$(echo "the shuttle reached orbit this morning" | "$newsclf" predict "$work/model" | cut -f1)" = sci.space ]
