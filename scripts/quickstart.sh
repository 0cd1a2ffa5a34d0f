#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Quick start: installs the dependencies, builds newsclf, downloads the 20 Newsgroups posts, trains
# on three groups, scores the test posts, and labels a piped text. Fast when run again.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target newsclf newsclf_training

export PATH="$PWD/build/release/bin:$PATH"
model=build/release/quickstart.safetensors
run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

if scripts/get_data.sh; then
  run newsclf train data/20news/20news-bydate-train \
    --labels comp.graphics,rec.sport.baseball,sci.space -o "$model" --force
  run newsclf eval "$model" data/20news/20news-bydate-test --known-labels
  text="the shuttle reached orbit this morning"
else
  echo "quickstart: the public posts are not available; using the small corpus in data/sample" >&2
  run newsclf train data/sample/train -o "$model" --force
  run newsclf eval "$model" data/sample/test
  text="the telescope showed two moons of jupiter"
fi
printf '\n$ echo "%s" | newsclf predict %s\n' "$text" "$model"
echo "$text" | newsclf predict "$model"
run newsclf info "$model"
