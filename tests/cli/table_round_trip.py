#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tables that predict and eval write, read back with Python's csv module and with newsclf itself.

    python table_round_trip.py PATH_TO_NEWSCLF_BINARY
"""
import csv
import io
import json
import tempfile
from pathlib import Path

from formats import DATA, done, expect, expect_same

# Names and values that break careless writers and readers of tables.
HOSTILE = ["007", "1,2", 'he said "no"', '"', "two\nlines", "line\r\nend", "\r", "tab\there", "", " x ",
           "Ünï 月 🚀", "\u2028", "nul\0byte", "=1+1", "back\\slash\\n", "'", ";", "NA"]
RENAMED = {"astronomy": 'astro, "nomy"', "cycling": "cycling, fast"}


def sample(part):
    """(label, text) of the sample's documents, with labels that need quotes."""
    return [(RENAMED.get(file.parent.name, file.parent.name), file.read_text(encoding="utf-8"))
            for file in sorted((DATA / part).glob("*/*"))]


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def read_csv(output):
    """Reads strictly, as text with the line ends in fields unchanged."""
    return list(csv.reader(io.StringIO(output.decode(), newline=""), strict=True))


def read_tsv(output):
    escapes = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}

    def field(text):
        pieces = iter(text)
        return "".join(escapes[c + next(pieces)] if c == "\\" else c for c in pieces)
    return [[field(text) for text in line.split("\t")] for line in output.decode()[:-1].split("\n")]


def check_answers(rows, names, answers, labels, what):
    """Checks a table: input columns, label, probability, and one column per label."""
    head, body = rows[0], rows[1:]
    expect(head == names + ["predicted_label", "probability"] + labels, f"{what}: header {head}")
    expect(len(body) == len(answers), f"{what}: {len(body)} rows")
    for row, answer in zip(body, answers):
        label, probability, *all_of_them = row[len(names):]
        expect(label == answer["label"], f"{what}: {label!r}, expected {answer['label']!r}")
        expect(float(probability) == answer["probability"], f"{what}: probability {probability}")
        by_label = dict(zip(labels, map(float, all_of_them)))
        expect(by_label == answer["probabilities"], f"{what}: probabilities {by_label}")
        expect(max(by_label, key=by_label.get) == label, f"{what}: {by_label} for {label!r}")
        expect(abs(sum(by_label.values()) - 1) < 1e-5, f"{what}: the sum is not 1")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train = folder / "train.csv"
        write_csv(train, [("label", "text"), *sample("train")])
        model = folder / "model"
        done("train", train, "-o", model, "-q", "--epochs", "20")

        documents = sample("test")[:3 * len(HOSTILE)]
        names = ["id", "text", "label", 'a "name", with a comma']
        rows = [[f"{d:03}", text, label, HOSTILE[d % len(HOSTILE)]]
                for d, (label, text) in enumerate(documents)]
        input_ = folder / "input.csv"
        write_csv(input_, [names, *rows])
        objects = folder / "input.jsonl"
        objects.write_text("".join(json.dumps(dict(zip(names, row))) + "\n" for row in rows))

        def predict(file, *options):
            return done("predict", model, file, "--id-column", "id", "--probabilities",
                        *options)

        answers = [json.loads(line) for line in
                   predict(input_, "--output-format", "jsonl", "--keep-columns").splitlines()]
        labels = list(answers[0]["probabilities"])
        expect(set(RENAMED.values()) < set(labels) and labels == sorted(labels), f"labels {labels}")
        expect(len({answer["label"] for answer in answers}) > 1, "every answer is the same")
        expect([answer["id"] for answer in answers] == [row[0] for row in rows], "the ids")
        expect_same([answer["columns"] for answer in answers], [dict(zip(names, row)) for row in rows],
                    "JSONL")

        for file in (input_, objects):
            for format_, read in (("csv", read_csv), ("tsv", read_tsv)):
                what = f"{format_} of {file.name}"
                output = predict(file, "--output-format", format_, "--header", "--keep-columns")
                table = read(output)
                check_answers(table, names, answers, labels, what)
                expect_same([row[:len(names)] for row in table[1:]], rows, what)
                bare = read(predict(file, "--output-format", format_))
                expect([row[:3] for row in bare] == [[row[0], *row[4:6]] for row in table[1:]],
                       f"{what}: without kept columns")
                if format_ == "csv":
                    again = folder / "again.csv"
                    again.write_bytes(output)
                    expect(read_csv(done("predict", model, again, "--keep-columns", "--output-format",
                                         "csv"))[0][:len(table[0])] == table[1],
                           f"{what}: read again by newsclf")

        scores = read_tsv(done("eval", model, input_, "--id-column", "id", "-q", "--predictions", "-",
                               "--probabilities"))
        expect(scores[0][6:] == labels, f"eval: header {scores[0]}")
        for row, answer in zip(scores[1:], answers, strict=True):
            expect(row[0] == answer["id"] and row[2] == answer["label"], f"eval: {row}")
            expect(dict(zip(labels, map(float, row[6:]))) == answer["probabilities"], f"eval: {row}")
        print(f"{len(rows)} rows with {len(labels)} labels")


if __name__ == "__main__":
    main()
