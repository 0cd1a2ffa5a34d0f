#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs dependencies, builds, and runs all tests. With --all, warnings are errors, the core tests
# also run under AddressSanitizer and UndefinedBehaviorSanitizer, the fuzz targets run for 20 seconds
# each, the tests that need Python packages or the public posts must run, a skipped test is a
# failure, and scripts/cuda_check.sh makes its dry run.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  "") preset=release ;;
  --all) preset=dev ;;
  *) echo "test: unknown option $1; use --all or nothing" >&2; exit 2 ;;
esac

scripts/setup.sh "$@"
if [ $preset = dev ]; then
  scripts/get_data.sh
  cmake --preset asan >/dev/null
  cmake --build --preset asan --target core_tests
  build/asan/tests/core_tests
  tests/fuzz/run.sh 20
fi
cmake --preset $preset >/dev/null
cmake --build --preset $preset
if [ $preset = dev ]; then
  scripts/cuda_check.sh --prepare build/cuda/folder
  scripts/cuda_check.sh --dry-run build/cuda/folder
fi
log=build/$preset/ctest.log
ctest --preset $preset --parallel "$(nproc)" 2>&1 | tee "$log"
if [ $preset = dev ] && grep -q '\*\*\*Skipped' "$log"; then
  echo "test: tests were skipped, which --all does not allow" >&2
  exit 1
fi
