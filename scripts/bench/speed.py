#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Time and memory of newsclf beside what others would use, as tables for the README.

    scripts/bench/speed.py [--parts B1,B3,B4] [--json FILE] [--plot FILE.svg] [--readme README.md]

Every system gets the posts of 20 Newsgroups "bydate" and runs as a whole process, start-up
included. The systems of a part take turns (A B C A B C ...) after a round that is not counted; a
figure is the median of the rounds with their range, and a claim is a ratio within one run. Memory
is the peak of the process. Peers that read a format of their own find it ready: converting is not
timed.

    B1  train on 20 groups               B6  memory of training on 20 groups
    B2  train on 3 groups                B7  growth with the number of documents
    B3  label the test posts, by line    B8  the vectorizer alone
    B4  label one line, start to exit    B9  train on 20 groups with CUDA
    B5  memory of labelling a stream

Tables go to stdout, progress to stderr, every single run to the file that --json names.
"""
import argparse
import datetime
import json
import math
import multiprocessing
import operator
import os
import platform
import random
import shlex
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import List, NamedTuple, Optional

from posts import THREE, read_tree
from report import (Dot, Failure, around_tables, dot_plot, positive, processor, run, say, some_of,
                    table, write_json, write_tables)
from systems import (CORES, DEFAULTS, DENSE_RECIPE, FASTTEXT, LINEAR_SVC, PACKAGES, ROOT,
                     VW_LOGISTIC, Posts, find_peers, lay_out, measured, newsclf,
                     output_of, own_peak_mb)

ONE_MEMBER = "newsclf `--members 1`"
ONE_THREAD = "newsclf `--threads 1`"

QUICK_POSTS = 100  # a label
START_REPETITIONS = 20  # of one line, which takes milliseconds
GROWTH_REPETITIONS = 3  # at most: the largest corpora take long
GROWTH_BASE = 2000  # documents of 1x
LONG_LINE = 65536  # bytes, its end included


# ---- measuring ----------------------------------------------------------------------------------


class Job(NamedTuple):
    """One process of a round."""
    case: str
    command: List
    stdin: object = os.devnull
    stdout: object = os.devnull
    repetitions: Optional[int] = None  # None: as many as the others


class Bench:
    """What is measured with, and `records`: a record for every single run."""

    def __init__(self, args, work):
        self.args, self.binary, self.quick, self.work = args, args.newsclf, args.quick, work
        self.repetitions = 1 if args.quick else args.repetitions
        self.peers, self.versions, self.left_out = find_peers(
            peers_of(args), not (args.no_install or args.quick))
        self.ours = {system.name: system for system in (
            newsclf(self.binary, DEFAULTS), newsclf(self.binary, ONE_MEMBER, "--members 1"))}
        self.records = []
        self.trained = set()  # (posts, system's name): what has its model
        self.not_run = {}  # part: why

    def lay_out_posts(self):
        say("laying out the posts")
        tree = self.work / "posts"
        in_child(lay_out, self.args.data, tree, THREE if self.quick else None,
                 QUICK_POSTS if self.quick else None, THREE)
        labels = tuple(sorted(path.name for path in (tree / "train").iterdir()))
        title = f"3 groups, {QUICK_POSTS} posts a label" if self.quick else f"{len(labels)} groups"
        self.twenty = Posts(title, tree, tree / "all", labels, ())
        self.three = Posts(title if self.quick else "3 groups", tree, tree / "three", THREE, THREE)

    def model(self, posts, name):
        """Where the model of this system is, or belongs."""
        return posts.lines / ("".join(filter(str.isalnum, name)) + ".model")

    def train(self, posts, name):
        """Its model, trained without being measured where no part has done so."""
        if (posts, name) not in self.trained:
            say(f"training {name} on {posts.title}")
            measured(self.system(name).train(posts, self.model(posts, name)))
            self.trained.add((posts, name))
        return self.model(posts, name)

    def system(self, name):
        return self.ours.get(name) or self.peers[name]

    def take_turns(self, part, jobs, repetitions):
        """Rounds of all jobs; round 0 warms up and is not counted."""
        for round_ in range(1 if self.quick else 0, 1 + max(job.repetitions or repetitions
                                                            for job in jobs)):
            for job in jobs:
                if round_ <= (job.repetitions or repetitions):
                    figures = measured(job.command, job.stdin, job.stdout)
                    self.record(part, job.case, round=round_, **figures)
            if round_ <= repetitions:
                say(f"{part}: round {round_} done" + ("" if round_ else " (not counted)"))

    def record(self, part, case, **figures):
        self.records.append({"part": part, "case": case, **figures})

    def values(self, part, case, figure):
        """This figure of every counted run that has it, in order."""
        return [record[figure] for record in self.records
                if record["part"] == part and record["case"] == case
                and record.get(figure) is not None and record.get("round") != 0]

    def median(self, part, case, figure="wall_s"):
        """None where it was not measured."""
        values = self.values(part, case, figure)
        return statistics.median(values) if values else None

    def cases(self, part):
        return list(dict.fromkeys(record["case"] for record in self.records
                                  if record["part"] == part))


def peers_of(args):
    """Names of what the parts compare with."""
    names = [name for name in PACKAGES if name != "torch"] + [FASTTEXT]
    wanted = names if {"B1", "B2", "B3", "B4"} & set(args.parts) else []
    wanted = wanted or (["scikit-learn"] if "B7" in args.parts else [])
    return wanted + (["torch"] if "B2" in args.parts and not args.quick else [])


def check_posts(data):
    for part in ("train", "test"):
        folder = data / f"20news-bydate-{part}"
        if not folder.is_dir():
            raise Failure(f"{folder}: no such folder; scripts/get_data.sh gets the posts")


def in_child(function, *arguments):
    """Posts are held by a child: what measures has to stay small (see `measured`)."""
    child = multiprocessing.get_context("fork").Process(target=function, args=arguments)
    child.start()
    child.join()
    if child.exitcode != 0:
        raise Failure(f"{function.__name__}: failed; see above")


def ratio(value, other):
    return value / other if value is not None and other else None


# ---- figures as text ----------------------------------------------------------------------------


def number(value):
    """Three digits, or all that stand before the point."""
    if value is None:
        return ""
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(0, digits)}f}"


def with_range(values, scale=1):
    if not values:
        return ""
    median = number(scale * statistics.median(values))
    if len(values) == 1:
        return median
    return f"{median} ({number(scale * min(values))}-{number(scale * max(values))})"


class Goal(NamedTuple):
    """What benchmarks are measured against; `value` is None where it was not measured."""
    part: str
    text: str
    sense: str  # a key of SENSES
    limit: float
    value: Optional[float]

    def row(self):
        if self.value is None:
            return [self.part, self.text, f"{self.sense} {number(self.limit)}", "not measured", ""]
        met = SENSES[self.sense](self.value, self.limit)
        return [self.part, self.text, f"{self.sense} {number(self.limit)}", number(self.value),
                "yes" if met else self._distance()]

    def _distance(self):
        if self.limit == 0:
            return f"no, by {number(abs(self.value))}"
        return f"no, by {100 * abs(self.value / self.limit - 1):.0f} %"


SENSES = {"at most": operator.le, "at least": operator.ge, "more than": operator.gt}


# ---- B1, B2: training ---------------------------------------------------------------------------


def measure_train(bench, part, posts):
    names = [*bench.ours, *(name for name in bench.peers if name != DENSE_RECIPE)]
    bench.take_turns(part, [Job(name, bench.system(name).train(posts, bench.model(posts, name)))
                            for name in names], bench.repetitions)
    bench.trained.update((posts, name) for name in names)
    if part == "B2" and DENSE_RECIPE in bench.peers:
        names.append(DENSE_RECIPE)
        recipe = bench.system(DENSE_RECIPE)
        command = recipe.train(posts, bench.model(posts, DENSE_RECIPE))
        bench.record(part, DENSE_RECIPE, round=1, **measured(command))
    for name in names:
        percent = bench.system(name).accuracy(posts, bench.model(posts, name))
        bench.record(part, name, accuracy_percent=percent)
        say(f"{part}: {name}: {number(bench.median(part, name))} s, {percent:.2f} %")


def measure_b1(bench):
    measure_train(bench, "B1", bench.twenty)


def measure_b2(bench):
    measure_train(bench, "B2", bench.three)


def train_table(bench, part, posts):
    def row(name):
        seconds = bench.values(part, name, "wall_s")
        return [name, with_range(seconds), number(bench.median(part, name, "cpu_s")),
                number(bench.median(part, name, "peak_mb")),
                f"{bench.median(part, name, 'accuracy_percent'):.2f}",
                number(ratio(bench.median(part, name), bench.median(part, DEFAULTS)))]

    return table(f"{part}: training on {posts.title}, post files in, model file out; "
                 f"{runs_of(bench.repetitions)}. Ratio: seconds over those of newsclf's defaults, "
                 "which count single tokens, so `--word-ngrams 1` is the same run. To their "
                 "advantage, fastText and Vowpal Wabbit find tokens, a line a post, made before.",
                 ["", "seconds", "CPU seconds", "peak MB", "test accuracy, %", "ratio"],
                 map(row, bench.cases(part)))


def table_b1(bench):
    return train_table(bench, "B1", bench.twenty)


def table_b2(bench):
    text = train_table(bench, "B2", bench.three)
    return text + (f"\n\n{DENSE_RECIPE}: one run." if DENSE_RECIPE in bench.peers else "")


def over(bench, part, ours, theirs, figure="wall_s"):
    return ratio(bench.median(part, ours, figure), bench.median(part, theirs, figure))


def accuracy_lead(bench, part, ours, theirs):
    values = [bench.median(part, name, "accuracy_percent") for name in (ours, theirs)]
    return None if None in values else values[0] - values[1]


def goals_b1(bench):
    yield Goal("B1", "seconds, defaults / scikit-learn", "at most", 1,
               over(bench, "B1", DEFAULTS, LINEAR_SVC))
    for name in bench.ours:
        title = "`--word-ngrams 1`, the defaults" if name == DEFAULTS else "`--members 1`"
        yield Goal("B1", f"seconds, {title} / scikit-learn", "at most", 0.5,
                   over(bench, "B1", name, LINEAR_SVC))
        yield Goal("B1", f"seconds, {title} / Vowpal Wabbit, logistic", "at most", 1,
                   over(bench, "B1", name, VW_LOGISTIC))
        yield Goal("B1", f"test accuracy, {title} - scikit-learn, points", "more than", 0,
                   accuracy_lead(bench, "B1", name, LINEAR_SVC))


def goals_b2(bench):
    for theirs, limit in ((LINEAR_SVC, 0.3), (DENSE_RECIPE, 1 / 40), (VW_LOGISTIC, 1)):
        yield Goal("B2", f"seconds, defaults / {theirs}", "at most", limit,
                   over(bench, "B2", DEFAULTS, theirs))


# ---- B3, B4: labelling --------------------------------------------------------------------------


def labelling_jobs(bench, posts, input_of):
    """newsclf and each peer once; input_of(system) is its stdin."""
    names = [DEFAULTS, *(name for name in (LINEAR_SVC, VW_LOGISTIC, FASTTEXT)
                         if name in bench.peers)]
    return [Job(name, bench.system(name).predict(bench.train(posts, name)),
                input_of(bench.system(name)), posts.lines / f"{index}.answers")
            for index, name in enumerate(names)]


def measure_b3(bench):
    posts = bench.twenty
    jobs = labelling_jobs(bench, posts, lambda system: posts.test(system.reads))
    jobs.insert(1, jobs[0]._replace(case=ONE_THREAD, command=[*jobs[0].command, "--threads", "1"],
                                    stdout=posts.lines / "one-thread.answers"))
    bench.take_turns("B3", jobs, bench.repetitions)
    for job in jobs:
        lines = job.stdout.read_bytes().count(b"\n")
        bench.record("B3", job.case, lines=lines)
        if lines != posts.test_documents():
            raise Failure(f"B3: {job.case}: {lines:,} lines for {posts.test_documents():,} posts; "
                          "run it by hand")


def table_b3(bench):
    posts = bench.twenty
    documents, text_mb = posts.test_documents(), posts.test("text").stat().st_size / 1e6

    def row(name):
        seconds = bench.median("B3", name)
        return [name, with_range(bench.values("B3", name, "wall_s")), number(documents / seconds),
                number(text_mb / seconds), number(bench.median("B3", name, "cpu_s")),
                number(bench.median("B3", name, "peak_mb")),
                number(over(bench, "B3", DEFAULTS, name))]

    return table(f"B3: labelling the {documents:,} test posts of {posts.title} ({text_mb:.1f} MB), "
                 f"one a line, stdin to stdout; {runs_of(bench.repetitions)}. Ratio: throughput "
                 "over that of newsclf's defaults. To their advantage, fastText and Vowpal Wabbit "
                 "get tokens in place of text; MB/s counts the text.",
                 ["", "seconds", "documents/s", "MB/s", "CPU seconds", "peak MB", "ratio"],
                 map(row, bench.cases("B3")))


def goals_b3(bench):
    for theirs, limit in ((FASTTEXT, 4), (LINEAR_SVC, 10), (VW_LOGISTIC, 1)):
        yield Goal("B3", f"throughput, defaults / {theirs}", "at least", limit,
                   over(bench, "B3", theirs, DEFAULTS))


def measure_b4(bench):
    posts = bench.three
    for kind, line in (("text", "the shuttle reached orbit this morning\n"),
                       ("tokens", "the shuttle reached orbit this morning\n"),
                       ("vw", "| the shuttle reached orbit this morning\n")):
        (posts.lines / f"line.{kind}").write_text(line)
    jobs = labelling_jobs(bench, posts, lambda system: posts.lines / f"line.{system.reads}")
    jobs[0] = jobs[0]._replace(repetitions=max(START_REPETITIONS, bench.repetitions))
    bench.take_turns("B4", jobs, bench.repetitions)
    bench.record("B4", DEFAULTS, libtorch_mappings=libtorch_mappings(jobs[0].command))


def libtorch_mappings(command):
    """Lines of /proc/PID/maps that name LibTorch, once a document has been labelled."""
    with subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        process.stdin.write(b"the shuttle reached orbit this morning\n")
        process.stdin.flush()
        process.stdout.readline()
        maps = Path(f"/proc/{process.pid}/maps").read_text()
        process.stdin.close()
    return sum("libtorch" in line or "libc10" in line for line in maps.splitlines())


def table_b4(bench):
    def row(name):
        milliseconds = bench.values("B4", name, "wall_s")
        return [name, with_range(milliseconds, 1000), str(len(milliseconds)),
                number(bench.median("B4", name, "peak_mb")),
                number(over(bench, "B4", name, DEFAULTS))]

    return table(f"B4: labelling one line with the model of {bench.three.title}, from the start of "
                 "the process to its exit; medians (range). Ratio: milliseconds over newsclf's. No "
                 f"peak is told below the {number(own_peak_mb())} MB of what measures.",
                 ["", "milliseconds", "runs", "peak MB", "ratio"], map(row, bench.cases("B4")))


def goals_b4(bench):
    seconds = bench.median("B4", DEFAULTS)
    yield Goal("B4", "milliseconds, one line", "at most", 10, seconds and 1000 * seconds)
    yield Goal("B4", "lines of `/proc/PID/maps` of `predict` that name LibTorch", "at most", 0,
               bench.median("B4", DEFAULTS, "libtorch_mappings"))


# ---- B5, B6: memory -----------------------------------------------------------------------------


def cycled(path, count):
    """This many lines of a file, from its start again where it has fewer."""
    while count:
        with open(path, "rb") as lines:
            for line in lines:
                if not count:
                    return
                count -= 1
                yield line


def long_lines(path, count):
    """This many lines of LONG_LINE bytes: the text of a file, cut anew."""
    pending = b""
    for line in cycled(path, math.inf):
        pending += line[:-1] + b" "
        while len(pending) >= LONG_LINE:
            if not count:
                return
            count -= 1
            yield pending[:LONG_LINE - 1] + b"\n"
            pending = pending[LONG_LINE - 1:]


def measure_b5(bench):
    posts, model = bench.twenty, bench.train(bench.twenty, DEFAULTS)
    text, command = posts.test("text"), bench.system(DEFAULTS).predict(model)
    counts, long_count = ((100, 1000, 5000), 50) if bench.quick else ((1000, 10000, 100000), 1000)
    streams = {f"{count:,} lines": (cycled, count) for count in counts}
    streams[f"{long_count:,} lines of 64 KiB"] = (long_lines, long_count)
    for title, (lines, count) in streams.items():
        figures = measured(command, feed=lines(text, count))
        bench.record("B5", title, round=1, model_mb=model.stat().st_size / 1e6, **figures)
        say(f"B5: {title}: {number(figures['peak_mb'])} MB")


def memory_beside_model(bench, case):
    return bench.median("B5", case, "peak_mb") - bench.median("B5", case, "model_mb")


def table_b5(bench):
    return table(f"B5: memory of `newsclf predict` on a stream of posts, with the model of "
                 f"{bench.twenty.title}; one run each.",
                 ["", "peak MB", "model file, MB", "difference"],
                 [[case, number(bench.median("B5", case, "peak_mb")),
                   number(bench.median("B5", case, "model_mb")),
                   number(memory_beside_model(bench, case))] for case in bench.cases("B5")])


def goals_b5(bench):
    yield Goal("B5", "MB beside the model file, the most of these streams", "at most", 32,
               max(memory_beside_model(bench, case) for case in bench.cases("B5")))


def measure_b6(bench):
    """What B1 has measured, or a run of its own."""
    posts = bench.twenty
    for name in bench.ours:
        peaks = bench.values("B1", name, "peak_mb")
        if not peaks:
            peaks = [measured(bench.system(name).train(posts, bench.model(posts, name)))["peak_mb"]]
            bench.trained.add((posts, name))
        bench.record("B6", name, peak_mb=statistics.median(peaks),
                     model_mb=bench.model(posts, name).stat().st_size / 1e6)


def table_b6(bench):
    return table(f"B6: memory of training on {bench.twenty.title}, LibTorch in it; "
                 + ("medians of B1's runs." if "B1" in bench.args.parts else "one run each."),
                 ["", "peak MB", "model file, MB"],
                 [[name, number(bench.median("B6", name, "peak_mb")),
                   number(bench.median("B6", name, "model_mb"))] for name in bench.ours])


def goals_b6(bench):
    for text, name, limit in (("defaults", DEFAULTS, 700),
                              ("`--word-ngrams 1`, the defaults", DEFAULTS, 400),
                              ("`--members 1`", ONE_MEMBER, 400)):
        yield Goal("B6", f"peak MB, {text}", "at most", limit, bench.median("B6", name, "peak_mb"))


# ---- B7: growth ---------------------------------------------------------------------------------


def write_corpus(train, folder, documents):
    """Documents made of posts: each has the length of a post of its label, and tokens drawn from
    all that the posts of this label hold."""
    rng = random.Random(0)
    posts_of = {}
    for post in read_tree(train):
        posts_of.setdefault(post.label, []).append(post.text.split())
    tokens_of = {label: [token for post in posts for token in post]
                 for label, posts in posts_of.items()}
    labels = sorted(posts_of)
    for label in labels:
        (folder / "train" / label).mkdir(parents=True)
    with open(folder / "test.text", "w", encoding="utf-8") as lines:
        for index in range(documents):
            label = labels[index % len(labels)]
            length = len(rng.choice(posts_of[label]))
            text = " ".join(rng.choices(tokens_of[label], k=length)) + "\n"
            (folder / "train" / label / str(index)).write_text(text, encoding="utf-8")
            lines.write(text)


def growth_factors(bench):
    return (1, 4) if bench.quick else (1, 4, 16, 64) if bench.args.full else (1, 4, 16)


def growth_documents(bench, factor):
    return factor * (QUICK_POSTS if bench.quick else GROWTH_BASE)


def growth_names(bench):
    return [name for name in (DEFAULTS, LINEAR_SVC) if name in {**bench.ours, **bench.peers}]


def measure_b7(bench):
    corpora = {}
    for factor in growth_factors(bench):
        folder = bench.work / f"growth{factor}"
        say(f"B7: writing {growth_documents(bench, factor):,} documents")
        in_child(write_corpus, bench.twenty.tree / "train", folder,
                 growth_documents(bench, factor))
        corpora[factor] = Posts(f"{factor}x", folder, folder, bench.twenty.labels, ())
    repetitions = min(bench.repetitions, GROWTH_REPETITIONS)
    bench.take_turns("B7", [Job(f"{factor}x, {name}", bench.system(name).train(
        posts, bench.model(posts, name))) for factor, posts in corpora.items()
        for name in growth_names(bench)], repetitions)
    predict = bench.system(DEFAULTS).predict(bench.model(corpora[1], DEFAULTS))
    bench.take_turns("B7", [Job(f"{factor}x, predict", predict, posts.test("text"))
                            for factor, posts in corpora.items()], repetitions)
    for factor in corpora:
        bench.record("B7", f"{factor}x", documents=growth_documents(bench, factor))


def table_b7(bench):
    def train_row(factor, name):
        case, documents = f"{factor}x, {name}", growth_documents(bench, factor)
        peak_mb = bench.median("B7", case, "peak_mb")
        return [f"{documents:,}", name, with_range(bench.values("B7", case, "wall_s")),
                number(1000 * bench.median("B7", case) / documents), number(peak_mb),
                number(1000 * peak_mb / documents)]

    def predict_row(factor):
        case, documents = f"{factor}x, predict", growth_documents(bench, factor)
        return [f"{documents:,}", "`newsclf predict`",
                with_range(bench.values("B7", case, "wall_s")),
                number(1000 * bench.median("B7", case) / documents),
                number(bench.median("B7", case, "peak_mb")), ""]

    factors = growth_factors(bench)
    return table("B7: growth with the documents, which are made of tokens of the posts; training, "
                 "and labelling with the model of the fewest documents; "
                 f"{runs_of(min(bench.repetitions, GROWTH_REPETITIONS))}.",
                 ["documents", "", "seconds", "ms a document", "peak MB", "kB a document"],
                 [*(train_row(factor, name) for name in growth_names(bench) for factor in factors),
                  *map(predict_row, factors)])


def goals_b7(bench):
    least, *_, most = growth_factors(bench)
    for figure, text in (("wall_s", "seconds"), ("peak_mb", "memory")):
        yield Goal("B7", f"{text} of `train`, {most}x / 1x of the documents", "at most", most,
                   over(bench, "B7", f"{most}x, {DEFAULTS}", f"{least}x, {DEFAULTS}", figure))
    yield Goal("B7", f"memory of `predict`, {most}x / 1x of the documents", "at most", 1.1,
               over(bench, "B7", f"{most}x, predict", f"{least}x, predict", "peak_mb"))


# ---- B8: the vectorizer alone -------------------------------------------------------------------


def measure_b8(bench):
    if not shutil.which(bench.args.micro):
        say(f"B8: {bench.args.micro}: no such program; build it, or name it with --micro")
        bench.not_run["B8"] = "no microbenchmark program was built"
        return
    for round_ in range(1, bench.repetitions + 1):
        for threads in sorted({1, CORES}):
            out = output_of(bench.args.micro, bench.twenty.tree / "train",
                            "--threads", threads, "--json")
            for record in map(json.loads, out.splitlines()):
                bench.record("B8", record["name"], round=round_, threads=threads,
                             **{f"{figure}_{threads}": record[figure]
                                for figure in ("mb_per_s", "seconds") if figure in record})
        say(f"B8: round {round_} done")


def table_b8(bench):
    def row(name):
        figure, speedup = "mb_per_s", b8_speedup(bench, name)
        if speedup is None:  # a stage that reads no text
            figure, speedup = "seconds", ratio(*b8_medians(bench, name, "seconds"))
        return [name, "MB/s" if figure == "mb_per_s" else "s",
                *(with_range(bench.values("B8", name, f"{figure}_{threads}"))
                  for threads in (1, CORES)), number(speedup)]

    return table("B8: the stages alone on the training posts, in one process; "
                 f"{runs_of(bench.repetitions)}. Ratio: how much faster the threads make it.",
                 ["", "", "1 thread", f"{CORES} threads", "ratio"], map(row, bench.cases("B8")))


def b8_medians(bench, name, figure):
    return [bench.median("B8", name, f"{figure}_{threads}") for threads in (1, CORES)]


def b8_speedup(bench, name):
    one, all_cores = b8_medians(bench, name, "mb_per_s")
    return ratio(all_cores, one)


def goals_b8(bench):
    yield Goal("B8", "MB/s, tokenized and counted, one thread", "at least", 150,
               bench.median("B8", "count", "mb_per_s_1"))
    if CORES > 1:
        yield Goal("B8", f"the same, {CORES} threads / one (near {CORES})", "at least",
                   0.9 * CORES, b8_speedup(bench, "count"))


# ---- B9: CUDA -----------------------------------------------------------------------------------


def measure_b9(bench):
    if not shutil.which("nvidia-smi") or subprocess.run(
            ["nvidia-smi", "-L"], stdout=subprocess.DEVNULL).returncode != 0:
        bench.not_run["B9"] = "no GPU"
        return
    posts = bench.twenty
    systems = [newsclf(bench.binary, f"newsclf `--device {device}`", f"--device {device}")
               for device in ("cpu", "cuda")]
    try:
        bench.take_turns("B9", [Job(system.name, system.train(posts, bench.model(
            posts, system.name))) for system in systems], bench.repetitions)
    except Failure as failure:  # a LibTorch without CUDA on a machine that has a GPU
        say(failure)
        bench.not_run["B9"] = "newsclf could not use the GPU"
        return
    for system in systems:
        percent = system.accuracy(posts, bench.model(posts, system.name))
        bench.record("B9", system.name, accuracy_percent=percent)


def table_b9(bench):
    return table(f"B9: training on {bench.twenty.title} with CUDA beside the CPU; "
                 f"{runs_of(bench.repetitions)}.",
                 ["", "seconds", "CPU seconds", "peak MB", "test accuracy, %"],
                 [[name, with_range(bench.values("B9", name, "wall_s")),
                   *(number(bench.median("B9", name, figure)) for figure in (
                       "cpu_s", "peak_mb", "accuracy_percent"))] for name in bench.cases("B9")])


PARTS = {"B1": (measure_b1, table_b1, goals_b1), "B2": (measure_b2, table_b2, goals_b2),
         "B3": (measure_b3, table_b3, goals_b3), "B4": (measure_b4, table_b4, goals_b4),
         "B5": (measure_b5, table_b5, goals_b5), "B6": (measure_b6, table_b6, goals_b6),
         "B7": (measure_b7, table_b7, goals_b7), "B8": (measure_b8, table_b8, goals_b8),
         "B9": (measure_b9, table_b9, lambda bench: ())}


# ---- the run ------------------------------------------------------------------------------------


def runs_of(repetitions):
    return "one run" if repetitions == 1 else f"medians (range) of {repetitions} runs in turns"


def goals_table(bench):
    """None where no goal goes with what was measured."""
    rows = [goal.row() for part in bench.args.parts if part not in bench.not_run
            for goal in PARTS[part][2](bench)]
    return table("Goals; where one is missed, by which share of it.",
                 ["", "", "goal", "measured", "met"], rows) if rows else None


PLOTTED = {"B1": "B1: train on {twenty}", "B2": "B2: train on {three}",
           "B3": "B3: label the test posts of {twenty}", "B4": "B4: label one line"}


def plot(bench):
    def dot(part, case):
        seconds = bench.values(part, case, "wall_s")
        return Dot(case.replace("`", ""), statistics.median(seconds), min(seconds), max(seconds),
                   ours=case.startswith("newsclf"))

    titles = {"twenty": bench.twenty.title, "three": bench.three.title}
    return dot_plot({PLOTTED[part].format(**titles): [dot(part, case) for case in bench.cases(part)]
                     for part in bench.args.parts if part in PLOTTED})


def command_line(args):
    """The command again, without its files: a table tells nobody's paths."""
    options = ["--parts", ",".join(args.parts), "--repetitions", str(args.repetitions)]
    return shlex.join(["scripts/bench/speed.py", *options, *(["--full"] if args.full else []),
                       *(["--quick"] if args.quick else [])])


