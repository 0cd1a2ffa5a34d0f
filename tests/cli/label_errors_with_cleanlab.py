#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check --label-errors ranks documents as cleanlab ranks them by self-confidence, from the
probabilities that cross-validate writes with the same folds.

    python label_errors_with_cleanlab.py PATH_TO_NEWSCLF_BINARY    exit status 77 without cleanlab
"""
import csv
import json
import sys

from formats import DATA, done, expect

try:
    import numpy as np
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores
except ImportError:
    print("skipped: this Python has no cleanlab (scripts/setup.sh --all installs it)")
    sys.exit(77)


def main():
    documents = DATA / "train"
    table = done("cross-validate", "--no-calibration", documents, "-q", "--predictions", "-", "--probabilities")
    report = json.loads(done("check", documents, "-q", "--json", "-", "--label-errors", "1000"))
    rows = list(csv.DictReader(table.decode().splitlines(), delimiter="\t"))
    names = list(rows[0])[6:]
    labels = np.array([names.index(row["label"]) for row in rows])
    probabilities = np.array([[float(row[label]) for label in names] for row in rows])
    probabilities /= probabilities.sum(axis=1, keepdims=True)  # floats add up to nearly 1

    scores = get_label_quality_scores(labels, probabilities, method="self_confidence",
                                      adjust_pred_probs=False)
    issues = find_label_issues(labels, probabilities, filter_by="predicted_neq_given",
                               return_indices_ranked_by="self_confidence")
    errors, score_of = report["label_errors"], {row["id"]: s for row, s in zip(rows, scores)}
    expect(len(errors) >= 5, f"only {len(errors)} label errors")
    expect({error["id"] for error in errors} == {rows[issue]["id"] for issue in issues},
           "cleanlab finds other documents that are predicted to have another label")
    ours = [score_of[error["id"]] for error in errors]
    expect(np.all(np.diff(ours) >= -1e-6), f"not in the order of cleanlab's scores: {ours}")
    for error, score in zip(errors, ours):
        expect(abs(error["label_probability"] - score) < 1e-5, f"{error}: cleanlab scores {score}")
        row = next(row for row in rows if row["id"] == error["id"])
        expect(error["predicted"] == row["predicted"], f"{error}: {row}")
    # Without ties, the order is the same.
    if len(set(np.round(ours, 6))) == len(ours):
        expect([error["id"] for error in errors] == [rows[issue]["id"] for issue in issues],
               "cleanlab ranks the documents in another order")
    print(f"{len(errors)} of {len(rows)} documents are ranked as by cleanlab")


if __name__ == "__main__":
    main()
