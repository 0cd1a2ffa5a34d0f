#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/bench/python_speed.py with --quick succeeds and prints plausible output. The test compares
# no timings because they depend on the machine.
#   python_speed_script.sh NEWSCLF PYTHON    (see tests/support/bench_script.sh)
set -euo pipefail
script=python_speed.py
. "$(dirname "$0")/../support/bench_script.sh"

bench --quick --json "$work/runs" --update "$work/page" >"$work/tables"

"$python" - "$work" <<'END'
import json, pathlib, sys
work = pathlib.Path(sys.argv[1])
runs = json.loads((work / "runs").read_text())["runs"]
tables = (work / "tables").read_text()

def values(part, case, figure):
    return [run[figure] for run in runs
            if (run["part"], run["case"]) == (part, case) and figure in run]

for case in ("newsclf", "scikit-learn, TF-IDF + LinearSVC"):
    for part in ("P1", "P2"):
        for figure in ("import_s", "load_and_first_s", "line_s", "all_s"):
            [found] = values(part, case, figure)
            assert found > 0, (part, case, figure)
assert values("P1", "newsclf predict, the program", "all_s"), runs
assert "P1: 300 test posts of 3 groups" in tables and "P2: one line at a time" in tables, tables
assert (work / "page").read_text() == (
    "before\n<!-- python_speed.py begin -->\n\n" + tables.rstrip("\n") +
    "\n\n<!-- python_speed.py end -->\nafter\n"), tables
END

refuses_bad_common_options
mkdir "$work/alone"
cp "$newsclf" "$work/alone/newsclf"
exits 1 "libnewsclf.so: no such library; build it" --quick --newsclf "$work/alone/newsclf"
