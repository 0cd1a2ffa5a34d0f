#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/bench/accuracy.py with --quick succeeds and prints plausible scores.
#   accuracy_script.sh NEWSCLF PYTHON    (see tests/support/bench_script.sh)
set -euo pipefail
script=accuracy.py
. "$(dirname "$0")/../support/bench_script.sh"

bench --quick --json "$work/scores" --update "$work/page" >"$work/tables"
# A machine with nothing but a list of packages, two of each source; the last ones add no document.
mkdir -p "$work/machine/var/lib/dpkg"
package() { printf 'Package: %s\nSource: %s\nSection: %s\nDescription: title\n %s\n\n' "$@"; }
for i in {1..75}; do
  for half in a b; do
    package "game$i$half" "game$i" games "a game number $i$half for players"
    package "lib$i$half" "lib$i" libs "a library number $i$half of functions"
  done
done >"$work/machine/var/lib/dpkg/status"
{
  package copy lib7 libs "A library, number 7a of functions"
  for i in {1..5}; do package "rare$i" "rare$i" rare "a rare thing $i"; done
} >>"$work/machine/var/lib/dpkg/status"
bench --quick --cross-validate "" "--epochs 5" --collections three30,descriptions,manuals \
  --root "$work/machine" --json "$work/folds" >"$work/cv" 2>"$work/cv_err"

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
systems = ("newsclf, defaults", "newsclf `--epochs 5`", "scikit-learn, TF-IDF + LinearSVC",
           "scikit-learn, TF-IDF of words and word pairs + LinearSVC")
for collection, floor in (("three30", 50), ("descriptions", 95)):
    for system in systems:
        values = scores("folds", "cross-validation", collection, system)
        expect(len(values) == 3 and min(values) > floor, (collection, system, values))

defaults, fewer, svm, pairs = (sum(scores("folds", "cross-validation", "three30", system)) / 3
                               for system in systems)
rows = [line[2:-2].split(" | ") for line in (work / "cv").read_text().splitlines()
        if line.startswith("|")]
expect(len(rows) == 2 + 3 * 2, rows)  # after the heading, two options strings each
first, second, local = rows[2:5]
expect(first[1:3] == [systems[0], f"{defaults:.2f}"], first)
expect(first[6:8] == [f"{svm:.2f}", f"{pairs:.2f}"], first)
expect(first[8].startswith(f"{defaults - max(svm, pairs):+.2f} ± "), first)
expect(float(first[4]) > 0 and float(first[5]) > 0, first)
expect(second[1:3] == [systems[1], f"{fewer:.2f}"], second)
expect(second[3].startswith(f"{fewer - defaults:+.2f} ± "), second)
expect(local[0].startswith("package descriptions by section: 224 + 76 documents, 2 labels, "),
       local)
for last, of_posts, of_local in zip(rows[6:], rows[2:4], rows[4:6]):
    expect(abs(float(last[2]) - (float(of_posts[2]) + float(of_local[2])) / 2) < 0.02, rows)
errors = (work / "cv_err").read_text()
expect("accuracy.py: manual pages by section: skipped; fewer than 300 documents on this machine\n"
       in errors, errors)

tables = (work / "tables").read_text()
page = (work / "page").read_text()
expect(page == "before\n<!-- accuracy.py begin -->\n\n" + tables +
       "\n<!-- accuracy.py end -->\nafter\n", page)
expect(f"| newsclf, defaults | {ours[0]:.2f} |" in tables, tables)
END

refuses_bad_common_options
exits 2 "--cross-validate" --cross-validate "" --update "$work/page"
exits 1 "no such folder; scripts/get_data.sh" --cross-validate "" --data "$work/none"
exits 1 "has none of them" --cross-validate "" --collections manuals --root "$work/none" \
  --data "$work/none"
