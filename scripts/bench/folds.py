#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What cross-validation finds out from training documents alone, as tables for BENCHMARKS.md.

    scripts/bench/folds.py [--parts label-errors,estimates] [--update BENCHMARKS.md]

label-errors: in the training posts of 20 Newsgroups "bydate", random documents get a random wrong
label. How many of the documents that `check --label-errors` ranks first are such documents? Some
posts were sent to a wrong group by their authors, so the same is also measured without the 1 % of
the posts that the command ranks first before any label is changed.
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
MISPLACED = 0.01  # of the posts
POSTS = ("all20", "all3")
OTHERS = ("descriptions", "docstrings", "comments")


class Bench:
    def __init__(self, args):
        self.args, self.records = args, []
        self.train, self.test = (read_tree(folder_of(args.data, part))
                                 for part in ("train", "test"))

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


def ranked_first(bench, folder, count):
    """The ids of the documents that `check` ranks first, and its seconds."""
    report = folder.parent / "report"
    used = measured([bench.args.newsclf, "check", folder, "-q", "--label-errors", count, "--json",
                     report])
    errors = json.loads(report.read_text())["label_errors"]
    return [error["id"] for error in errors], used["wall_s"]


def without_misplaced(bench, key):
    """The training posts without those that are ranked first, of the labels of the collection."""
    with collect(key, bench.recipe(key), bench.train, [], seed=0) as collection:
        first, _ = ranked_first(bench, collection.folder / "train",
                                round(MISPLACED * len(collection.train)))
        return [d for d in collection.train if f"{d.label}/{d.name}" not in set(first)]


def measure_label_errors(bench):
    for key in POSTS[:1] if bench.args.quick else POSTS:
        for train in (bench.train, without_misplaced(bench, key)):
            for fraction in FRACTIONS:
                for seed in range(1 if bench.args.quick else bench.args.seeds):
                    measure_draw(bench, key, train, fraction, seed)


def measure_draw(bench, key, train, fraction, seed):
    recipe = bench.recipe(key)._replace(mislabelled=fraction)
    with collect(key, recipe, train, [], seed) as collection:
        documents = len(collection.train)
        wrong = round(fraction * documents)
        ids, seconds = ranked_first(bench, collection.folder / "train", wrong)
    found = 100 * sum(map(is_wrong, ids)) / wrong
    bench.records.append({
        "part": "label-errors", "collection": key, "all_posts": train is bench.train,
        "fraction": fraction, "seed": seed, "documents": documents, "wrong": wrong,
        "found_percent": found, "wall_s": round(seconds, 2)})
    say(f"{recipe.title}, {documents:,} documents, {wrong} wrong labels, seed {seed}: "
        f"{found:.1f} % of the first {wrong}")


def label_errors_table(bench):
    def row(key, fraction):
        def values(figure, all_posts=True):
            return bench.values(figure, part="label-errors", collection=key, fraction=fraction,
                                all_posts=all_posts)

        return [bench.recipe(key).title, f"{values('documents')[0]:,}",
                f"{100 * fraction:g} % ({values('wrong')[0]:,})",
                with_error(values("found_percent")), with_error(values("found_percent", False)),
                f"{max(values('wall_s')):.0f}"]

    keys = dict.fromkeys(r["collection"] for r in bench.records if r["part"] == "label-errors")
    return table("Random wrong labels among the training posts: how many of the documents that "
                 "`check --label-errors` ranks first, as many as have wrong labels, have one; mean "
                 "and standard error over draws. Misplaced: the 1 % of the posts that it ranks "
                 "first before any label is changed.",
                 ["", "documents", "wrong labels", "found, %", "without misplaced posts, %",
                  "seconds"],
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
            "mean_percent": 100 * accuracy["mean"],
            "error_percent": 100 * accuracy["standard_error"],
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
                 "interval). Test posts are later than training posts; other test documents are from "
                 "other packages and files, which cross-validation cannot know.",
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
    output.measure(bench, map(PARTS.get, args.parts))
    output.update()


if __name__ == "__main__":
    run(main)
