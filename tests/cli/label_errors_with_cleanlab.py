#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check --label-errors ranks documents as cleanlab ranks them by self-confidence, from the
probabilities that cross-validate writes with the same folds.

    python label_errors_with_cleanlab.py PATH_TO_NEWSCLF_BINARY    exit status 77 without cleanlab
"""
import csv
import json
import random
import tempfile
from pathlib import Path

from formats import DATA, done, expect

try:
    import numpy as np
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores
except ImportError:
    print("skipped: this Python has no cleanlab (scripts/setup.sh --all installs it)")
    raise SystemExit(77)

FLIPPED = 8


def write_flipped(folder):
    """Writes the training documents of the sample with some wrong labels; returns the files."""
    rng = random.Random(0)
    files = sorted((DATA / "train").glob("*/*"))
    labels = sorted({file.parent.name for file in files})
    wrong = set(rng.sample(range(len(files)), FLIPPED))
    flipped = []
    for number, file in enumerate(files):
        label = file.parent.name
        if number in wrong:
            label = rng.choice([other for other in labels if other != label])
        target = folder / label / f"{file.parent.name}{file.name}"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
        if number in wrong:
            flipped.append(f"{label}/{target.name}")
    return flipped


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "posts"
        folder.mkdir()
        flipped = write_flipped(folder)
        table = done("cross-validate", folder, "-q", "--predictions", "-", "--probabilities")
        report = json.loads(done("check", folder, "-q", "--json", "-", "--label-errors", "1000"))
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
    expect(len(errors) >= FLIPPED, f"only {len(errors)} label errors")
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
    found = {error["id"] for error in errors[:FLIPPED]}
    hits = len(found.intersection(flipped))
    expect(hits >= 0.75 * FLIPPED, f"{hits} of the first {FLIPPED} documents have a wrong label")
    print(f"{len(errors)} documents ranked as by cleanlab; {hits} of the first {FLIPPED} are wrong")


if __name__ == "__main__":
    main()
