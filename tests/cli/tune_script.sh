#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/bench/tune.py with --quick succeeds and prints plausible figures.
#   tune_script.sh NEWSCLF PYTHON    (see tests/support/bench_script.sh)
set -euo pipefail
script=tune.py
. "$(dirname "$0")/../support/bench_script.sh"

bench --quick --json "$work/figures" --update "$work/page" >"$work/tables"

"$python" - "$work" <<'END'
import json, pathlib, sys
work = pathlib.Path(sys.argv[1])
records = json.loads((work / "figures").read_text())["records"]
defaults, *_ = [record for record in records if record["search"] == "no search"]
[tuned] = [record for record in records if record["system"] == "newsclf tune"]
assert tuned["trials"] >= 1 and tuned["wall_s"] < 20, tuned
assert 80 < tuned["estimate_percent"] <= 100 and 85 < tuned["test_percent"] <= 100, tuned
assert tuned["test_percent"] > defaults["test_percent"] - 5, (tuned, defaults)
tables = (work / "tables").read_text()
assert f"| {tuned['estimate_percent']:.2f} | {tuned['test_percent']:.2f} |" in tables, tables
page = (work / "page").read_text()
assert page == f"before\n<!-- tune.py begin -->\n\n{tables}\n<!-- tune.py end -->\nafter\n", page
END

refuses_bad_common_options
