#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Time and memory of newsclf and of other classifiers, as tables for BENCHMARKS.md.

    scripts/bench/speed.py [--parts B1,B3,B4] [--json FILE] [--plot FILE]
                          [--update BENCHMARKS.md]

Every system gets the posts of 20 Newsgroups "bydate" and runs as a whole process, start-up
included. The systems of a part take turns (A B C A B C ...) after a warm-up round. A figure is the
median of the counted rounds with their range; compare systems only within one run of this script.
Memory is the peak of the process. Input files in the peers' formats are written before anything is
timed.

    B1  train on 20 groups               B6  memory of training on 20 groups
    B2  train on 3 groups                B7  growth with the number of documents
    B3  label the test posts, by line    B8  the vectorizer alone
    B4  label one line, start to exit    B9  train on 20 groups with CUDA
    B5  memory of labelling a stream     B10 size of the model of 20 groups, compressed

Tables go to stdout, progress to stderr, the figures of every run to the file given to --json.
"""
import os
import platform
import statistics
import tempfile
from pathlib import Path

from processes import output_of
from report import Dot, dot_plot, table
from script import Output, check, circumstances, option_parser, positive, run
from speed_bench import QUICK_POSTS, Bench
from speed_parts import GROWTH_REPETITIONS, PARTS, START_REPETITIONS

PLOTTED = {"B1": "B1: train on {}", "B2": "B2: train on {}",
           "B3": "B3: label the test posts of {}", "B4": "B4: label one line"}


def parse_arguments():
    parser = option_parser(
        __doc__, PARTS, quick=f"{QUICK_POSTS} posts of each of 3 groups, one run, only peers that "
        "are installed: checks that the script works, not how fast anything is",
        no_install="leave out peers that are not installed")
    add = parser.add_argument
    add("--micro", type=Path, metavar="FILE",
        help="the program that B8 runs (default: tests/microbench of the build of --newsclf)")
    add("--repetitions", type=positive, default=5, metavar="N",
        help=f"counted rounds per part (default: 5; in B4 newsclf runs at least "
             f"{START_REPETITIONS}, B7 at most {GROWTH_REPETITIONS})")
    add("--device", default="cuda", metavar="DEVICE",
        help="device that B9 compares with the CPU (default: cuda)")
    add("--full", action="store_true", help="let B7 grow to 64 times the documents")
    add("--plot", type=Path, metavar="FILE",
        help="draw the seconds of B1 to B4 as SVG, shown below the tables of --update")
    args = parser.parse_args()
    args.parts = [part for part in PARTS if part in args.parts]
    if args.plot and not set(PLOTTED) & set(args.parts):
        parser.error(f"--plot draws {', '.join(PLOTTED)}; name one of them in --parts")
    return args


def facts_of(bench):
    args = bench.args
    return {**circumstances(args, "--parts", ",".join(args.parts), "--repetitions",
                            str(args.repetitions), *(["--full"] if args.full else []),
                            *([] if args.device == "cuda" else ["--device", args.device])),
            "versions": [*output_of(args.newsclf, "--version").splitlines()[:2], *bench.versions,
                         f"Python {platform.python_version()}"],
            "left_out": bench.left_out, "load_before": os.getloadavg()[0],
            "not_run": bench.not_run, "runs": bench.records}


def opening(bench, facts):
    text = "Measured {date} by `{command}` on {processor}; ".format(**facts)
    text += ", ".join(facts["versions"]) + ". 1 MB is 10^6 bytes."
    if bench.left_out:
        text += f" Left out, not installed: {', '.join(bench.left_out)}."
    if bench.args.quick:
        text += (f" Quick: {QUICK_POSTS} posts of each of 3 groups, one run: checks that the "
                 "script works, not how fast anything is.")
    return text


def plot(parts):
    def dot(part, case):
        seconds = part.values(case)
        return Dot(case.replace("`", ""), statistics.median(seconds), min(seconds), max(seconds),
                   ours=case.startswith("newsclf"))

    return dot_plot({PLOTTED[part.name].format(part.posts.title):
                         [dot(part, case) for case in part.cases()]
                     for part in parts if part.name in PLOTTED})


def main():
    args = parse_arguments()
    check(args)
    args.micro = args.micro or args.newsclf.parents[1] / "tests/microbench"
    with tempfile.TemporaryDirectory(prefix="newsclf-speed-") as work:
        bench = Bench(args, Path(work))
        facts = facts_of(bench)
        output = Output(args, facts)
        bench.lay_out_posts()
        output.show(opening(bench, facts))
        parts = [PARTS[name](bench) for name in args.parts]
        for part in parts:
            part.measure()
            why = bench.not_run.get(part.name)
            output.show(f"{part.name}: not run: {why}." if why else part.table())
        goals = [[part.name, *goal.cells()] for part in parts if part.name not in bench.not_run
                 for goal in part.goals()]
        if goals:
            output.show(table("Goals, and by how much a missed goal is missed.",
                              ["", "", "goal", "measured", "met"], goals))
        if args.plot:
            args.plot.write_text(plot(parts), encoding="utf-8")
    if args.plot and args.update:
        where = os.path.relpath(args.plot, args.update.parent)
        output.texts.append(f"![Seconds of newsclf and of the other classifiers]({where})")
    output.update()


if __name__ == "__main__":
    run(main)
