#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Mean test accuracy over seeds 0 to 4: for each, trains on TRAIN and scores TEST (known labels).
#   scripts/bench/seeds.sh TRAIN TEST [options of newsclf train]
set -euo pipefail
train=$1 test=$2
shift 2
newsclf=${NEWSCLF:-$(dirname "$0")/../../build/release/bin/newsclf}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for seed in 0 1 2 3 4; do
  "$newsclf" train "$train" -o "$work/$seed" -q --seed "$seed" "$@"
  "$newsclf" eval "$work/$seed" "$test" --known-labels -q --json "$work/$seed.json" >/dev/null
  rm "$work/$seed"
done
python3 - "$work"/*.json <<'END'
import json, statistics, sys
accuracies = [100 * json.load(open(path))["accuracy"] for path in sys.argv[1:]]
print("accuracy %.2f %%, mean of %d seeds (%s)" % (
    statistics.mean(accuracies), len(accuracies), ", ".join("%.2f" % a for a in accuracies)))
END
