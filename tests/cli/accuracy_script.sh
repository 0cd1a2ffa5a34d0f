#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/bench/accuracy.py with --quick succeeds and prints plausible scores.
#   accuracy_script.sh NEWSCLF PYTHON    (see tests/support/bench_script.sh)
set -euo pipefail
script=accuracy.py
. "$(dirname "$0")/../support/bench_script.sh"

bench --quick --json "$work/scores" --update "$work/page" >"$work/tables"
bench --quick --cross-validate "" "--epochs 5" --collections three30 --json "$work/folds" \
  >"$work/cv"

"$python" - "$work" <<'END'
import json, pathlib, sys
work = pathlib.Path(sys.argv[1])

def scores(file, part, collection, system):
    return [score["accuracy_percent"] for score in json.loads((work / file).read_text())["scores"]
            if (score["part"], score["collection"]) == (part, collection)
            and score["system"].startswith(system)]

def expect(claim, values):
    assert claim, values

ours = scores("scores", "main", "all3", "newsclf, defaults")
expect(len(ours) == 1 and 95 < ours[0] <= 100, ours)
svc = scores("scores", "main", "all3", "scikit-learn, TF-IDF + LinearSVC")
expect(len(svc) == 1 and 95 < svc[0] <= 100, svc)
for part, collection, floor in (("main", "stripped3", 85), ("curve", "n10", 60),
                                ("stand-ins", "sentences", 60), ("stand-ins", "subjects", 60),
                                ("stand-ins", "unbalanced", 90), ("calibration", "all3", 95)):
    values = scores("scores", part, collection, "newsclf, defaults")
    expect(len(values) == 1 and floor < values[0] <= 100, (part, collection, values))
for system in ("newsclf, defaults", "newsclf `--epochs 5`", "scikit-learn"):
    values = scores("folds", "cross-validation", "three30", system)
    expect(len(values) == 3 and min(values) > 50, (system, values))

tables = (work / "tables").read_text()
page = (work / "page").read_text()
expect(page == "before\n<!-- accuracy.py begin -->\n\n" + tables +
       "\n<!-- accuracy.py end -->\nafter\n", page)
expect(f"| newsclf, defaults | {ours[0]:.2f} |" in tables, tables)
END

refuses_bad_common_options
exits 2 "--cross-validate" --cross-validate "" --update "$work/page"
