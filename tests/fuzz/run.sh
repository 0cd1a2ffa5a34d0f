#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the fuzz targets, and runs each of them for a number of seconds under AddressSanitizer and
# UndefinedBehaviorSanitizer.
#
#   tests/fuzz/run.sh SECONDS [TARGET...]     targets: records, text, archive; default: all
#
# Starts from the inputs in tests/fuzz/corpus/TARGET, and from those that earlier runs have added to
# build/fuzz/corpus/TARGET. Prints one line per target. At a finding the exit status is 1, and
# build/fuzz/findings has the input: build/fuzz/tests/fuzz/TARGET_fuzz INPUT repeats it.
set -euo pipefail
cd "$(dirname "$0")/../.."

[[ ${1:-} =~ ^[1-9][0-9]*$ ]] || { echo "usage: tests/fuzz/run.sh SECONDS [TARGET...]" >&2; exit 2; }
seconds=$1
shift
[ $# -gt 0 ] || set -- records text archive

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
mkdir -p build/fuzz/findings
# Every input needs a few blocks of 256 KiB; that they are used again soon saves a third of the time.
export ASAN_OPTIONS=quarantine_size_mb=16
failed=0
for target in "$@"; do
  corpus=build/fuzz/corpus/$target log=build/fuzz/$target.log status=0
  mkdir -p "$corpus"
  longest=1024
  [ "$target" != archive ] || longest=8192
  build/fuzz/tests/fuzz/"${target}_fuzz" -max_total_time="$seconds" -max_len=$longest -timeout=10 \
    -rss_limit_mb=2048 -seed=1 -dict=tests/fuzz/"$target".dict -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$target-" "$corpus" tests/fuzz/corpus/"$target" \
    >"$log" 2>&1 || status=$?
  stat() { sed -nE "s/^stat::$1: +//p" "$log"; }
  echo "fuzz: $target: $(stat number_of_executed_units) executions," \
    "$(stat average_exec_per_sec) per second," \
    "coverage $(sed -nE 's/.* cov: ([0-9]+) .*/\1/p' "$log" | tail -1)," \
    "$(stat new_units_added) new inputs"
  if [ $status -ne 0 ]; then
    failed=1
    grep -vE '^#[0-9]+\s' "$log" | head -40 >&2
    echo "fuzz: $target: FINDING; see $log and $(sed -nE 's/.*Test unit written to //p' "$log")" >&2
  fi
done
exit $failed
