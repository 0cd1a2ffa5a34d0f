#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Searches for options within the same time, by newsclf and by fastText, as a table for
BENCHMARKS.md.

    scripts/bench/tune.py [--parts 60s,300s] [--json FILE] [--update BENCHMARKS.md]

Both search on the training posts of 20 Newsgroups "bydate" and end with a model; test posts only
score it. `newsclf tune --time` divides the posts itself, trains its model on all of them and includes
that training in its time. fastText validates on a random tenth of the posts and trains on the others;
`-autotune-duration` is the time of its search alone. Both are also trained with the options that they
have without a search.

Tables go to stdout, progress to stderr, every figure to the file given to --json.
"""
import json
import tempfile
import time
from pathlib import Path

from processes import measured, output_of
from report import say, table
from script import Output, check, circumstances, option_parser, run
from speed_bench import QUICK_POSTS, Bench, number
from systems import DEFAULTS, FASTTEXT, autotuned_fasttext, evaluate

BUDGETS = {"60s": 60, "300s": 300}
QUICK_SECONDS = 6
UNTUNED = "no search"


def record(bench, search, system, used, percent, model, **more):
    bench.records.append({"search": search, "system": system, **used, "test_percent": percent,
                          "model_mb": Path(model).stat().st_size / 1e6, **more})
    say(f"{search}: {system}: {percent:.2f} % in {used['wall_s']:.1f} s")


def measure_untuned(bench):
    posts = bench.posts[20]
    for name, suffix in ((DEFAULTS, ""), (FASTTEXT, ".bin")):
        if name in bench.systems:
            used = measured(bench.train_command(posts, name))
            model = bench.model(posts, name)
            record(bench, UNTUNED, name, used, bench.systems[name].accuracy(posts, model),
                   f"{model}{suffix}")


def measure_tune(bench, search, seconds):
    posts, model, report = bench.posts[20], bench.work / "tuned.model", bench.work / "report"
    used = measured([bench.binary, "tune", posts.tree / "train", "-o", model, "--force", "-q",
                     "--time", f"{seconds}s", "--json", report])
    found = json.loads(report.read_text())
    options = " ".join(f"--{option} {value}" for option, value in found["options"].items())
    record(bench, search, "newsclf tune", used,
           100 * evaluate(bench.binary, model, posts.tree / "test")["accuracy"], model,
           estimate_percent=100 * found["left_out"]["accuracy"], trials=found["trials"],
           options=options)


def measure_autotune(bench, search, seconds):
    posts, model = bench.posts[20], bench.work / "autotuned"
    lines = posts.lines / "train.fasttext"  # in random order
    documents = lines.read_bytes().splitlines(keepends=True)
    valid, part = bench.work / "valid.fasttext", bench.work / "part.fasttext"
    valid.write_bytes(b"".join(documents[:len(documents) // 10]))
    part.write_bytes(b"".join(documents[len(documents) // 10:]))
    begin = time.perf_counter()
    # The search itself ends with a model of the best options; the command would train another one.
    command = autotuned_fasttext(part, valid, lines, model, seconds)
    used = {"wall_s": time.perf_counter() - begin}
    if command is None:
        say(f"left out: fastText's search of {seconds} s, not ended after {used['wall_s']:.0f} s")
        return
    record(bench, search, FASTTEXT, used, bench.systems[FASTTEXT].accuracy(posts, model),
           f"{model}.bin", options=" ".join(command[command.index("-thread") + 2:]))


def measure(bench, search, seconds):
    measure_tune(bench, search, seconds)
    if FASTTEXT in bench.peers:
        measure_autotune(bench, search, seconds)


def result_table(bench):
    def row(figures):
        estimate = figures.get("estimate_percent")
        return [figures["search"], figures["system"], number(figures["wall_s"]),
                "" if estimate is None else f"{estimate:.2f}", f"{figures['test_percent']:.2f}",
                number(figures["model_mb"]),
                f"`{figures['options']}`" if figures.get("options") else ""]

    posts = bench.posts[20]
    return table(f"Search for options on the training posts of {posts.title}, and the model that it "
                 "ends with; one run each. newsclf trains its model on all posts, within the time; "
                 "fastText on nine tenths, after it. Estimate: by `tune`, on training posts that its "
                 "search did not use; test posts are later.",
                 ["search", "", "seconds", "estimate, %", "test accuracy, %", "model file, MB",
                  "options found"], [row(figures) for figures in bench.records])


def parse_arguments():
    return option_parser(
        __doc__, BUDGETS, quick=f"{QUICK_POSTS} posts of each of 3 groups, {QUICK_SECONDS} s: checks "
        "that the script works, not how good anything is",
        no_install="leave out fastText if it is not installed").parse_args()


def main():
    args = parse_arguments()
    check(args)
    with tempfile.TemporaryDirectory(prefix="newsclf-tune-") as work:
        bench = Bench(args, Path(work), peers=[FASTTEXT])
        facts = {**circumstances(args, "--parts", ",".join(args.parts)),
                 "versions": [output_of(args.newsclf, "--version").splitlines()[0],
                              *bench.versions],
                 "records": bench.records}
        output = Output(args, facts)
        output.show("Measured {date} by `{command}` on {processor}; {}.".format(
            ", ".join(facts["versions"]), **facts))
        bench.lay_out_posts()
        measure_untuned(bench)
        for search in args.parts[:1] if args.quick else args.parts:
            measure(bench, search, QUICK_SECONDS if args.quick else BUDGETS[search])
        output.show(result_table(bench))
        output.update()


if __name__ == "__main__":
    run(main)
