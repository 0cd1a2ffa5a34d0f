#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Test accuracy of newsclf and of other classifiers, as tables for BENCHMARKS.md.

    scripts/bench/accuracy.py [--parts main,curve,stand-ins,calibration] [--update BENCHMARKS.md]
    scripts/bench/accuracy.py --cross-validate "" "--members 10"

The first form trains on the training posts of 20 Newsgroups "bydate" and scores the test posts;
every system gets the same documents in the same run.

The second form is how options and defaults are chosen. It reads only training posts, so the test
posts cannot influence an option, and other text that a Debian or Ubuntu machine holds, such as
package descriptions (local_collections.py). Each of three folds holds out a quarter of the threads
of posts (all posts with one subject, so that a post and its replies stay together), or of the files
or packages, and trains on documents of the others. Its tables are not for comparing machines: each
has its own text.

Tables go to stdout, progress to stderr, every accuracy to the file given to --json.
"""
import importlib.util
import os
import random
import shutil
import statistics
import sys
from functools import partial
from pathlib import Path

from cross_validation import cross_validate, cross_validation_table
from local_collections import SOURCES
from peer_jobs import linear_svc, tf_idf
from posts import CURVE, RECIPES, THREE, Recipe, collect, folder_of, read_tree, stripped, tokens_of
from processes import measured, output_of
from report import Failure, mean, say, table, with_error
from script import (Output, check, circumstances, figures_of, option_parser, positive, run,
                    some_of)
from systems import (DEFAULTS, FASTTEXT, LINEAR_SVC, LINEAR_SVC_PAIRS, VENV, autotuned_fasttext,
                     evaluate, install_packages, percent_right, train_fasttext)

FAST_OPTIONS, BEST_OPTIONS = "--preset fast", "--preset best"
FASTTEXT_AUTOTUNED = "fastText, autotuned for as long as `--preset best` trains"
CALIBRATED_OPTIONS = "--valid-fraction 0.1"
STRIP_OPTIONS = "--post-headers strip --strip quotes,footers --subject-weight 0"
PUBLISHED_RECIPE = (
    "--token-pattern nonspace --subject-weight 0 --weighting count --token-scale none --norm none "
    "--members 1 --linear none --dropout 0 --weight-decay 0 --optimizer adam --lr 0.01 "
    "--lr-schedule constant --batch-size 150 --epochs 10 --no-calibration")

MAIN = ("all3", "stripped3", "all20", "stripped20")
STAND_INS = ("sentences", "subjects", "unbalanced")
CURVE_SAMPLES = 10

NO_FASTTEXT = "not installed (apt-get install fasttext)"


# ---- systems: from a collection to figures ------------------------------------------------------


def newsclf(binary, collection, options, seed):
    model = collection.folder / "model"
    if collection.recipe.strip:
        options += " " + STRIP_OPTIONS
    used = measured([binary, "train", collection.folder / "train", "-o", model, "-q", "--force",
                     "--seed", seed, *options.split()])
    figures = evaluate(binary, model, collection.folder / "test")
    before = figures.get("before_calibration", {})  # present if a temperature was fitted
    return {"accuracy_percent": 100 * figures["accuracy"], "train_s": round(used["wall_s"], 2),
            "train_cpu_s": round(used["cpu_s"], 2),
            "calibration_error": figures.get("calibration_error"),
            "error_before_calibration": before.get("calibration_error")}


def peer_texts(documents, recipe):
    return [stripped(d.text) if recipe.strip else d.text for d in documents]


def labels_of(documents):
    return [document.label for document in documents]


def scikit_learn(make_classifier, collection, **settings):
    """`settings`: of TfidfVectorizer, in addition to those of tf_idf."""
    vectorizer, classifier = tf_idf(**settings), make_classifier()
    rows = vectorizer.fit_transform(peer_texts(collection.train, collection.recipe))
    classifier.fit(rows, labels_of(collection.train))
    rows = vectorizer.transform(peer_texts(collection.test, collection.recipe))
    return percent_right(classifier.predict(rows), labels_of(collection.test))


def complement_nb():
    from sklearn.naive_bayes import ComplementNB
    return ComplementNB()


def fasttext_lines(documents, recipe):
    """fastText splits at white space only and learns in file order, so it gets scikit-learn's
    tokens in lower case (+3.5 points on 3 groups) and documents in random order (+6)."""
    lines = [f"__label__{d.label} {tokens_of(text)}\n"
             for d, text in zip(documents, peer_texts(documents, recipe))]
    return random.Random(0).sample(lines, len(lines))


def fasttext(collection, autotune_s=0):
    """None if fastText is not installed, or if its search does not end. It uses one thread, so that
    a second run gives the same figure; with `autotune_s` all, and searches its options for that
    many seconds on a tenth of the training documents before it learns from all of them."""
    if not shutil.which("fasttext"):
        return None
    train, part, valid, model, test = (
        collection.folder / f"fasttext.{kind}" for kind in ("in", "part", "valid", "model", "out"))
    lines = fasttext_lines(collection.train, collection.recipe)
    train.write_text("".join(lines), encoding="utf-8")
    command = train_fasttext(train, model, threads=1)
    if autotune_s:
        valid.write_text("".join(lines[:len(lines) // 10]), encoding="utf-8")
        part.write_text("".join(lines[len(lines) // 10:]), encoding="utf-8")
        command = autotuned_fasttext(part, valid, train, model, round(autotune_s))
        if command is None:
            return None
    output_of(*command)
    lines = fasttext_lines(collection.test, collection.recipe)
    truths, texts = zip(*(line[len("__label__"):].split(" ", 1) for line in lines))
    test.write_text("".join(texts), encoding="utf-8")
    answers = output_of("fasttext", "predict", f"{model}.bin", test).split("\n")
    return percent_right([answer[len("__label__"):] for answer in answers], truths)


PEERS = {LINEAR_SVC: partial(scikit_learn, linear_svc),
         LINEAR_SVC_PAIRS: partial(scikit_learn, linear_svc, ngram_range=(1, 2), min_df=2),
         "scikit-learn, TF-IDF + ComplementNB": partial(scikit_learn, complement_nb),
         FASTTEXT: fasttext, FASTTEXT_AUTOTUNED: fasttext}


def system_name(options):
    if options == PUBLISHED_RECIPE:
        return "newsclf, settings of a published recipe"
    return f"newsclf `{options.strip()}`" if options.strip() else DEFAULTS


# ---- measuring ----------------------------------------------------------------------------------


class Bench:
    """The posts, the program to measure, and `scores`: one record per accuracy."""

    def __init__(self, args):
        self.binary, self.quick = args.newsclf, args.quick
        self.seeds = range(1 if args.quick else args.seeds)
        self.train, self.test = (read_tree(folder_of(args.data, part)) if part in parts_read(args)
                                 else [] for part in ("train", "test"))
        self.scores = []
        self.figures = {}  # by run, as calibration repeats runs of main

    def collect(self, key, seed=0, split=None):
        recipe = RECIPES.get(key) or Recipe(SOURCES[key].title)
        if self.quick and key in RECIPES and recipe.labels is None:
            recipe = recipe._replace(labels=THREE)
        return collect(key, recipe, *(split or (self.train, self.test)), seed)

    def run_newsclf(self, part, collection, options, seed, draw=None):
        """`draw`: the number of the sample or fold, if the collection has several."""
        case = (collection.key, options, seed, draw)
        if case not in self.figures:
            self.figures[case] = newsclf(self.binary, collection, options, seed)
        self._record(part, collection, system_name(options), seed, self.figures[case])

    def run_peer(self, part, collection, name, draw=0, **settings):
        accuracy = PEERS[name](collection, **settings)
        self._record(part, collection, name, draw, {"accuracy_percent": accuracy})

    def _record(self, part, collection, system, run, figures):
        self.scores.append({"part": part, "collection": collection.key, "system": system,
                            "run": run, "train_documents": len(collection.train),
                            "test_documents": len(collection.test), **figures})
        accuracy = figures["accuracy_percent"]
        say(f"{part}: {collection.recipe.title}: {system}, run {run}: " +
            (NO_FASTTEXT if accuracy is None else f"{accuracy:.2f} %"))

    def values(self, part, key, system, figure="accuracy_percent"):
        return figures_of(self.scores, figure, part=part, collection=key, system=system)


def measure_main(bench):
    for key in MAIN[:2] if bench.quick else MAIN:
        with bench.collect(key) as collection:
            for options in ("", FAST_OPTIONS, BEST_OPTIONS,
                            *([PUBLISHED_RECIPE] if key == "all3" else [])):
                for seed in bench.seeds:
                    bench.run_newsclf("main", collection, options, seed)
            best_s = bench.values("main", key, system_name(BEST_OPTIONS), "train_s")
            for name in PEERS:
                settings = ({"autotune_s": statistics.median(best_s)}
                            if name == FASTTEXT_AUTOTUNED else {})
                bench.run_peer("main", collection, name, **settings)


def measure_curve(bench):
    for n in CURVE[:1] if bench.quick else CURVE:
        for sample in range(1 if bench.quick else CURVE_SAMPLES):
            with bench.collect(f"n{n}", seed=sample) as collection:
                bench.run_newsclf("curve", collection, "", seed=sample, draw=sample)
                bench.run_peer("curve", collection, LINEAR_SVC, draw=sample)


def measure_stand_ins(bench):
    for key in STAND_INS:
        with bench.collect(key) as collection:
            for seed in bench.seeds:
                bench.run_newsclf("stand-ins", collection, "", seed)
            for name in (LINEAR_SVC, LINEAR_SVC_PAIRS):
                bench.run_peer("stand-ins", collection, name)


def measure_calibration(bench):
    with bench.collect("all3" if bench.quick else "all20") as collection:
        for options in ("", CALIBRATED_OPTIONS):
            for seed in bench.seeds:
                bench.run_newsclf("calibration", collection, options, seed)


# ---- tables -------------------------------------------------------------------------------------


def seeds_of(bench):
    return f"newsclf: mean of {len(bench.seeds)} seed{'s' if len(bench.seeds) > 1 else ''}"


def main_table(bench):
    keys = [key for key in MAIN if bench.values("main", key, DEFAULTS)]

    def row(system):
        cells = [mean(bench.values("main", key, system)) for key in keys]
        if system in (FASTTEXT, FASTTEXT_AUTOTUNED) and not any(cells):
            cells = [NO_FASTTEXT] * len(keys)
        seconds = [bench.values("main", key, system, "train_cpu_s") for key in keys]
        return [system, *cells, " / ".join(f"{statistics.median(s):.1f}" for s in seconds if s)]

    systems = dict.fromkeys(score["system"] for score in bench.scores if score["part"] == "main")
    return table(f"Test accuracy in percent; {seeds_of(bench)}. Stripped: without headers, "
                 "quotes and signatures.",
                 ["", *(RECIPES[key].title for key in keys), "`newsclf train`, median CPU seconds"],
                 [row(system) for system in systems])


def curve_table(bench):
    def row(n):
        ours = bench.values("curve", f"n{n}", DEFAULTS)
        theirs = bench.values("curve", f"n{n}", LINEAR_SVC)
        return [str(n), with_error(ours), with_error(theirs),
                with_error([a - b for a, b in zip(ours, theirs)], sign="+")]

    measured = [n for n in CURVE if bench.values("curve", f"n{n}", DEFAULTS)]
    return table(f"{3 if bench.quick else 20} groups, few training documents: test accuracy in "
                 "percent, mean and standard error over random samples, the same for both.",
                 ["documents per label", DEFAULTS, LINEAR_SVC, "difference"], map(row, measured))


def stand_ins_table(bench):
    def row(key):
        sizes = next(score for score in bench.scores if score["collection"] == key)
        return [RECIPES[key].title, f"{sizes['train_documents']:,} / {sizes['test_documents']:,}",
                *(mean(bench.values("stand-ins", key, system)) for system in systems)]

    systems = (DEFAULTS, LINEAR_SVC, LINEAR_SVC_PAIRS)
    return table("Other kinds of documents, derived from the posts: test accuracy in percent; "
                 f"{seeds_of(bench)}.",
                 ["", "training / test documents", *systems],
                 map(row, STAND_INS))


def calibration_table(bench):
    key = "all3" if bench.quick else "all20"

    def cell(options, figure):
        errors = bench.values("calibration", key, system_name(options), figure)
        return mean([100 * error for error in errors]) or "not reported"

    return table(f"Expected calibration error on the test posts in percent, {RECIPES[key].title}; "
                 f"{seeds_of(bench)}.",
                 ["", "calibration error", "before calibration"],
                 [[system_name(options), cell(options, "calibration_error"),
                   cell(options, "error_before_calibration")]
                  for options in ("", CALIBRATED_OPTIONS)])


PARTS = {"main": (measure_main, main_table), "curve": (measure_curve, curve_table),
         "stand-ins": (measure_stand_ins, stand_ins_table),
         "calibration": (measure_calibration, calibration_table)}


# ---- the run ------------------------------------------------------------------------------------


def parts_read(args):
    """The parts of the posts that this run reads."""
    if not args.cross_validate:
        return ["train", "test"]
    return ["train"] if any(key in RECIPES for key in args.collections) else []


def need_scikit_learn(may_install):
    """If this Python lacks scikit-learn, restarts the script with the Python of VENV."""
    if importlib.util.find_spec("sklearn"):
        return
    if not may_install:
        say("scikit-learn: not importable; leave out --no-install to install it")
        sys.exit(77)
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise Failure(f"{VENV}: scikit-learn cannot be imported from it; remove the folder")
    python = install_packages("scikit-learn")
    os.execv(python, [python, __file__, *sys.argv[1:]])


def parse_arguments():
    parser = option_parser(
        __doc__, PARTS, quick="3 groups, one seed, one sample: checks that the script works, "
        "not how good anything is", no_install="exit with status 77 if scikit-learn is missing")
    add = parser.add_argument
    add("--seeds", type=positive, metavar="N",
        help="number of seeds to average newsclf's figures over (default: 5; with "
             "--cross-validate: 1 per fold)")
    add("--cross-validate", nargs="+", default=[], metavar="OPTIONS",
        help="try these options of 'newsclf train', one string each, '' for the defaults; begin a "
             "string of one word with a space")
    add("--collections", type=some_of([*RECIPES, *SOURCES]), metavar="A,B",
        default=[key for key in (*RECIPES, *SOURCES) if key != "stripped3"],
        help=f"collections to cross-validate on: of posts, {', '.join(RECIPES)}; of other text "
             f"on this machine, {', '.join(SOURCES)} (default: all but stripped3)")
    add("--root", type=Path, default=Path("/"), metavar="FOLDER",
        help="root folder of the machine whose text is used (default: /)")
    args = parser.parse_args()
    args.seeds = args.seeds or (1 if args.cross_validate else 5)
    if args.cross_validate and args.update:
        parser.error("--update takes figures on the test posts, not those of --cross-validate")
    return args


def facts_of(args):
    import sklearn
    options = ["--parts", ",".join(args.parts), "--seeds", str(args.seeds)]
    if args.cross_validate:
        options = ["--cross-validate", *args.cross_validate,
                   "--collections", ",".join(args.collections), "--seeds", str(args.seeds)]
    return {**circumstances(args, *options),
            "newsclf": output_of(args.newsclf, "--version").splitlines()[0],
            "scikit_learn": sklearn.__version__}


def main():
    args = parse_arguments()
    check(args, parts_read(args))
    need_scikit_learn(not args.no_install)
    bench = Bench(args)
    facts = {**facts_of(args), "scores": bench.scores}
    output = Output(args, facts)
    quick = " Quick: 3 groups wherever it says 20." if args.quick else ""
    output.show("Measured {date} by `{command}` on {processor}; {newsclf}, scikit-learn "
                "{scikit_learn}.".format(**facts) + quick)
    if args.cross_validate:
        described = cross_validate(bench, args.cross_validate, args.collections, args.root)
        output.show(cross_validation_table(bench, list(map(system_name, args.cross_validate)),
                                           described))
    else:
        output.measure(bench, map(PARTS.get, args.parts))
    output.update()


if __name__ == "__main__":
    run(main)
