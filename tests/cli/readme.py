#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the commands that README.md shows and compares their output with the output it shows.

    readme.py NEWSCLF README DATA    DATA holds `20news` and `sample`; exit status 77 without 20news
    readme.py --print ...            prints the real output below each command, to edit the README

A command follows `$ ` in a ```console block; the lines up to the next command are its output, where
`...` stands for any lines. Text must be equal. Numbers may differ, as processors round differently:
shares and scores by half a point, counts of scored documents by half a percent of the test set.
Times, speeds, p-values and digests are compared by shape. All other numbers must be equal.
"""
import csv
import gzip
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

NUMBER = re.compile(r"[0-9a-f]{32}|\d[\d,]*(?:\.\d+)?")
MEASURED = re.compile(r" (?:documents/s|MB/s|s|ms)\b")  # the units of times and speeds
SCORED_DOCUMENTS = 1180


def commands_of(readme):
    """(command, lines of output) of every command in the console blocks."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, output = re.fullmatch(r"((?:.*\\\n)*.*\n)((?s:.*))", part).groups()
            found.append((command, output.splitlines()))
    return found


def write_csv(folder, path):
    """The documents of a tree in the columns that the README names."""
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["group", "title", "body"])
        for document in sorted(folder.glob("*/*")):
            head, _, body = document.read_text(encoding="utf-8").partition("\n\n")
            title = re.search(r"^Subject: (.*)$", head, re.MULTILINE)[1]
            rows.writerow([document.parent.name, title, body])


def run(command, binary, folder):
    env = {**os.environ, "PATH": f"{binary.parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8").stdout.splitlines()


def value(number):
    return float(number.replace(",", ""))


def numbers_agree(command, shown, actual, before, after):
    if len(shown) == 32 or MEASURED.match(after) or before.endswith("p = "):
        return len(shown) != 32 or len(actual) == 32
    if "." in shown:
        return abs(value(shown) - value(actual)) <= (0.5 if value(shown) >= 1 else 0.05)
    scores = re.search(r"newsclf (?:eval|compare) ", command)
    return abs(value(shown) - value(actual)) <= (0.005 * SCORED_DOCUMENTS if scores else 0)


def lines_agree(command, shown, actual):
    """Widths of columns follow the numbers in them, so runs of spaces count as one; a dot that
    stands alone is the zero of a confusion matrix."""
    shown, actual = (re.sub(r"(?<= )\.(?= |$)", "0", " ".join(line.split()))
                     for line in (shown, actual))
    if NUMBER.sub("0", shown) != NUMBER.sub("0", actual):
        return False
    return all(numbers_agree(command, a[0], b[0], shown[:a.start()], shown[a.end():])
               for a, b in zip(NUMBER.finditer(shown), NUMBER.finditer(actual)))


def first_difference(command, shown, actual):
    """The first line of `shown` that has no counterpart, or None if the outputs agree."""
    position, skipping = 0, False
    for line in shown:
        if line == "...":
            skipping = True
            continue
        while position < len(actual) and not lines_agree(command, line, actual[position]):
            if not skipping:
                return line
            position += 1
        if position == len(actual):
            return line
        position, skipping = position + 1, False
    return None if skipping or position == len(actual) else "(no more lines)"


def check_the_comparison():
    """A comparison that accepted everything would make this test pass for ever."""
    for command, shown, actual, agree in (
            ("newsclf eval m d", "accuracy 97.63 %", "accuracy 98.00 %", True),
            ("newsclf eval m d", "accuracy 97.63 %", "accuracy 98.20 %", False),
            ("newsclf eval m d", "accuracy 97.63 %", "precision 97.63 %", False),
            ("newsclf eval m d", "space 376 . 10", "space 373  1 13", True),
            ("newsclf eval m d", "space 376 . 10", "space 366 10 10", False),
            ("newsclf train d", "1,774 documents", "1,775 documents", False),
            ("newsclf train d", "loss 0.2  12,303 documents/s", "loss 0.21  9 documents/s", True),
            ("newsclf info m", "digest " + 32 * "a", "digest " + 32 * "b", True),
            ("newsclf info m", "digest " + 32 * "a", "digest none", False)):
        assert lines_agree(command, shown, actual) == agree, (command, shown, actual)
    assert first_difference("", ["a", "...", "c"], ["a", "b", "b", "c"]) is None
    assert first_difference("", ["a", "...", "c"], ["a", "b", "b"]) == "c"
    assert first_difference("", ["a"], ["a", "b"]) == "(no more lines)"
    assert first_difference("", ["a", "b"], ["a"]) == "b"


def main():
    show = sys.argv[1] == "--print"
    binary, readme, data = map(Path, sys.argv[1 + show:])
    if not (data / "20news").is_dir():
        print(f"no {data}/20news; scripts/get_data.sh gets it", file=sys.stderr)
        sys.exit(77)
    check_the_comparison()
    commands = commands_of(readme.read_text(encoding="utf-8"))
    assert len(commands) >= 8, f"only {len(commands)} commands found"
    failures = 0
    with tempfile.TemporaryDirectory(prefix="newsclf-readme-") as name:
        folder = Path(name)
        (folder / "data").symlink_to(data.resolve())
        for part in ("train", "test"):
            write_csv(data / "sample" / part, folder / f"{part}.csv.gz")
        for command, shown in commands:
            actual = run(command, binary.resolve(), folder)
            if show:
                print("$ " + command + "\n".join(actual))
                continue
            difference = first_difference(command, shown, actual)
            if difference is not None:
                failures += 1
                print(f"$ {command}README shows: {difference}\nthe command prints:",
                      *actual, sep="\n    ")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
