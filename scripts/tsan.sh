#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the tests of the core and of the training library with ThreadSanitizer in build/tsan, and
# runs them: every data race is a failure, except those within LibTorch and OpenMP, which are not
# built with it (tests/support/tsan_suppressions.txt). With --core, only the tests of the core.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  "") programs=(core_tests training_tests) ;;
  --core) programs=(core_tests) ;;
  *) echo "tsan: unknown option $1; use --core or nothing" >&2; exit 2 ;;
esac
cmake --preset tsan >/dev/null
cmake --build --preset tsan --target "${programs[@]}"
export OMP_NUM_THREADS=1
export TSAN_OPTIONS="suppressions=$PWD/tests/support/tsan_suppressions.txt ${TSAN_OPTIONS:-}"
for program in "${programs[@]}"; do
  build/tsan/tests/"$program"
done
