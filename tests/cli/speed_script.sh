#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/bench/speed.py with --quick succeeds and prints plausible output. The test compares no
# timings because they depend on the machine.
#   speed_script.sh NEWSCLF PYTHON    (see tests/support/bench_script.sh)
set -euo pipefail
script=speed.py
. "$(dirname "$0")/../support/bench_script.sh"

# A fake microbenchmark that prints known numbers.
cat >"$work/microbench" <<'END'
#!/bin/sh
printf '{"name": "%s", "threads": %s, "bytes": 100, "seconds": 0.5, "mb_per_s": %s}\n' \
  tokenize "$3" 200.5 count "$3" 120
END
chmod +x "$work/microbench"

bench --quick --micro "$work/microbench" --json "$work/runs" --plot "$work/plot.svg" \
  --update "$work/page" >"$work/tables"

"$python" - "$work" <<'END'
import json, pathlib, re, sys
from xml.etree import ElementTree
work = pathlib.Path(sys.argv[1])
report = json.loads((work / "runs").read_text())
tables = (work / "tables").read_text()
page = (work / "page").read_text()

def values(part, case, figure):
    return [run[figure] for run in report["runs"]
            if (run["part"], run["case"]) == (part, case) and figure in run]

def expect(claim, values):
    assert claim, values

ours, svc = "newsclf, defaults", "scikit-learn, TF-IDF + LinearSVC"
fast, compressed = "newsclf `--preset fast`", "newsclf `compress --max-size 0.5MB`"
for part, case, runs in (("B1", ours, 1), ("B1", "newsclf `--members 1`", 1), ("B1", svc, 1),
                         ("B1", fast, 1), ("B3", fast, 1),
                         ("B2", ours, 1), ("B2", svc, 1), ("B3", ours, 1), ("B3", svc, 1),
                         ("B3", "newsclf `--threads 1`", 1), ("B4", ours, 20), ("B4", svc, 1),
                         ("B4", f"{ours}, model of 20 groups", 20), ("B10", compressed, 1),
                         ("B5", "100 lines", 1), ("B5", "50 lines of 64 KiB", 1),
                         ("B7", f"1x, {ours}", 1), ("B7", f"4x, {svc}", 1),
                         ("B7", "4x, predict", 1)):
    for figure in ("wall_s", "cpu_s", "peak_mb"):
        found = values(part, case, figure)
        expect(len(found) == runs and min(found) > 0, (part, case, figure, found))
scores = [run["accuracy_percent"] for run in report["runs"] if "accuracy_percent" in run]
expect(len(scores) >= 6 and 70 < min(scores) and max(scores) <= 100, scores)
expect({run["lines"] for run in report["runs"] if "lines" in run} == {300}, report)
expect(values("B4", ours, "libtorch_mappings") == [0], report)
expect(min(values("B6", ours, "model_mb")) > 0, report)
[large], [small] = (values("B10", case, "model_mb") for case in (ours, compressed))
expect(small <= 0.5 < large, (small, large))
quantized = "fastText `quantize -qnorm -cutoff 2000 -retrain`"
if values("B10", "fastText", "model_mb"):  # it is installed
    [large], [small] = (values("B10", case, "model_mb") for case in ("fastText", quantized))
    expect(0 < small < large / 10, (small, large))
    expect(values("B10", quantized, "accuracy_percent")[0] > 70, report)
    expect(values("B3", "fastText `-wordNgrams 2`", "lines") == [300], report)
expect(values("B8", "tokenize", "mb_per_s_1") == [200.5], report)

for line in ("| MB/s, tokenized and counted, one thread | at least 150 | 120 | no, by 20 % |",
             "| lines of `/proc/PID/maps` of `predict` that name LibTorch | at most 0 | 0 | yes |",
             "B7: growth", "B9: ", "B10: size", "| B10 | MB, defaults | at most 20.0 | "):
    expect(line in tables, (line, tables))
rows = re.search(r"^B1: .*?\n\n(.*?)\n\n", tables, re.DOTALL | re.MULTILINE)[1].splitlines()
expect(len(rows) >= 5 and {row.count("|") for row in rows} == {7}, tables)
image = "\n\n![Seconds of newsclf and of the other classifiers](plot.svg)\n"
expect(page == "before\n<!-- speed.py begin -->\n\n" + tables.rstrip("\n") + image +
       "\n<!-- speed.py end -->\nafter\n", page)
plot = "".join(ElementTree.parse(work / "plot.svg").getroot().itertext())
expect(all(words in plot for words in (ours, svc, "B1: train", "B4: label one line")), plot)
END

refuses_bad_common_options
exits 2 "--plot" --parts B8 --plot "$work/plot.svg"
exits 2 "must be an integer of at least 1, got '0'" --repetitions 0
bench --quick --parts B8 --micro "$work/none" >"$work/out" 2>"$work/err"
grep -qF "B8: not run" "$work/out"
grep -qF "no such program; build it, or name it with --micro" "$work/err"
# Without --micro, B8 runs the program of the build that the measured program is in.
mkdir -p "$work/build/bin" "$work/build/tests"
ln -s "$work/microbench" "$work/build/tests/microbench"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$newsclf" >"$work/build/bin/newsclf"
chmod +x "$work/build/bin/newsclf"
bench --quick --parts B8,B9 --newsclf "$work/build/bin/newsclf" >"$work/out"
grep -qF "| count | MB/s | 120 | 120 |" "$work/out"
command -v nvidia-smi >/dev/null || grep -qxF "B9: not run: no CUDA device here." "$work/out"
