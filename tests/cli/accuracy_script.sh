#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/bench/accuracy.py in its short form: it runs to its end, and its figures are sensible.
#   accuracy_script.sh NEWSCLF PYTHON    (PYTHON: one with scikit-learn; exit status 77: skipped)
set -euo pipefail
newsclf=$1
python=$2
project=$(cd "$(dirname "$0")/../.." && pwd)
data=$project/data/20news
[ -d "$data" ] || { echo "no $data; scripts/get_data.sh gets it" >&2; exit 77; }
[ -x "$python" ] || { echo "no Python at $python; setup.sh --all installs one" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

accuracy() {
  "$python" -B "$project/scripts/bench/accuracy.py" --no-install --newsclf "$newsclf" "$@"
}

exits() { # exits STATUS WORDS ARGUMENTS...: it ends so, with these words on the last line of stderr
  local status=0
  accuracy "${@:3}" >"$work/out" 2>"$work/err" || status=$?
  [ $status -eq "$1" ] && tail -n 1 "$work/err" | grep -qF -- "$2" ||
    { echo "accuracy.py ${*:3}: status $status, expected $1 and '$2'"; cat "$work/err"; exit 1; }
}

printf 'before\n<!-- accuracy.py begin -->\nold\n<!-- accuracy.py end -->\nafter\n' >"$work/readme"
accuracy --quick --json "$work/scores" --readme "$work/readme" >"$work/tables"
accuracy --quick --cross-validate "" "--epochs 5" --collections three30 --json "$work/folds" \
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
readme = (work / "readme").read_text()
expect(readme == "before\n<!-- accuracy.py begin -->\n\n" + tables +
       "\n<!-- accuracy.py end -->\nafter\n", readme)
expect(f"| newsclf, defaults | {ours[0]:.2f} |" in tables, tables)
END

exits 1 "no such folder; scripts/get_data.sh" --data "$work/none"
exits 1 "no such program" --newsclf "$work/none"
exits 1 "<!-- accuracy.py begin -->" --readme "$work/tables"
exits 2 "no 'speed'" --parts speed
exits 2 "--cross-validate" --cross-validate "" --readme "$work/readme"
