# SPDX-License-Identifier: MIT
"""The parts of speed.py: how each is measured, its table and its goals."""
import json
import math
import random
import shutil
import statistics
import subprocess
from pathlib import Path

from posts import read_tree
from processes import in_child, measured, output_of, own_peak_mb
from report import Failure, say, table
from speed_bench import QUICK_POSTS, Goal, Job, Part, number, ratio, short
from speed_sizes import B10
from systems import (CORES, DEFAULTS, DENSE_RECIPE, FAST, FASTTEXT, FASTTEXT_PAIRS, LINEAR_SVC,
                     ONE_MEMBER, VW_LOGISTIC, Posts, newsclf)

OURS = (DEFAULTS, FAST, ONE_MEMBER)
SLOW = (DENSE_RECIPE, FASTTEXT_PAIRS)  # trained once, not in turns
READ_TOKENS = ("newsclf's defaults and `--members 1` also read n-grams of two tokens, as does "
               "fastText with `-wordNgrams 2`; all others read single tokens. ")
OF_TWENTY = DEFAULTS + ", model of 20 groups"
ONE_THREAD = "newsclf `--threads 1`"
LINE = "the shuttle reached orbit this morning\n"

START_REPETITIONS = 20  # labelling one line takes milliseconds
GROWTH_REPETITIONS = 3  # at most: the largest corpora take minutes
GROWTH_BASE = 2000  # documents of 1x
LONG_LINE = 65536  # bytes, line end included


class Training(Part):
    once = ()  # the SLOW systems that it trains

    def measure(self):
        names = [*OURS, *(name for name in self.bench.peers if name not in SLOW)]
        self.take_turns([Job(name, self.bench.train_command(self.posts, name)) for name in names])
        self.bench.trained.update((self.posts, name) for name in names)
        for name in self.slow():
            command = self.bench.train_command(self.posts, name)
            self.record(name, round=1, **measured(command))
            self.bench.trained.add((self.posts, name))
        for name in (*names, *self.slow()):
            self.score(name)

    def slow(self):
        return [name for name in self.once if name in self.bench.peers]

    def score(self, name):
        model = self.bench.model(self.posts, name)
        percent = self.bench.systems[name].accuracy(self.posts, model)
        self.record(name, accuracy_percent=percent)
        say(f"{self.name}: {name}: {number(self.median(name))} s, {percent:.2f} %")

    def table(self):
        def row(name):
            return [name, self.with_range(name), *self.medians(name, "cpu_s", "peak_mb"),
                    f"{self.median(name, 'accuracy_percent'):.2f}",
                    number(self.over(name, DEFAULTS))]

        return table(f"{self.name}: training on {self.posts.title}, post files in, model file out; "
                     f"{self.runs()}. Ratio: seconds over those of newsclf's defaults. "
                     f"{READ_TOKENS}To their advantage, fastText and Vowpal Wabbit get tokens, one "
                     "post per line, made before.",
                     ["", "seconds", "CPU seconds", "peak MB", "test accuracy, %", "ratio"],
                     map(row, self.cases())) + "".join(
                         f"\n\n{name}: one run." for name in self.slow())


class B1(Training):
    once = (FASTTEXT_PAIRS,)

    def goals(self):
        for name, most in ((DEFAULTS, 0.5), (FAST, 0.5), (ONE_MEMBER, 0.25)):
            yield Goal(f"seconds, {short(name)} / scikit-learn", "at most", most,
                       self.over(name, LINEAR_SVC))
        for name in (DEFAULTS, FAST):
            yield Goal(f"seconds, {short(name)} / Vowpal Wabbit, logistic", "at most", 0.5,
                       self.over(name, VW_LOGISTIC))
        for name, sense, least in ((DEFAULTS, "at least", 1.5), (ONE_MEMBER, "more than", 0)):
            yield Goal(f"test accuracy, {short(name)} - scikit-learn, points", sense, least,
                       self._lead(name, LINEAR_SVC))

    def _lead(self, *names):
        ours, theirs = (self.median(name, "accuracy_percent") for name in names)
        return None if None in (ours, theirs) else ours - theirs


class B2(Training):
    groups = 3
    once = (DENSE_RECIPE,)

    def goals(self):
        for theirs, limit in ((LINEAR_SVC, 0.3), (DENSE_RECIPE, 1 / 40), (VW_LOGISTIC, 1)):
            yield Goal(f"seconds, defaults / {theirs}", "at most", limit,
                       self.over(DEFAULTS, theirs))


