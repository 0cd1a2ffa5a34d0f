#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The commands in the section "Past one machine" of the README, which divide the labelling among
# processes, give the answers of one process.
#
#   recipes.sh NEWSCLF    exit status 77: GNU parallel is not installed
set -euo pipefail
cd "$(dirname "$0")/../.."
project=$PWD binary=$(realpath "$1")
parallel --version 2>/dev/null | grep -q GNU || { echo "skipped: GNU parallel is not installed" >&2; exit 77; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
PATH=$(dirname "$binary"):$PATH
cp "$project/tests/fixtures/model/model.safetensors" news.safetensors
cp -r "$project/data/sample/test" posts
find posts -type f -print0 | sort -z | xargs -0 -n 1 sh -c 'tr "\n" " " <"$0"; echo' >once
for _ in 1 2 3 4 5 6 7 8; do cat once; done >lines.txt
gzip -k lines.txt
newsclf predict news.safetensors -q <lines.txt >expected
newsclf predict news.safetensors posts/*/* -q >expected_of_files

# Runs the one command of the README that contains $1.
run_recipe() {
  local recipe
  recipe=$(sed -n '/^## Past one machine/,/^## /s/^    //p' "$project/README.md" | grep -F -- "$1")
  [ "$(wc -l <<<"$recipe")" = 1 ]
  eval "$recipe"
}
same() { cmp "$1" "$2" || { echo "recipes: $3 gives other answers" >&2; exit 1; }; }

run_recipe --pipepart
same answers.tsv expected --pipepart
rm answers.tsv
run_recipe "--pipe "
same answers.tsv expected --pipe
rm answers.tsv
run_recipe xargs
same <(sort answers.tsv) <(sort expected_of_files) xargs
rm answers.tsv
for SLURM_ARRAY_TASK_ID in 0 1 2; do
  SLURM_ARRAY_TASK_COUNT=3
  run_recipe --shard
done
# Line i is in part i modulo 3.
paste -d '\n' answers.0 answers.1 answers.2 | sed '/^$/d' >answers.tsv
same answers.tsv expected --shard
echo "recipes: 4 recipes gave the answers of one process to $(wc -l <lines.txt) lines"
