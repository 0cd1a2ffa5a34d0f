#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/bench/shared_training.py with --quick succeeds and prints plausible figures.
#   shared_training_script.sh NEWSCLF PYTHON    (see tests/support/bench_script.sh)
set -euo pipefail
script=shared_training.py
. "$(dirname "$0")/../support/bench_script.sh"

bench --quick --json "$work/figures" --update "$work/page" >"$work/tables"

"$python" - "$work" <<'END'
import json, pathlib, sys
work = pathlib.Path(sys.argv[1])
records = json.loads((work / "figures").read_text())["records"]
assert [record["processes"] for record in records] == [1, 2, 4], records
for record in records:
    assert len(record["cpu_s"]) == record["processes"], record
    assert record["step_bytes"] > 1000 and record["test_percent"] > 85, record
    assert all(abs(loss - first) < 1e-5
               for loss, first in zip(record["losses"], records[0]["losses"])), records
tables = (work / "tables").read_text()
assert f"| {records[2]['test_percent']:.2f} |" in tables, tables
page = (work / "page").read_text()
assert page == (f"before\n<!-- shared_training.py begin -->\n\n{tables}\n"
                "<!-- shared_training.py end -->\nafter\n"), page
END

refuses_bad_common_options