class Labelling(Part):
    def jobs(self, name, *names):
        """These systems once; `name`: the name of their input files without suffix."""
        bench, posts = self.bench, self.posts
        systems = [bench.systems[system] for system in names if system in bench.systems]
        return [Job(system.name, system.predict(bench.trained_model(posts, system.name)),
                    posts.lines / f"{name}.{system.reads}", posts.lines / f"{index}.answers")
                for index, system in enumerate(systems)]


class B3(Labelling):
    def measure(self):
        jobs = self.jobs("test", DEFAULTS, FAST, LINEAR_SVC, VW_LOGISTIC, FASTTEXT, FASTTEXT_PAIRS)
        jobs.insert(1, jobs[0]._replace(
            case=ONE_THREAD, command=[*jobs[0].command, "--threads", "1"],
            stdout=self.posts.lines / "one-thread.answers"))
        self.take_turns(jobs)
        documents = self.posts.test_documents()
        for job in jobs:
            lines = job.stdout.read_bytes().count(b"\n")
            self.record(job.case, lines=lines)
            if lines != documents:
                raise Failure(f"B3: {job.case}: {lines:,} lines for {documents:,} posts; run it by "
                              "hand")

    def table(self):
        documents = self.posts.test_documents()
        text_mb = self.posts.test("text").stat().st_size / 1e6

        def row(name):
            seconds = self.median(name)
            return [name, self.with_range(name), number(documents / seconds),
                    number(text_mb / seconds), *self.medians(name, "cpu_s", "peak_mb"),
                    number(self.over(DEFAULTS, name))]

        return table(f"B3: labelling the {documents:,} test posts of {self.posts.title} "
                     f"({text_mb:.1f} MB), one per line, stdin to stdout; {self.runs()}. Ratio: "
                     f"throughput over that of newsclf's defaults. {READ_TOKENS}To their "
                     "advantage, fastText and Vowpal Wabbit get tokens instead of text; MB/s "
                     "counts the text.",
                     ["", "seconds", "documents/s", "MB/s", "CPU seconds", "peak MB", "ratio"],
                     map(row, self.cases()))

    def goals(self):
        for name, theirs, limit in (
                (DEFAULTS, FASTTEXT, 4), (FAST, FASTTEXT, 4), (DEFAULTS, FASTTEXT_PAIRS, 4),
                (DEFAULTS, LINEAR_SVC, 10), (FAST, LINEAR_SVC, 10), (DEFAULTS, VW_LOGISTIC, 1),
                (FAST, VW_LOGISTIC, 1), (ONE_THREAD, FASTTEXT, 1)):
            yield Goal(f"throughput, {short(name)} / {theirs}", "at least", limit,
                       self.over(theirs, name))


class B4(Labelling):
    groups = 3

    def measure(self):
        for kind, start in (("text", ""), ("tokens", ""), ("vw", "| ")):
            (self.posts.lines / f"line.{kind}").write_text(start + LINE)
        jobs = self.jobs("line", DEFAULTS, LINEAR_SVC, VW_LOGISTIC, FASTTEXT)
        jobs[0] = jobs[0]._replace(repetitions=max(START_REPETITIONS, self.repetitions))
        model = self.bench.trained_model(self.bench.posts[20], DEFAULTS)
        jobs.insert(1, jobs[0]._replace(case=OF_TWENTY,
                                        command=self.bench.systems[DEFAULTS].predict(model)))
        self.take_turns(jobs)
        self.record(DEFAULTS, libtorch_mappings=libtorch_mappings(jobs[0].command))

    def table(self):
        def row(name):
            return [name, self.with_range(name, scale=1000), str(len(self.values(name))),
                    *self.medians(name, "peak_mb"), number(self.over(name, DEFAULTS))]

        return table(f"B4: labelling one line with the model of {self.posts.title}, from the "
                     "start of the process to its exit; medians (range). Ratio: milliseconds over "
                     f"those of newsclf's defaults. A peak below the {number(own_peak_mb())} MB of the measuring "
                     "process cannot be seen.",
                     ["", "milliseconds", "runs", "peak MB", "ratio"], map(row, self.cases()))

    def goals(self):
        for name, limit in ((DEFAULTS, 6), (OF_TWENTY, 10)):
            seconds = self.median(name)
            yield Goal(f"milliseconds, one line, {short(name)}", "at most", limit,
                       seconds and 1000 * seconds)
        yield Goal("lines of `/proc/PID/maps` of `predict` that name LibTorch", "at most", 0,
                   self.median(DEFAULTS, "libtorch_mappings"))


