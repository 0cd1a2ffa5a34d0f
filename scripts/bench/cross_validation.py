# SPDX-License-Identifier: MIT
"""Cross-validation for accuracy.py: several options strings of `newsclf train` on many collections,
with their differences to the first options string and to the better of two linear SVMs."""
import statistics

import local_collections
from local_collections import SOURCES
from posts import FOLDS, RECIPES, folds, thread
from report import Failure, mean, say, table, with_error
from systems import LINEAR_SVC, LINEAR_SVC_PAIRS

SVMS = (LINEAR_SVC, LINEAR_SVC_PAIRS)
PART = "cross-validation"


def cross_validate(bench, options_strings, keys, root):
    """Returns a description of each collection measured, by key; `root`: see local_collections."""
    of_posts = list(folds(bench.train, [thread(document) for document in bench.train]))
    described = {}
    for key in keys:
        splits = of_posts if key in RECIPES else local_collections.splits(key, root)
        if not splits:
            say(f"{SOURCES[key].title}: skipped; fewer than "
                f"{local_collections.FEWEST_DOCUMENTS} documents on this machine")
        for fold, split in enumerate(splits):
            with bench.collect(key, seed=fold, split=split) as collection:
                if fold == 0:
                    described[key] = description(collection)
                    say(described[key])
                for seed in range(fold, fold + FOLDS * len(bench.seeds), FOLDS):
                    for options in options_strings:
                        bench.run_newsclf(PART, collection, options, seed, draw=fold)
                for name in SVMS:
                    bench.run_peer(PART, collection, name, draw=fold)
    if not described:
        raise Failure("--collections: this machine has none of them; name collections of posts")
    return described


def description(collection):
    documents = collection.train + collection.test
    return (f"{collection.recipe.title}: {len(collection.train):,} + {len(collection.test):,} "
            f"documents, {len({d.label for d in documents})} labels, "
            f"{statistics.mean(len(d.text) for d in documents):,.0f} characters")


def differences(values, others):
    return [value - other for value, other in zip(values, others)]


class Row:
    """The figures of one collection and one options string. Values of newsclf are in the order of
    folds, and of seeds within a fold."""

    def __init__(self, bench, key, system, first):
        def values(system, figure="accuracy_percent"):
            return bench.values(PART, key, system, figure)

        self.accuracies = values(system)
        self.differences = differences(self.accuracies, values(first))
        self.accuracy = statistics.mean(self.accuracies)
        self.difference = statistics.mean(self.differences)
        self.calibration_errors = [100 * error for error in values(system, "calibration_error")]
        self.cpu_s = statistics.mean(values(system, "train_cpu_s"))
        self.svms = [statistics.mean(values(name)) for name in SVMS]
        seeds = len(bench.seeds)
        of_folds = [statistics.mean(self.accuracies[i:i + seeds])
                    for i in range(0, len(self.accuracies), seeds)]
        better = SVMS[self.svms.index(max(self.svms))]
        self.to_svm = differences(of_folds, values(better))


def cross_validation_table(bench, systems, described):
    """`systems`: the names of the options strings."""
    rows = {system: [Row(bench, key, system, systems[0]) for key in described]
            for system in systems}

    def lines():
        for i, text in enumerate(described.values()):
            for system in systems:
                row, leads = rows[system][i], system == systems[0]
                yield [text if leads else "", system, mean([row.accuracy]),
                       "" if leads else with_error(row.differences, sign="+"),
                       mean(row.calibration_errors), mean([row.cpu_s]),
                       *(mean([svm]) if leads else "" for svm in row.svms),
                       with_error(row.to_svm, sign="+")]
        for system in systems:
            kept, leads = rows[system], system == systems[0]
            yield [f"mean of {len(described)}" if leads else "", system,
                   mean([row.accuracy for row in kept]),
                   "" if leads else with_error([row.difference for row in kept], sign="+"),
                   mean([e for row in kept for e in row.calibration_errors]),
                   mean([row.cpu_s for row in kept]),
                   *(mean([row.svms[i] for row in kept]) if leads else "" for i in range(2)),
                   with_error([statistics.mean(row.to_svm) for row in kept], sign="+")]

    return table(f"Accuracy in percent on held-out documents: mean of {FOLDS} folds, each with "
                 f"{len(bench.seeds)} seed{'s' if len(bench.seeds) > 1 else ''}; differences with "
                 "their standard error over runs or, to the SVM, folds; in the last lines, over "
                 "collections.",
                 ["training + held-out documents of the first fold", "", "accuracy",
                  "difference to the first line", "calibration error, %",
                  "`newsclf train`, CPU seconds", *SVMS, "difference to the better SVM"], lines())
