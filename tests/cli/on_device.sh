#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The program on a CUDA device, compared with the CPU. The last line of the output is a short result.
#   on_device.sh NEWSCLF DEVICE TRAIN TEST CHECK [options of newsclf train]
# CHECK is one of
#   accuracy POINTS  the mean accuracy of five seeds differs from the CPU's by at most POINTS
#   large TIMES POINTS  trains on a generated corpus of so many times the documents of TRAIN: the
#                    seconds beside the CPU's, and the same bound on the accuracy, of one seed
#   scores           eval and predict agree with the built-in implementation in figures, labels and
#                    probabilities
#   repeat           reports whether two trainings write the same bytes; fails only on the CPU
#   resume           so does a training that was ended and goes on from its checkpoint
#   no_device        a device index that does not exist is refused in one line
#   out_of_memory    so is a training for which the device has too little memory; PYTHON names a
#                    Python with torch, which holds most of that memory meanwhile
# DEVICE may be `cpu`, which shows that the checks run, except the last one.
set -euo pipefail
newsclf=$1 device=$2 train=$3 test=$4 check=$5
shift 5
project=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*"; exit 1; }

accuracy() { # accuracy POINTS [options]
  local points=$1
  shift
  for place in cpu "$device"; do
    NEWSCLF=$newsclf "$project/scripts/bench/seeds.sh" "$train" "$test" --device "$place" "$@" |
      tee "$work/$place.accuracy"
  done
  awk -v points="$points" '{ percent[NR] = $2 }
    END { d = percent[2] - percent[1]
          printf "%.2f %%, on the CPU %.2f %%: %+.2f points, at most %s\n", percent[2], percent[1], d, points
          exit !(d <= points && d >= -points) }' "$work/cpu.accuracy" "$work/$device.accuracy"
}

