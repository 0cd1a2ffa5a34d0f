#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs clang-tidy, with the checks of .clang-tidy, on the source files given, or on all files of src/
# that do not use LibTorch. A file is skipped if neither it nor any header has changed since it was
# last found clean. Prints the findings; any is a failure.
#
#   scripts/tidy.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."

command -v clang-tidy >/dev/null || { echo "tidy: install clang-tidy" >&2; exit 1; }
if [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t files < <(find src -name '*.cpp' ! -path 'src/training/*' | sort)
  files+=(src/training/backend.cpp src/training/options.cpp)
fi
cmake --preset tidy -DCMAKE_CXX_CLANG_TIDY= >/dev/null
mkdir -p build/tidy/clean

# Of everything that the findings in a file depend on; its name in build/tidy/clean says it is clean.
common=$(find include src .clang-tidy -name '*.hpp' -print0 -o -name .clang-tidy -print0 |
  sort -z | xargs -0 cat | sha256sum)
export common
check() {
  local stamp
  stamp=build/tidy/clean/$( (echo "$common $1"; cat "$1") | sha256sum | cut -c1-32)
  [ ! -e "$stamp" ] || return 0
  clang-tidy -p build/tidy --quiet "$1" 2>/dev/null || { echo "tidy: findings in $1" >&2; return 1; }
  touch "$stamp"
}
export -f check
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'check "$0" || exit 1'
echo "tidy: ${#files[@]} files are clean"
