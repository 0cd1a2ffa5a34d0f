#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Measures which lines the core tests execute, with gcov, in build/coverage. Prints the share of
# lines per folder and fails if it is below 92 % for the core, or below 97 % for the code that reads
# strangers' files: the readers of documents and of models. With --missed, also lists the lines that
# no test executes.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  "" | --missed) ;;
  *) echo "coverage: unknown option $1; use --missed or nothing" >&2; exit 2 ;;
esac
cmake --preset coverage >/dev/null
cmake --build --preset coverage
find build/coverage -name '*.gcda' -delete
build/coverage/tests/core_tests >build/coverage/tests.log || { tail -40 build/coverage/tests.log; exit 1; }
python3 scripts/coverage.py build/coverage "$@"
