#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs dependencies, builds, and runs all tests. With --all, warnings are errors, the core tests
# also run under AddressSanitizer and UndefinedBehaviorSanitizer, the fuzz targets run for 20 seconds
# each, the Python wheel is built and tested, the tests that need Python packages or the public posts
# must run, a skipped test is a failure, and scripts/cuda_check.sh makes its dry run.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  "") preset=release ;;
  --all) preset=dev ;;
  *) echo "test: unknown option $1; use --all or nothing" >&2; exit 2 ;;
esac

# Runs a command and says how long it took.
timed() {
  local name=$1 start=$SECONDS
  shift
  "$@"
  echo "test: $name took $(((SECONDS - start + 30) / 60)) min" >&2
}

build() {
  cmake --preset "$1" >/dev/null
  cmake --build --preset "$@"
}

timed "setting up" scripts/setup.sh "$@"
if [ $preset = dev ]; then
  scripts/get_data.sh
  timed "building for the sanitizers" build asan --target core_tests
  timed "the core tests under the sanitizers" build/asan/tests/core_tests
  timed "fuzzing" tests/fuzz/run.sh 20
fi
timed "building" build $preset
if [ $preset = dev ]; then
  timed "building and testing the wheel" scripts/build_wheel.sh --test
  scripts/cuda_check.sh --prepare build/cuda/folder
  timed "the dry run of cuda_check.sh" scripts/cuda_check.sh --dry-run build/cuda/folder
fi
log=build/$preset/ctest.log
ctest --preset $preset --parallel "$(nproc)" 2>&1 | tee "$log"
if [ $preset = dev ] && grep -q '\*\*\*Skipped' "$log"; then
  echo "test: tests were skipped, which --all does not allow" >&2
  exit 1
fi
