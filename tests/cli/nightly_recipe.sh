#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the recipe in README.md that trains a model every night and replaces the old one only if the
# new one is not worse.
set -euo pipefail
newsclf=$1
project=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$(realpath "$newsclf")" "$work/bin/newsclf"
PATH=$work/bin:$PATH
cp -r "$project/data/sample/train" "$work/posts"
cp -r "$project/data/sample/test" "$work/test"
cd "$work"

recipe=$(sed -n '/^    newsclf train posts/,/^      mv/s/^    //p' "$project/README.md")
[ "$(wc -l <<<"$recipe")" -eq 3 ] || { echo "README.md has no such recipe" >&2; exit 1; }
run_recipe() { status=0; bash -c "$recipe" 2>messages.txt || status=$?; }
fail() { echo "$*" >&2; cat messages.txt >&2; exit 1; }
same_files() { cmp -s "$1" "$2"; }

# The old model knows every label, but was trained for one epoch; the new one is better.
newsclf train posts -q --epochs 1 --members 1 -o news.safetensors
cp news.safetensors old.safetensors
run_recipe
[ "$status" = 0 ] || fail "a better model: status $status"
[ ! -e new.safetensors ] || fail "a better model was not moved"
! same_files news.safetensors old.safetensors || fail "a better model did not replace the old one"
grep -q '^second minus first: +' compare.txt || fail "the new model is not better"

# One label gets the documents of another: the new model is worse.
cp news.safetensors old.safetensors
first=$(ls posts | head -n 1)
second=$(ls posts | sed -n 2p)
mv "posts/$first" aside
mv "posts/$second" "posts/$first"
mv aside "posts/$second"
run_recipe
[ "$status" = 3 ] || fail "a worse model: status $status"
grep -q '^newsclf: accuracy fell from .* more than --max-drop 0.005$' messages.txt ||
  fail "no message about the drop"
same_files news.safetensors old.safetensors || fail "a worse model replaced the old one"
[ -e new.safetensors ] || fail "the worse model was not kept for inspection"

# A failed training ends the recipe.
rm -rf posts
run_recipe
[ "$status" = 1 ] || fail "no data: status $status"
same_files news.safetensors old.safetensors || fail "a failed training replaced the model"