large() { # large TIMES POINTS [options]
  local points=$2 place
  python3 "$project/scripts/bench/generated_texts.py" "$train" --times "$1" -o "$work/large.tsv"
  shift 2
  for place in "$device" cpu; do
    python3 - "$newsclf" train "$work/large.tsv" -o "$work/large.model" --force -q \
      --device "$place" "$@" <<'PYTHON'
import resource, subprocess, sys, time
begin = time.monotonic()
subprocess.run(sys.argv[1:], check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{time.monotonic() - begin:.1f} s ({usage.ru_utime + usage.ru_stime:.0f} CPU s, "
      f"{usage.ru_maxrss / 1e6:.1f} GB)", end=" ")
PYTHON
    "$newsclf" eval "$work/large.model" "$test" --known-labels -q |
      sed -nE '1s/.*accuracy ([0-9.]+).*/\1/p'
  done | tee "$work/large"
  awk -v points="$points" -v documents="$(wc -l <"$work/large.tsv")" \
    '{ percent[NR] = $NF; cost[NR] = $0; sub(/ [^ ]*$/, "", cost[NR]) }
    END { d = percent[1] - percent[2]
          printf "%d documents: %s and %.2f %%, on the CPU %s and %.2f %%\n",
                 documents - 1, cost[1], percent[1], cost[2], percent[2]
          exit !(NR == 2 && d <= points && d >= -points) }' "$work/large"
}

answers() { # answers NAME OPTIONS...
  "$newsclf" eval "$work/model" "$test" --known-labels -q --json "$work/$1.json" "${@:2}" >/dev/null
  "$newsclf" predict "$work/model" "$test" -q "${@:2}" >"$work/$1.tsv"
}

scores() {
  "$newsclf" train "$train" -o "$work/model" -q --device cpu "$@"
  answers built-in --device cpu --backend native
  answers module --device "$device" --backend torch
  python3 - "$work/built-in" "$work/module" <<'PYTHON'
import json, sys
figures = [json.load(open(f"{name}.json")) for name in sys.argv[1:]]
for name in ("accuracy", "log_loss"):
    first, second = (values[name] for values in figures)
    if abs(first - second) > 1e-4:
        sys.exit(f"{name} is {second}, by the built-in implementation {first}")
answers = [[line.split("\t") for line in open(f"{name}.tsv")] for name in sys.argv[1:]]
furthest = 0
for first, second in zip(*answers, strict=True):
    if first[:-1] != second[:-1]:
        sys.exit(f"predicts {second}, by the built-in implementation {first}")
    furthest = max(furthest, abs(float(first[-1]) - float(second[-1])))
if furthest > 1e-4:
    sys.exit(f"a probability differs by {furthest}")
print(f"{len(answers[0])} documents have the same label, probabilities within {furthest:.1e}")
PYTHON
}

same_bytes() { # same_bytes WHAT
  if cmp -s "$work/1" "$work/2"; then
    echo "$1: the same bytes"
  else
    echo "$1: other bytes"
    [ "$device" != cpu ]
  fi
}

repeat() {
  for run in 1 2; do
    "$newsclf" train "$train" -o "$work/$run" -q --device "$device" "$@"
  done
  same_bytes "two trainings with one seed"
}

resume() {
  local status=0 pid
  "$newsclf" train "$train" -o "$work/1" -q --device "$device" "$@"
  "$newsclf" train "$train" -o "$work/2" -q --device "$device" "$@" \
    --checkpoint "$work/checkpoint" --checkpoint-every 0 &
  pid=$!
  until [ -e "$work/checkpoint" ] || ! kill -0 $pid; do sleep 0.01; done
  kill -TERM $pid
  wait $pid || status=$?
  [ $status -eq 143 ] || fail "status $status after SIGTERM"
  "$newsclf" train "$train" -o "$work/2" -q --device "$device" "$@" --resume "$work/checkpoint"
  same_bytes "a training that goes on from its checkpoint"
}

# Runs newsclf, which has to fail with status 1 and one line that begins with these words.
refused() { # refused WORDS ARGUMENTS...
  local status=0
  "$newsclf" "${@:2}" >"$work/out" 2>"$work/err" || status=$?
  cat "$work/err"
  [ $status -eq 1 ] || fail "newsclf $2: status $status, expected 1"
  [ "$(wc -l <"$work/err")" -eq 1 ] || fail "newsclf $2: more than one line of error"
  [[ "$(cat "$work/err")" == "newsclf: $1"* ]] || fail "newsclf $2: expected 'newsclf: $1'"
}

no_device() {
  "$newsclf" train "$project/data/sample/train" -o "$work/model" -q --device cpu --epochs 1
  local words="device cuda:99: there "
  [ "$device" != cpu ] || words="device cuda:99: LibTorch "
  refused "$words" train "$project/data/sample/train" -o "$work/other" -q --device cuda:99
  refused "$words" eval "$work/model" "$project/data/sample/test" -q --device cuda:99
  refused "$words" predict "$work/model" "$project/data/sample/test" -q --device cuda:99
  [ ! -e "$work/other" ] || fail "a model was written"
}

out_of_memory() {
  # It leaves 2 GiB: enough to start CUDA in another process, too little for 0.9 GB
  # of weights and two estimates of Adam for each of them.
  coproc HOLDER { "$PYTHON" -u -c '
import sys, torch
free, _ = torch.cuda.mem_get_info()
held = torch.empty(max(free - (2 << 30), 1), dtype=torch.uint8, device="cuda")
print(f"{held.numel() / 2**30:.1f} GiB held")
sys.stdin.read()'; }
  local holder=$HOLDER_PID line
  read -r line <&"${HOLDER[0]}" || fail "$PYTHON could not take the memory of the device"
  echo "$line"
  refused "CUDA: out of memory" train "$project/data/sample/train" -o "$work/model" -q \
    --device "$device" --members 1 --hidden 65536,10 --epochs 1
  [ ! -e "$work/model" ] || fail "a model was written"
  kill "$holder"
}

"$check" "$@"
