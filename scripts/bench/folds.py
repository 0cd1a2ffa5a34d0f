#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What cross-validation finds out from training documents alone, as tables for BENCHMARKS.md.

    scripts/bench/folds.py [--parts label-errors,estimates] [--update BENCHMARKS.md]

label-errors: in the training posts of 20 Newsgroups "bydate", random documents get a random wrong
label. How many of the documents that `check --label-errors` ranks first are such documents?
estimates: the mean of `cross-validate` on training documents, beside the accuracy on test documents
of a model trained on all of them; for posts, and for text of this machine (local_collections.py).

Tables go to stdout, progress to stderr, every figure to the file given to --json.
"""
import json
from pathlib import Path

import local_collections
from local_collections import SOURCES
from posts import RECIPES, THREE, Recipe, collect, folder_of, read_tree
from processes import measured, output_of
from report import say, table, with_error
from script import Output, check, circumstances, figures_of, option_parser, positive, run, some_of
from systems import evaluate

FRACTIONS = (0.02, 0.05)
POSTS = ("all20", "all3")
OTHERS = ("descriptions", "docstrings", "comments")


class Bench:
    def __init__(self, args):
        self.args, self.records = args, []
        self.train, self.test = (read_tree(folder_of(args.data, part)) for part in ("train", "test"))

    def recipe(self, key):
        if key in SOURCES:
            return Recipe(SOURCES[key].title)
        recipe = RECIPES[key]
        return recipe._replace(title="3 groups", labels=THREE) if self.args.quick else recipe

    def values(self, figure, **where):
        return figures_of(self.records, figure, **where)


# ---- label errors -------------------------------------------------------------------------------


def is_wrong(document_id):
    """Files are named LABEL.NAME by their true label."""
    label, name = document_id.split("/")
    return not name.startswith(label + ".")


def measure_label_errors(bench):
    for key in POSTS[:1] if bench.args.quick else POSTS:
        for fraction in FRACTIONS:
            recipe = bench.recipe(key)._replace(mislabelled=fraction)
            for seed in range(1 if bench.args.quick else bench.args.seeds):
                with collect(key, recipe, bench.train, [], seed) as collection:
                    wrong = round(fraction * len(collection.train))
                    report = collection.folder / "report"
                    used = measured([bench.args.newsclf, "check", collection.folder / "train", "-q",
                                     "--label-errors", wrong, "--json", report])
                    ids = [error["id"] for error in json.loads(report.read_text())["label_errors"]]
                right = 100 * sum(map(is_wrong, ids)) / wrong
                bench.records.append({
                    "part": "label-errors", "collection": key, "fraction": fraction, "seed": seed,
                    "documents": len(collection.train), "wrong": wrong,
                    "precision_percent": right, "wall_s": round(used["wall_s"], 2)})
                say(f"{recipe.title}, {wrong} wrong labels, seed {seed}: {right:.1f} % of the first "
                    f"{wrong}")


def label_errors_table(bench):
    def row(key, fraction):
        where = {"part": "label-errors", "collection": key, "fraction": fraction}
        wrong = bench.values("wrong", **where)[0]
        return [bench.recipe(key).title, f"{bench.values('documents', **where)[0]:,}",
                f"{100 * fraction:g} % ({wrong:,})",
                with_error(bench.values("precision_percent", **where)),
                f"{max(bench.values('wall_s', **where)):.0f}"]

    keys = dict.fromkeys(r["collection"] for r in bench.records if r["part"] == "label-errors")
    return table("Random wrong labels among the training posts: how many of the documents that "
                 "`check --label-errors` ranks first, as many as have wrong labels, have one; mean "
                 "and standard error over draws.",
                 ["", "documents", "wrong labels", "found, %", "seconds"],
                 [row(key, fraction) for key in keys for fraction in FRACTIONS])


# ---- estimates ----------------------------------------------------------------------------------


def splits(bench):
    """(key, (train, test)) of each collection."""
    for key in POSTS[:1] if bench.args.quick else POSTS:
        yield key, (bench.train, bench.test)
    for key in [] if bench.args.quick else bench.args.collections:
        folds = local_collections.splits(key, bench.args.root)
        if folds:
            yield key, folds[0]
        else:
            say(f"{SOURCES[key].title}: skipped; too few documents on this machine")


def measure_estimates(bench):
    newsclf = bench.args.newsclf
    for key, split in splits(bench):
        with collect(key, bench.recipe(key), *split, seed=0) as collection:
            train, model = collection.folder / "train", collection.folder / "model"
            result = json.loads(output_of(newsclf, "cross-validate", train, "-q", "--json", "-"))
            output_of(newsclf, "train", train, "-o", model, "-q")
            scores = evaluate(newsclf, model, collection.folder / "test")
        accuracy = result["metrics"]["accuracy"]
        bench.records.append({
            "part": "estimates", "collection": key, "train_documents": len(collection.train),
            "test_documents": len(collection.test),
            "folds_percent": [100 * value for value in accuracy["folds"]],
            "mean_percent": 100 * accuracy["mean"], "error_percent": 100 * accuracy["standard_error"],
            "test_percent": 100 * scores["accuracy"],
            "interval_percent": [100 * end for end in scores["accuracy_interval"]]})
        say(f"{collection.recipe.title}: {100 * accuracy['mean']:.2f} % estimated, "
            f"{100 * scores['accuracy']:.2f} % on test documents")


def estimates_table(bench):
    def row(record):
        low, high = record["interval_percent"]
        return [bench.recipe(record["collection"]).title,
                f"{record['train_documents']:,} / {record['test_documents']:,}",
                with_error(record["folds_percent"]),
                f"{record['test_percent']:.2f} ({low:.2f} to {high:.2f})",
                f"{record['test_percent'] - record['mean_percent']:+.2f}"]

    return table("Accuracy in percent as 5-fold cross-validation of the training documents "
                 "estimates it (mean and standard error), and on test documents (with its 95 % "
                 "interval). The test posts are later than the training posts.",
                 ["", "training / test documents", "`cross-validate`", "test", "difference"],
                 [row(record) for record in bench.records if record["part"] == "estimates"])


PARTS = {"label-errors": (measure_label_errors, label_errors_table),
         "estimates": (measure_estimates, estimates_table)}


# ---- the run ------------------------------------------------------------------------------------


def parse_arguments():
    parser = option_parser(
        __doc__, PARTS, quick="3 groups, one draw: checks that the script works, not how good "
        "anything is", no_install="has no effect, as nothing is installed")
    add = parser.add_argument
    add("--seeds", type=positive, default=3, metavar="N",
        help="number of draws of wrong labels (default: 3)")
    add("--collections", type=some_of(SOURCES), default=list(OTHERS), metavar="A,B",
        help=f"collections of text of this machine (default: {','.join(OTHERS)})")
    add("--root", type=Path, default=Path("/"), metavar="FOLDER",
        help="root folder of the machine whose text is used (default: /)")
    return parser.parse_args()


def main():
    args = parse_arguments()
    check(args)
    bench = Bench(args)
    facts = {**circumstances(args, "--parts", ",".join(args.parts)),
             "newsclf": output_of(args.newsclf, "--version").splitlines()[0],
             "records": bench.records}
    output = Output(args, facts)
    output.show("Measured {date} by `{command}` on {processor}; {newsclf}.".format(**facts))
    for measure, tabulate in map(PARTS.get, args.parts):
        measure(bench)
        output.show(tabulate(bench))
    output.update()


if __name__ == "__main__":
    run(main)