def circumstances(bench):
    versions = [*output_of(bench.binary, "--version").splitlines()[:2], *bench.versions,
                f"Python {platform.python_version()}"]
    return {"date": datetime.date.today().isoformat(), "command": command_line(bench.args),
            "processor": processor(), "versions": versions, "left_out": bench.left_out,
            "load_before": os.getloadavg()[0]}


def opening(bench, facts):
    text = "Measured {date} by `{command}` on {processor}; ".format(**facts)
    text += ", ".join(facts["versions"]) + ". 1 MB is 10^6 bytes."
    if bench.left_out:
        text += f" Left out, not installed: {', '.join(bench.left_out)}."
    if bench.quick:
        text += (f" Quick: {QUICK_POSTS} posts of each of 3 groups, one run: shows that the script "
                 "works, measures little.")
    return text


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--parts", type=some_of(PARTS), default=list(PARTS), metavar="A,B",
        help=f"what to measure, of {','.join(PARTS)} (default all)")
    add("--data", type=Path, default=ROOT / "data/20news", metavar="FOLDER",
        help="folder of the posts (default data/20news of the project)")
    add("--newsclf", type=Path, default=ROOT / "build/release/bin/newsclf", metavar="FILE",
        help="the program (default that of the release build)")
    add("--micro", type=Path, default=ROOT / "build/release/tests/microbench", metavar="FILE",
        help="the program that B8 runs (default that of the release build)")
    add("--repetitions", type=positive, default=5, metavar="N",
        help=f"counted rounds of a part (default 5; B4: {START_REPETITIONS} of newsclf or more, "
             f"B7: {GROWTH_REPETITIONS} or less)")
    add("--full", action="store_true", help="B7 up to 64x of the documents")
    add("--json", type=Path, metavar="FILE", help="write every single run")
    add("--plot", type=Path, metavar="FILE", help="draw the seconds of B1 to B4 as SVG")
    add("--readme", type=Path, metavar="FILE",
        help="put the tables between the lines '<!-- speed.py begin -->' and "
             "'<!-- speed.py end -->' of this file, and the plot, if there is one")
    add("--quick", action="store_true",
        help=f"{QUICK_POSTS} posts of each of 3 groups, one run, peers that are installed: shows "
             "that the script works, measures little")
    add("--no-install", action="store_true", help="leave out peers that are not installed")
    args = parser.parse_args()
    args.parts = [part for part in PARTS if part in args.parts]
    if args.plot and not set(PLOTTED) & set(args.parts):
        parser.error(f"--plot: it draws {', '.join(PLOTTED)}; name one in --parts")
    return args


