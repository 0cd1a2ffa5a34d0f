# SPDX-License-Identifier: MIT
"""newsclf and its peers as command lines: how each is installed, what it reads, how it trains,
labels and is scored. All of them get the same posts."""
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Callable, NamedTuple, Tuple

from posts import folder_of, read_tree, tokens_of, write_tree
from processes import output_of
from report import Failure, say

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / "build/bench/venv"
JOBS = Path(__file__).with_name("peer_jobs.py")
CORES = len(os.sched_getaffinity(0))

DEFAULTS = "newsclf, defaults"
FAST = "newsclf `--preset fast`"
ONE_MEMBER = "newsclf `--members 1`"
LINEAR_SVC = "scikit-learn, TF-IDF + LinearSVC"
LINEAR_SVC_PAIRS = "scikit-learn, TF-IDF of words and word pairs + LinearSVC"
VW_LOGISTIC = "Vowpal Wabbit, logistic, 10 passes"
VW_HINGE = "Vowpal Wabbit, hinge, 1 pass"
FASTTEXT = "fastText"
FASTTEXT_PAIRS = "fastText `-wordNgrams 2`"
DENSE_RECIPE = "PyTorch, published dense recipe"


# ---- where the peers come from ------------------------------------------------------------------


def version_in(python, package):
    """None if this Python does not have the package."""
    script = f"from importlib.metadata import version; print(version('{package}'))"
    done = subprocess.run([python, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          encoding="utf-8")
    return done.stdout.strip() if done.returncode == 0 else None


def python_with(*packages):
    """The first Python that has all packages: this one, the project's, or the benchmarks' own."""
    pythons = [sys.executable, str(ROOT / ".venv/bin/python3"), str(VENV / "bin/python3")]
    return next((python for python in pythons if shutil.which(python)
                 and all(version_in(python, package) for package in packages)), None)


def install_packages(*packages):
    """Installs Python packages into the benchmarks' own environment, creating it if necessary."""
    say(f"{', '.join(packages)}: installing into build/bench/venv unless present")
    python = str(VENV / "bin/python3")
    for step in ([sys.executable, "-m", "venv", str(VENV)],
                 [python, "-m", "pip", "install", "-q", *packages]):
        if subprocess.run(step, stdout=sys.stderr).returncode != 0:
            raise Failure(f"{VENV}: '{shlex.join(step[1:])}' failed; see above (Debian has venv in "
                          "python3-venv)")
    return python


def install_fasttext():
    as_root = [] if os.getuid() == 0 else ["sudo"]
    if as_root and not (shutil.which("sudo") and sys.stdin.isatty()):
        raise Failure("fasttext: not installed; run as root: apt-get install fasttext, or leave it "
                      "out with --no-install")
    if as_root and input("install fasttext with sudo apt-get? [y/N] ").lower() != "y":
        raise Failure("fasttext: nothing was installed; leave it out with --no-install")
    say("fasttext: installing")
    for step in ("apt-get update -qq", "env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "
                 "--no-install-recommends fasttext"):
        if subprocess.run([*as_root, *step.split()], stdout=sys.stderr).returncode != 0:
            raise Failure(f"fasttext: '{step}' failed; see above")


def fasttext_version():
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "fasttext"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
    return done.stdout or "(not Debian's)"


# ---- posts on disk ------------------------------------------------------------------------------


class Posts(NamedTuple):
    """`tree`: folders train and test with one folder per label, one file per post. `lines`: the
    same posts, one per line, in the format of each system."""
    title: str
    tree: Path
    lines: Path
    labels: Tuple[str, ...]
    named: Tuple[str, ...]  # the labels if the tree holds other labels too, otherwise empty

    def test(self, kind):
        return self.lines / f"test.{kind}"

    def test_documents(self):
        return len(self.truth())

    def truth(self):
        return self.test("labels").read_text(encoding="utf-8").splitlines()


def line_of(document):
    return re.sub(rb"[\r\n]+", b" ", document.content)


def write_lines(folder, train, test, labels):
    """Peers that learn in file order get the documents in random order."""
    folder.mkdir()
    train = random.Random(0).sample(train, len(train))
    number = {label: index + 1 for index, label in enumerate(labels)}

    def write(name, lines):
        (folder / name).write_bytes(b"".join(line + b"\n" for line in lines))

    write("train.fasttext", (f"__label__{d.label} {tokens_of(d.text)}".encode() for d in train))
    write("train.vw", (f"{number[d.label]} | {tokens_of(d.text)}".encode() for d in train))
    write("test.text", map(line_of, test))
    write("test.tokens", (tokens_of(d.text).encode() for d in test))
    write("test.vw", (f"| {tokens_of(d.text)}".encode() for d in test))
    write("test.labels", (d.label.encode() for d in test))


def some_posts(folder, labels, limit):
    """The first `limit` posts of each of these labels (None: all posts, all labels)."""
    by_label = {}
    for document in read_tree(folder):
        if labels is None or document.label in labels:
            by_label.setdefault(document.label, []).append(document)
    return [document for posts in by_label.values() for document in posts[:limit]]


def lay_out(data, folder, labels, limit, three):
    """Writes the tree, and lines for all of its labels and for the labels in `three`."""
    parts = {part: some_posts(folder_of(data, part), labels, limit)
             for part in ("train", "test")}
    for part, documents in parts.items():
        write_tree(documents, folder / part)
    for name, kept in (("all", None), ("three", three)):
        train, test = ([d for d in documents if kept is None or d.label in kept]
                       for documents in parts.values())
        write_lines(folder / name, train, test, sorted({d.label for d in train}))


# ---- systems ------------------------------------------------------------------------------------


class System(NamedTuple):
    """How to run a system. Commands are lists of words; `accuracy` is the percentage of test posts
    labelled correctly, and is not timed."""
    name: str
    train: Callable  # (posts, model): the command that writes the model
    accuracy: Callable  # (posts, model)
    predict: Callable = None  # (model): the command that labels stdin line by line
    reads: str = ""  # the suffix of the lines that `predict` reads


def evaluate(binary, model, test):
    """The figures that `newsclf eval` reports."""
    return json.loads(output_of(binary, "eval", model, test, "--known-labels", "-q", "--json", "-"))


def newsclf(binary, name, options=""):
    def train(posts, model):
        labels = ["--labels", ",".join(posts.named)] if posts.named else []
        return [binary, "train", posts.tree / "train", "-o", model, "--force", "-q", *labels,
                *options.split()]

    def accuracy(posts, model):
        return 100 * evaluate(binary, model, posts.tree / "test")["accuracy"]

    return System(name, train, accuracy, lambda model: [binary, "predict", model, "-q"], "text")


def percent_right(answers, truth):
    return 100 * sum(answer == label for answer, label in zip(answers, truth)) / len(truth)


def accuracy_of_lines(predict, reads, label_of):
    """Scores what `predict` prints; label_of(line, posts) reads one answer."""
    def accuracy(posts, model):
        answers = output_of(*predict(model), stdin=posts.test(reads)).splitlines()
        return percent_right([label_of(line, posts) for line in answers], posts.truth())
    return accuracy


def linear_svc(python):
    def train(posts, model):
        return [python, JOBS, "svc-train", posts.tree / "train", model, *posts.named]

    def predict(model):
        return [python, JOBS, "svc-predict", model]

    accuracy = accuracy_of_lines(predict, "text", lambda line, _: line)
    return System(LINEAR_SVC, train, accuracy, predict, "text")


def vowpal_wabbit(python, name, options):
    """The wheel on PyPI runs as a module; the command-line program takes the same arguments and
    starts without Python."""
    def train(posts, model):
        return [python, "-m", "vowpalwabbit", "--quiet", "-d", posts.lines / "train.vw",
                "--oaa", str(len(posts.labels)), *options.split(), "-f", model,
                *(["-c", "-k", "--cache_file", f"{model}.cache"] if "--passes" in options else [])]

    def predict(model):
        return [python, "-m", "vowpalwabbit", "--quiet", "-t", "-i", model, "-d", "/dev/stdin",
                "-p", "/dev/stdout"]

    accuracy = accuracy_of_lines(predict, "vw", lambda line, posts: posts.labels[int(line) - 1])
    return System(name, train, accuracy, predict, "vw")


FASTTEXT_OPTIONS = ("-lr", "0.5", "-epoch", "25")


def train_fasttext(lines, model, threads, *options):
    return ["fasttext", "supervised", "-input", lines, "-output", model, *FASTTEXT_OPTIONS,
            "-thread", str(threads), *options]


def quantize_fasttext(lines, model, cutoff):
    """The command that writes MODEL.ftz from MODEL.bin, with `cutoff` tokens that are trained once
    more, or with all tokens if it is 0."""
    fewer = ["-cutoff", str(cutoff), "-retrain", *FASTTEXT_OPTIONS] if cutoff else []
    return ["fasttext", "quantize", "-input", lines, "-output", model, "-qnorm",
            "-thread", str(CORES), *fewer]


def autotuned_fasttext(part, valid, lines, model, seconds):
    """A command that trains on `lines` with the options found on `part` and `valid`; None if the
    search has not ended long after its time: fastText sometimes goes on without end."""
    search = ["fasttext", "supervised", "-input", part, "-output", model, "-thread", str(CORES),
              "-autotune-validation", valid, "-autotune-duration", str(seconds), "-verbose", "3"]
    try:
        done = subprocess.run([str(word) for word in search], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
                              check=False, timeout=60 + 3 * seconds)
    except subprocess.TimeoutExpired:
        return None
    _, found, chosen = done.stdout.rpartition("Best selected args")
    options = [word for name, value in re.findall(r"^(\w+) = (\S+)$", chosen, re.MULTILINE)
               if name != "dsub" for word in (f"-{name}", value)]
    if done.returncode != 0 or not found or not options:
        raise Failure(f"fasttext: autotune failed: {done.stdout.strip().splitlines()[-1:]}")
    return ["fasttext", "supervised", "-input", lines, "-output", model, "-thread", str(CORES),
            *options]


def fasttext(name, *options, suffix="bin"):
    """`suffix`: of the model that predicts; `ftz` if it is quantized."""
    def train(posts, model):
        return train_fasttext(posts.lines / "train.fasttext", model, CORES, *options)

    def predict(model):
        return ["fasttext", "predict-prob", f"{model}.{suffix}", "-"]

    accuracy = accuracy_of_lines(predict, "tokens",
                                 lambda line, _: line.split()[0][len("__label__"):])
    return System(name, train, accuracy, predict, "tokens")


def dense_recipe(python):
    def train(posts, model):
        return [python, JOBS, "dense-train", posts.tree / "train", posts.tree / "test", model,
                *posts.named]

    def accuracy(posts, model):
        return float(output_of(python, JOBS, "dense-score", model, posts.tree / "test",
                               *posts.named))

    return System(DENSE_RECIPE, train, accuracy)


class Package(NamedTuple):
    """A peer in Python: the packages it needs, and functions making systems from a Python."""
    needs: Tuple[str, ...]
    makers: Tuple[Callable, ...]


PACKAGES = {
    "scikit-learn": Package(("scikit-learn",), (linear_svc,)),
    "vowpalwabbit": Package(("vowpalwabbit",), (
        partial(vowpal_wabbit, name=VW_LOGISTIC,
                options="--passes 10 -b 24 --loss_function logistic"),
        partial(vowpal_wabbit, name=VW_HINGE, options="-b 24 --loss_function hinge"))),
    "torch": Package(("torch", "numpy"), (dense_recipe,)),
}


def python_peer(name, may_install):
    """(systems, version), or None if it is not installed."""
    package = PACKAGES[name]
    python = python_with(*package.needs)
    if python is None and may_install:
        python = install_packages(*package.needs)
    if python is None:
        return None
    return ([make(python) for make in package.makers],
            f"{name} {version_in(python, package.needs[0])}")


def fasttext_peer(name, may_install):
    if may_install and not shutil.which("fasttext"):
        install_fasttext()
    if not shutil.which("fasttext"):
        return None
    return ([fasttext(FASTTEXT), fasttext(FASTTEXT_PAIRS, "-wordNgrams", "2")],
            f"{name} {fasttext_version()}")


def find_peers(names, may_install):
    """(systems by name, versions, names of the peers left out because they are not installed)."""
    found = {name: (fasttext_peer if name == FASTTEXT else python_peer)(name, may_install)
             for name in names}
    return ({system.name: system for peer in found.values() if peer for system in peer[0]},
            [peer[1] for peer in found.values() if peer],
            [name for name, peer in found.items() if peer is None])
