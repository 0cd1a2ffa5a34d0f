#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Time of labelling in Python: newsclf, scikit-learn and fasttext-predict, as tables for
BENCHMARKS.md.

    scripts/bench/python_speed.py [--parts P1,P2] [--json FILE] [--update BENCHMARKS.md]

Every system labels the same lines, one test post each, in an interpreter of its own; the program
`newsclf predict` labels them as a whole process, start-up included. The systems take turns after a
warm-up round.

    P1  label the test posts of 20 groups, from a list
    P2  load a model of 3 groups and label one line

Tables go to stdout, progress to stderr, the figures of every run to the file given to --json.
"""
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from processes import measured, output_of
from report import Failure, say, table
from script import Output, check, circumstances, option_parser, positive, run
from speed_bench import QUICK_POSTS, Bench, Part
from systems import (DEFAULTS, FASTTEXT, LINEAR_SVC, ROOT, install_packages, python_with,
                     version_in)

JOBS = Path(__file__).with_name("python_jobs.py")
PROGRAM, PACKAGE, FASTTEXT_PREDICT = "newsclf predict, the program", "newsclf", "fasttext-predict"
TEXTS = {PACKAGE: "text", LINEAR_SVC: "text", FASTTEXT_PREDICT: "tokens"}
MODEL_OF = {PACKAGE: DEFAULTS, LINEAR_SVC: LINEAR_SVC, FASTTEXT_PREDICT: FASTTEXT}


class Interpreters:
    """The Python and the environment of each system's job; of peers, those that are installed."""

    def __init__(self, bench):
        library = bench.binary.parent / "libnewsclf.so"
        if not library.exists():
            raise Failure(f"{library}: no such library; build it, or name another --newsclf")
        os.environ.update(NEWSCLF_LIBRARY=str(library), PYTHONPATH=str(ROOT / "src/python"))
        self.pythons = {PACKAGE: sys.executable}
        if LINEAR_SVC in bench.systems:
            self.pythons[LINEAR_SVC] = python_with("scikit-learn")
        python = python_with(FASTTEXT_PREDICT)
        if python is None and not (bench.args.no_install or bench.quick):
            python = install_packages(FASTTEXT_PREDICT)
        if python and FASTTEXT in bench.systems:
            self.pythons[FASTTEXT_PREDICT] = python
            bench.versions.append(f"{FASTTEXT_PREDICT} {version_in(python, FASTTEXT_PREDICT)}")
        else:
            bench.left_out.append(FASTTEXT_PREDICT)

    def job(self, system, model, lines):
        name = "scikit-learn" if system == LINEAR_SVC else system
        suffix = ".bin" if system == FASTTEXT_PREDICT else ""
        return [self.pythons[system], JOBS, name, f"{model}{suffix}", lines]


class PythonPart(Part):
    def measure(self):
        bench, posts = self.bench, self.posts
        interpreters = Interpreters(bench)
        models = {system: bench.trained_model(posts, MODEL_OF[system])
                  for system in interpreters.pythons}
        program = [bench.binary, "predict", models[PACKAGE], "-q"]
        for round_ in range(1 if bench.quick else 0, 1 + self.repetitions):
            for system, model in models.items():
                command = interpreters.job(system, model, posts.test(TEXTS[system]))
                self.record(system, round=round_, **json.loads(output_of(*command)))
            self.record(PROGRAM, round=round_, **self.program(program, posts.test("text")))
            say(f"{self.name}: round {round_} done" + ("" if round_ else " (not counted)"))


class P1(PythonPart):
    def program(self, command, lines):
        return {"all_s": measured(command, stdin=lines)["wall_s"]}

    def table(self):
        documents = self.posts.test_documents()
        rows = [[case, self.with_range(case, "all_s"),
                 f"{documents / self.median(case, 'all_s'):,.0f}",
                 f"{self.over(case, PROGRAM, 'all_s'):.2f}"] for case in self.cases()]
        return table(f"P1: {documents:,} test posts of {self.posts.title}, one line each, labelled "
                     f"from a list by a loaded model, {self.runs()}. The program is a whole "
                     "process: it starts, loads the model, reads the lines and writes the labels.",
                     ["", "seconds", "documents/s", "of the program's time"], rows)


class P2(PythonPart):
    groups = 3

    def program(self, command, lines):
        with tempfile.NamedTemporaryFile() as one:
            one.write(lines.read_bytes().partition(b"\n")[0] + b"\n")
            one.flush()
            return {"load_and_first_s": measured(command, stdin=one.name)["wall_s"]}

    def table(self):
        rows = [[case, *(self.with_range(case, figure, scale)
                         for figure, scale in (("import_s", 1e3), ("load_and_first_s", 1e3),
                                               ("line_s", 1e6)))] for case in self.cases()]
        return table(f"P2: one line at a time with a model of {self.posts.title}, {self.runs()}. "
                     "The program is a whole process.",
                     ["", "import, ms", "load and label one line, ms", "then one line, µs"], rows)


PARTS = {part.__name__: part for part in (P1, P2)}


def parse_arguments():
    parser = option_parser(
        __doc__, PARTS, quick=f"{QUICK_POSTS} posts of each of 3 groups, one run, only peers that "
        "are installed: checks that the script works, not how fast anything is",
        no_install="leave out peers that are not installed")
    parser.add_argument("--repetitions", type=positive, default=5, metavar="N",
                        help="counted rounds per part (default: 5)")
    return parser.parse_args()


def main():
    args = parse_arguments()
    check(args)
    with tempfile.TemporaryDirectory(prefix="newsclf-speed-") as work:
        bench = Bench(args, Path(work), peers=["scikit-learn", FASTTEXT])
        facts = {**circumstances(args, "--parts", ",".join(args.parts), "--repetitions",
                                 str(args.repetitions)),
                 "python": platform.python_version(), "load_before": os.getloadavg()[0],
                 "versions": bench.versions, "left_out": bench.left_out, "runs": bench.records}
        output = Output(args, facts)
        bench.lay_out_posts()
        tables = []
        for name in args.parts:
            part = PARTS[name](bench)
            part.measure()
            tables.append(part.table())
        versions = ", ".join(dict.fromkeys(bench.versions))
        left_out = ", ".join(dict.fromkeys(bench.left_out))
        output.show("Measured {date} by `{command}` on {processor}; Python {python}".format(**facts)
                    + (f", {versions}" if versions else "") + "."
                    + (f" Left out, not installed: {left_out}." if left_out else ""))
        for text in tables:
            output.show(text)
        output.update()


if __name__ == "__main__":
    run(main)
