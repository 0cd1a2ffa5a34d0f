#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the fuzz targets, and runs each of them for a number of seconds or executions under
# AddressSanitizer and UndefinedBehaviorSanitizer; as many at once as there are processors.
#
#   tests/fuzz/run.sh SECONDS|COUNTx [TARGET...]   20: in CI; 3600 or 10000000x: a long run
#
# Targets: records, text, archive, posts, model, config; default: all. Starts from the inputs in
# tests/fuzz/corpus/TARGET, and from those that earlier runs have added to build/fuzz/corpus/TARGET.
# Prints one line per target. At a finding the exit status is 1, and build/fuzz/findings has the
# input: build/fuzz/tests/fuzz/TARGET_fuzz INPUT repeats it.
set -euo pipefail
cd "$(dirname "$0")/../.."

[[ ${1:-} =~ ^[1-9][0-9]*x?$ ]] ||
  { echo "usage: tests/fuzz/run.sh SECONDS|COUNTx [TARGET...]" >&2; exit 2; }
limit=-max_total_time=$1
[[ $1 != *x ]] || limit=-runs=${1%x}
shift
[ $# -gt 0 ] || set -- records text archive posts model config

# Runs one target; prints a summary and, at a finding, the end of its log.
run_target() {
  local target=$1 corpus=build/fuzz/corpus/$1 log=build/fuzz/$1.log longest=1024 status=0
  case $target in archive | model) longest=8192 ;; esac
  mkdir -p "$corpus"
  build/fuzz/tests/fuzz/"${target}_fuzz" "$limit" -max_len=$longest -timeout=10 \
    -rss_limit_mb=2048 -seed=1 -dict=tests/fuzz/"$target".dict -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$target-" "$corpus" tests/fuzz/corpus/"$target" \
    </dev/null >"$log" 2>&1 || status=$?
  stat() { sed -nE "s/^stat::$1: +//p" "$log"; }
  echo "fuzz: $target: $(stat number_of_executed_units) executions," \
    "$(stat average_exec_per_sec) per second," \
    "coverage $(sed -nE 's/.* cov: ([0-9]+) .*/\1/p' "$log" | tail -1)," \
    "$(stat new_units_added) new inputs"
  [ $status -ne 0 ] || return 0
  grep -vE '^#[0-9]+\s' "$log" | head -40 >&2
  echo "fuzz: $target: FINDING; see $log and $(sed -nE 's/.*Test unit written to //p' "$log")" >&2
  return 1
}

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
mkdir -p build/fuzz/findings
# Every input needs a few blocks of 256 KiB; that they are used again soon saves a third of the time.
export ASAN_OPTIONS=quarantine_size_mb=16
failed=0 running=0
for target in "$@"; do
  if [ $running -ge "$(nproc)" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  run_target "$target" &
  running=$((running + 1))
done
while [ $running -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
exit $failed