def libtorch_mappings(command):
    """The number of lines in /proc/PID/maps that name LibTorch after one document was labelled."""
    with subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        process.stdin.write(LINE.encode())
        process.stdin.flush()
        process.stdout.readline()
        maps = Path(f"/proc/{process.pid}/maps").read_text()
        process.stdin.close()
    return sum("libtorch" in line or "libc10" in line for line in maps.splitlines())


def cycled(path, count):
    """`count` lines of a file, which is read again from its start if it has fewer."""
    while count:
        with open(path, "rb") as lines:
            for line in lines:
                if not count:
                    return
                count -= 1
                yield line


def long_lines(path, count):
    """`count` lines of LONG_LINE bytes, cut from the text of a file."""
    pending = b""
    for line in cycled(path, math.inf):
        pending += line[:-1] + b" "
        while len(pending) >= LONG_LINE:
            if not count:
                return
            count -= 1
            yield pending[:LONG_LINE - 1] + b"\n"
            pending = pending[LONG_LINE - 1:]


class B5(Part):
    def measure(self):
        text, model = self.posts.test("text"), self.bench.trained_model(self.posts, DEFAULTS)
        counts, long_count = (((100, 1000, 5000), 50) if self.bench.quick
                              else ((1000, 10000, 100000), 1000))
        streams = {f"{count:,} lines": cycled(text, count) for count in counts}
        streams[f"{long_count:,} lines of 64 KiB"] = long_lines(text, long_count)
        for title, stream in streams.items():
            figures = measured(self.bench.systems[DEFAULTS].predict(model), feed=stream)
            self.record(title, round=1, model_mb=model.stat().st_size / 1e6, **figures)
            say(f"B5: {title}: {number(figures['peak_mb'])} MB")

    def beside_model(self, case):
        return self.median(case, "peak_mb") - self.median(case, "model_mb")

    def table(self):
        return table("B5: memory of `newsclf predict` on a stream of posts, with the model of "
                     f"{self.posts.title}; one run each.",
                     ["", "peak MB", "model file, MB", "difference"],
                     [[case, *self.medians(case, "peak_mb", "model_mb"),
                       number(self.beside_model(case))] for case in self.cases()])

    def goals(self):
        yield Goal("MB beside the model file, the most of these streams", "at most", 32,
                   max(map(self.beside_model, self.cases())))


class B6(Part):
    def measure(self):
        """What B1 has measured, or a run of its own."""
        for name in OURS:
            peaks = B1(self.bench).values(name, "peak_mb")
            if not peaks:
                peaks = [measured(self.bench.train_command(self.posts, name))["peak_mb"]]
                self.bench.trained.add((self.posts, name))
            self.record(name, peak_mb=statistics.median(peaks),
                        model_mb=self.bench.model(self.posts, name).stat().st_size / 1e6)

    def table(self):
        source = "medians of B1's runs." if "B1" in self.bench.args.parts else "one run each."
        return table(f"B6: memory of training on {self.posts.title}, LibTorch in it; "
                     + source, ["", "peak MB", "model file, MB"],
                     [[name, *self.medians(name, "peak_mb", "model_mb")] for name in OURS])

    def goals(self):
        for name in OURS:
            yield Goal(f"peak MB, {short(name)}", "at most", 400, self.median(name, "peak_mb"))


def write_corpus(train, folder, documents):
    """Synthetic documents: each is as long as a random post of its label, with tokens drawn from
    all posts of that label."""
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


class B7(Part):
    def __init__(self, bench):
        super().__init__(bench)
        self.repetitions = min(self.repetitions, GROWTH_REPETITIONS)
        factors = (1, 4) if bench.quick else (1, 4, 16, 64) if bench.args.full else (1, 4, 16)
        base = QUICK_POSTS if bench.quick else GROWTH_BASE
        self.documents = {factor: base * factor for factor in factors}
        self.systems = [name for name in (DEFAULTS, LINEAR_SVC) if name in bench.systems]

    def measure(self):
        bench, corpora = self.bench, {}
        for factor, documents in self.documents.items():
            folder = bench.work / f"growth{factor}"
            say(f"B7: writing {documents:,} documents")
            in_child(write_corpus, self.posts.tree / "train", folder, documents)
            corpora[factor] = Posts(f"{factor}x", folder, folder, self.posts.labels, ())
        self.take_turns([Job(f"{factor}x, {name}", bench.train_command(posts, name))
                         for factor, posts in corpora.items() for name in self.systems])
        predict = bench.systems[DEFAULTS].predict(bench.model(corpora[1], DEFAULTS))
        self.take_turns([Job(f"{factor}x, predict", predict, posts.test("text"))
                         for factor, posts in corpora.items()])
        for factor, documents in self.documents.items():
            self.record(f"{factor}x", documents=documents)

    def table(self):
        def row(factor, job, title):
            case, documents = f"{factor}x, {job}", self.documents[factor]
            peak_mb = self.median(case, "peak_mb")
            return [f"{documents:,}", title, self.with_range(case),
                    number(1000 * self.median(case) / documents), number(peak_mb),
                    "" if job == "predict" else number(1000 * peak_mb / documents)]

        return table("B7: growth with the number of documents, which are drawn from the tokens of "
                     "the posts: training, and labelling with the smallest model; "
                     f"{self.runs()}.",
                     ["documents", "", "seconds", "ms per document", "peak MB", "kB per document"],
                     [row(factor, job, title) for job, title in (
                         *zip(self.systems, self.systems), ("predict", "`newsclf predict`"))
                      for factor in self.documents])

    def goals(self):
        least, *_, most = self.documents
        for figure, text in (("wall_s", "seconds"), ("peak_mb", "memory")):
            yield Goal(f"{text} of `train`, {most}x / 1x of the documents", "at most", most,
                       self.over(f"{most}x, {DEFAULTS}", f"{least}x, {DEFAULTS}", figure))
        yield Goal(f"memory of `predict`, {most}x / 1x of the documents", "at most", 1.1,
                   self.over(f"{most}x, predict", f"{least}x, predict", "peak_mb"))


