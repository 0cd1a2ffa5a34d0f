#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A pandas frame is written as CSV or JSON lines, labelled, read back and joined by id.

    python pandas_round_trip.py PATH_TO_NEWSCLF_BINARY    exit status 77 without pandas
"""
import io
import json
import sys
import tempfile
from pathlib import Path

from formats import DATA, done, expect, train_model

try:
    import pandas as pd
except ImportError:
    print("skipped: this Python has no pandas (scripts/setup.sh --all installs it)")
    sys.exit(77)

NOTES = ["plain", "1,2", 'he said "no"', "two\nlines", "line\r\nend", "Ünï 月 🚀", "007", "", " x "]


def input_frame():
    files = sorted((DATA / "test").glob("*/*"))
    return pd.DataFrame({
        "id": [f"{2 * d:05}" for d in range(len(files))],
        "text": [file.read_text(encoding="utf-8") for file in files],
        "note": [NOTES[d % len(NOTES)] for d in range(len(files))],
        "truth": [file.parent.name for file in files]})


def read(output):
    # Without `dtype`, ids would lose leading zeros; without `keep_default_na`, "" would be NaN.
    return pd.read_csv(io.BytesIO(output), keep_default_na=False,
                       dtype={"id": str, "text": str, "note": str})


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = train_model(folder)
        frame = input_frame()
        frame.to_csv(folder / "frame.csv", index=False)
        frame.to_json(folder / "frame.jsonl", orient="records", lines=True)
        # One document at a time, without any table.
        expected = {}
        for id_, text in zip(frame["id"], frame["text"]):
            answer = json.loads(done("predict", model, "--document", "--output-format", "jsonl",
                                     stdin=text.encode()))
            expected[id_] = (answer["label"], answer["probability"])

        for file in ("frame.csv", "frame.jsonl"):
            def predict(*options, file=file):
                return read(done("predict", model, folder / file, "--id-column", "id", "--header",
                                 "--output-format", "csv", "--probabilities", *options))

            answers = predict().sample(frac=1, random_state=0)  # the join must not need the order
            joined = frame.merge(answers, on="id", validate="one_to_one")
            expect(len(joined) == len(frame), f"{file}: {len(joined)} rows of {len(frame)}")
            expect(joined["text"].equals(frame["text"]), f"{file}: the texts")
            for id_, label, probability in zip(joined["id"], joined["label"], joined["probability"]):
                expect(expected[id_] == (label, probability), f"{file}: {id_} is {label}")
            labels = list(answers.columns[3:])
            expect((joined[labels].idxmax(axis=1) == joined["label"]).all(), f"{file}: the best label")
            expect(labels == sorted(set(frame["truth"])), f"{file}: labels {labels}")

            kept = predict("--keep-columns")
            for column in frame.columns:
                expect(kept[column].equals(frame[column]), f"{file}: the column {column}")
            expect(kept["label"].tolist() == joined["label"].tolist(), f"{file}: kept labels")
        print(f"{len(frame)} rows joined by id")


if __name__ == "__main__":
    main()
