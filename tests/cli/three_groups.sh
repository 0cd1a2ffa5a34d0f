#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The main job on real posts: trains on three groups and scores the posts of the test split.
set -euo pipefail
newsclf=$1
data=$(dirname "$0")/../../data/20news
[ -d "$data" ] || { echo "no $data; scripts/get_data.sh gets it" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$newsclf" train "$data/20news-bydate-train" -o "$work/model" \
  --labels comp.graphics,rec.sport.baseball,sci.space 2>"$work/train.err"
grep -q 'read .* 1,774 documents, 3 labels' "$work/train.err"
grep -q '11 not UTF-8 (replace)' "$work/train.err"
"$newsclf" eval "$work/model" "$data/20news-bydate-test" --known-labels -q --json - >"$work/scores.json"
python3 - "$work/scores.json" <<'END'
import json, sys
scores = json.load(open(sys.argv[1]))
assert scores["documents"] == 1180, scores["documents"]
assert scores["accuracy"] >= 0.965, scores["accuracy"]
print("accuracy", scores["accuracy"])
END
echo "the shuttle reached orbit this morning" | "$newsclf" predict "$work/model" | grep -q '^sci.space	'
