#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/bench/folds.py with --quick succeeds and prints plausible figures.
#   folds_script.sh NEWSCLF PYTHON    (see tests/support/bench_script.sh)
set -euo pipefail
script=folds.py
. "$(dirname "$0")/../support/bench_script.sh"

bench --quick --json "$work/figures" --update "$work/page" >"$work/tables"

"$python" - "$work" <<'END'
import json, pathlib, sys
work = pathlib.Path(sys.argv[1])
records = json.loads((work / "figures").read_text())["records"]
errors = [record for record in records if record["part"] == "label-errors"]
assert [record["wrong"] for record in errors] == [35, 89, 35, 88], errors
assert all(80 <= record["found_percent"] <= 100 for record in errors), errors
[estimate] = [record for record in records if record["part"] == "estimates"]
assert len(estimate["folds_percent"]) == 5, estimate
assert abs(sum(estimate["folds_percent"]) / 5 - estimate["mean_percent"]) < 1e-9, estimate
assert 95 < estimate["mean_percent"] <= 100 and 95 < estimate["test_percent"] <= 100, estimate
tables = (work / "tables").read_text()
row = f"| {estimate['mean_percent']:.2f} ± {estimate['error_percent']:.2f} |"
assert row in tables, (row, tables)
page = (work / "page").read_text()
assert page == f"before\n<!-- folds.py begin -->\n\n{tables}\n<!-- folds.py end -->\nafter\n", page
END

refuses_bad_common_options