class B8(Part):
    def measure(self):
        micro = self.bench.args.micro
        if not shutil.which(micro):
            say(f"B8: {micro}: no such program; build it, or name it with --micro")
            self.bench.not_run["B8"] = "no microbenchmark program was built"
            return
        for round_ in range(1, self.repetitions + 1):
            for threads in sorted({1, CORES}):
                out = output_of(micro, self.posts.tree / "train", "--threads", threads, "--json")
                for record in map(json.loads, out.splitlines()):
                    self.record(record["name"], round=round_, threads=threads,
                                **{f"{figure}_{threads}": record[figure]
                                   for figure in ("mb_per_s", "seconds") if figure in record})
            say(f"B8: round {round_} done")

    def table(self):
        def row(name):
            figure, unit, speedup = "mb_per_s", "MB/s", self.speedup(name)
            if speedup is None:  # the stage reads no text
                figure, unit = "seconds", "s"
                speedup = ratio(self.median(name, "seconds_1"),
                                self.median(name, f"seconds_{CORES}"))
            return [name, unit, *(self.with_range(name, f"{figure}_{threads}")
                                  for threads in (1, CORES)), number(speedup)]

        return table("B8: single stages on the training posts, in one process; "
                     f"{self.runs()}. Ratio: the speed-up by threads.",
                     ["", "", "1 thread", f"{CORES} threads", "ratio"], map(row, self.cases()))

    def speedup(self, name):
        return ratio(self.median(name, f"mb_per_s_{CORES}"), self.median(name, "mb_per_s_1"))

    def goals(self):
        yield Goal("MB/s, tokenized and counted, one thread", "at least", 150,
                   self.median("count", "mb_per_s_1"))
        if CORES > 1:
            yield Goal(f"the same, {CORES} threads / one (near {CORES})", "at least", 0.9 * CORES,
                       self.speedup("count"))


class B9(Part):
    def measure(self):
        device = self.bench.args.device
        if device.startswith("cuda") and (not shutil.which("nvidia-smi") or subprocess.run(
                ["nvidia-smi", "-L"], stdout=subprocess.DEVNULL).returncode != 0):
            self.bench.not_run["B9"] = "no CUDA device here"
            return
        systems = [newsclf(self.bench.binary, f"newsclf `--device {name}`", f"--device {name}")
                   for name in ("cpu", device)]
        models = [self.bench.model(self.posts, system.name) for system in systems]
        try:
            self.take_turns([Job(system.name, system.train(self.posts, model))
                             for system, model in zip(systems, models)])
        except Failure as failure:  # a LibTorch without CUDA on a machine that has a GPU
            say(failure)
            self.bench.not_run["B9"] = "newsclf could not use the GPU"
            return
        for system, model in zip(systems, models):
            self.record(system.name, accuracy_percent=system.accuracy(self.posts, model))

    def table(self):
        return table(f"B9: training on {self.posts.title} with CUDA beside the CPU; "
                     f"{self.runs()}.",
                     ["", "seconds", "CPU seconds", "peak MB", "test accuracy, %"],
                     [[name, self.with_range(name),
                       *self.medians(name, "cpu_s", "peak_mb", "accuracy_percent")]
                      for name in self.cases()])


PARTS = {part.__name__: part for part in (B1, B2, B3, B4, B5, B6, B7, B8, B9, B10)}
