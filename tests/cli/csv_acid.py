# SPDX-License-Identifier: MIT
"""newsclf reads the fields of CSV and TSV files as Python's csv module does.

    python csv_acid.py PATH_TO_NEWSCLF_BINARY

The files in tests/fixtures/csv follow the public acid tests of CSV readers (csv-spectrum, Max
Ogden; the Super CSV and csvkit suites). A field is read as the id of its record, which `predict`
prints unchanged; an empty id is printed as FILE:LINE.
"""
import csv
import itertools
import json
import tempfile
from pathlib import Path

from formats import done, expect, expect_same, newsclf, records, train_model

FILES = Path(__file__).resolve().parents[1] / "fixtures" / "csv"
# Delimiter, and the number of lines before the first record.
CSV = {
    "simple.csv": (",", 0), "simple_crlf.csv": (",", 0), "comma_in_quotes.csv": (",", 0),
    "escaped_quotes.csv": (",", 0), "newlines.csv": (",", 0), "newlines_crlf.csv": (",", 0),
    "quotes_and_newlines.csv": (",", 0), "empty.csv": (",", 0), "utf8.csv": (",", 0),
    "json.csv": (",", 0), "coordinates.csv": (",", 0), "sep.csv": (";", 1),
    "european.csv": (";", 0), "pipe.csv": ("|", 0), "tab.csv": ("\t", 0), "mac.csv": (",", 0),
    "bom.csv": (",", 0), "trailing_delimiter.csv": (",", 0), "one_column.csv": (",", 0),
    "many_records.csv": (",", 0),
}
TSV = {"iana.tsv": ("\t", 0)}
MALFORMED = {
    "ragged.csv": "line 5: number of fields must be 2 as in the header, got 1",
    "unclosed.csv": "line 3, column 3: this quoted field has no closing quote; double the quotes "
                    "inside quoted fields, or read quotes as text with --quoting none",
    "swallowed.csv": "line 5, column 4: text after the closing quote of the field that opens at "
                     "line 3, column 3; double the quotes inside quoted fields, or read quotes as "
                     "text with --quoting none",
}


def python_rows(path, delimiter, skipped, quoting=csv.QUOTE_MINIMAL):
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(itertools.islice(file, skipped, None), delimiter=delimiter,
                          quoting=quoting)
        return [row for row in rows if row]


def newsclf_column(model, path, column, *options):
    """The values of a column, counted from 1; None if they are empty."""
    output = done("predict", model, path, "--no-header", "--text-column", "1", "--id-column",
                  column, "--output-format", "jsonl", *options)
    ids = [json.loads(record)["id"] for record in records(output, path.name)]
    return ["" if id_.startswith(f"{path}:") else id_ for id_ in ids]


def check_fields(model, path, rows, *options):
    expect(len(rows) > 1 and len({len(row) for row in rows}) == 1, f"{path.name}: rows of Python")
    for c, expected in enumerate(zip(*rows)):
        expect_same(newsclf_column(model, path, c + 1, *options), list(expected),
                    f"{path.name}, column {c + 1}")
    return len(rows) * len(rows[0])


def main():
    listed = set(CSV) | set(TSV) | set(MALFORMED)
    expect(listed == {path.name for path in FILES.iterdir()}, "not all files are listed")
    fields = 0
    with tempfile.TemporaryDirectory() as folder:
        model = train_model(Path(folder))
        for name, (delimiter, skipped) in CSV.items():
            rows = python_rows(FILES / name, delimiter, skipped)
            fields += check_fields(model, FILES / name, rows)
            named = "tab" if delimiter == "\t" else delimiter
            fields += check_fields(model, FILES / name, rows, "--delimiter", named)
        for name, (delimiter, skipped) in TSV.items():
            rows = python_rows(FILES / name, delimiter, skipped, csv.QUOTE_NONE)
            fields += check_fields(model, FILES / name, rows)
            fields += check_fields(model, FILES / name, rows, "--format", "csv", "--quoting", "none")
        for name, message in MALFORMED.items():
            run = newsclf("predict", model, FILES / name, "--text-column", "b")
            expect(run.returncode == 1, f"{name}: status {run.returncode}")
            expect(message in run.stderr.decode(), f"{name}: {run.stderr.decode()}")
    print(f"{fields} fields of {len(CSV) + len(TSV)} files are read as by Python's csv module, "
          f"{len(MALFORMED)} malformed files are refused")


if __name__ == "__main__":
    main()
