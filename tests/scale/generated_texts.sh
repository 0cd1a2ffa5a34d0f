#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Corpora of scripts/bench/generated_texts.py: no document is repeated, one seed gives one corpus for
# any number of processes, and new words keep appearing.
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*"; exit 1; }
generate() { python3 "$project/scripts/bench/generated_texts.py" "$project/data/sample/train" "$@"; }

generate --times 50 -o "$work/one" --jobs 1
generate --times 50 -o "$work/two" --jobs 2
cmp "$work/one" "$work/two" || fail "two processes write another corpus than one"
generate --times 50 -o "$work/other" --seed 1
! cmp -s "$work/one" "$work/other" || fail "the seed has no effect"
[ "$(head -n 1 "$work/one")" = "label	text" ] || fail "no header line"
documents=$(($(find "$project/data/sample/train" -type f | wc -l) * 50))
[ "$(sort -u "$work/one" | wc -l)" -eq $((documents + 1)) ] || fail "a document is repeated or lost"

new_words() { grep -oE '\<xq[a-z]+' | sort -u | wc -l; }
half=$(head -n $((documents / 2)) "$work/one" | new_words)
all=$(new_words <"$work/one")
[ "$half" -gt 100 ] && [ "$all" -gt $((half * 5 / 4)) ] && [ "$all" -lt $((half * 2)) ] ||
  fail "$half new words in the first half of the documents, $all in all of them"

generate --size 100000 -o "$work/sized"
size=$(wc -c <"$work/sized")
[ "$size" -ge 100000 ] && [ "$size" -lt 120000 ] || fail "$size bytes for --size 100000"