def measure_parts(bench, facts, texts):
    for part in bench.args.parts:
        measure, tabulate, _ = PARTS[part]
        measure(bench)
        why = bench.not_run.get(part)
        texts.append(f"{part}: not run: {why}." if why else tabulate(bench))
        print("\n" + texts[-1], flush=True)
        write_json(bench.args.json, {**facts, "not_run": bench.not_run, "runs": bench.records})


def main():
    args = parse_arguments()
    if not shutil.which(args.newsclf):
        raise Failure(f"{args.newsclf}: no such program; build it, or name it with --newsclf")
    args.newsclf = Path(shutil.which(args.newsclf)).resolve()
    if args.readme:
        around_tables(args.readme, "speed.py")  # missing markers are better told now
    check_posts(args.data)
    with tempfile.TemporaryDirectory(prefix="newsclf-speed-") as work:
        bench = Bench(args, Path(work))
        facts = circumstances(bench)
        write_json(args.json, facts)  # a place that cannot be written to is better told now
        bench.lay_out_posts()
        texts = [opening(bench, facts)]
        print(texts[0], flush=True)
        measure_parts(bench, facts, texts)
        goals = goals_table(bench)
        if goals:
            texts.append(goals)
            print("\n" + goals, flush=True)
        if args.plot:
            args.plot.write_text(plot(bench), encoding="utf-8")
    if args.plot and args.readme:
        where = os.path.relpath(args.plot, args.readme.parent)
        texts.append(f"![Seconds of newsclf and of what it is compared with]({where})")
    if args.readme:
        write_tables(args.readme, "speed.py", "\n\n".join(texts))


if __name__ == "__main__":
    run(main)
