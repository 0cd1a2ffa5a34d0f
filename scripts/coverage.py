#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints the line coverage that gcov found in a build folder; see scripts/coverage.sh."""
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

GOALS = {"core": 0.92, "readers of documents": 0.97, "reader of models": 0.97}
MODEL_READER = {"model_reader.cpp", "tensor_table.hpp", "safetensors.cpp", "strict_json.cpp",
                "model_config.cpp", "option_fields.hpp", "float_range.cpp", "tensor_names.cpp"}


def line_counts(build):
    """How often each line of our sources ran: {path: {line: count}}."""
    sources = pathlib.Path.cwd()
    data = [path.resolve() for path in build.rglob("*.gcda")]
    counts = collections.defaultdict(dict)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["gcov", "--json-format", "--preserve-paths", *map(str, data)], cwd=folder,
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for report in pathlib.Path(folder).glob("*.gcov.json.gz"):
            with gzip.open(report) as text:
                files = json.load(text)["files"]
            for file in files:
                path = (build.resolve() / file["file"]).resolve()
                if not path.is_relative_to(sources):
                    continue
                name = str(path.relative_to(sources))
                if not name.startswith(("src/", "include/")):
                    continue
                for line in file["lines"]:
                    number = line["line_number"]
                    counts[name][number] = max(counts[name].get(number, 0), line["count"])
    return counts


def groups_of(name):
    folder, file = name.rsplit("/", 1)
    layer = folder.split("/")[2 if name.startswith("include/") else 1]
    yield layer
    yield "core"
    if layer in ("corpus", "io", "text"):
        yield "readers of documents"
    if file in MODEL_READER:
        yield "reader of models"


def main():
    counts = line_counts(pathlib.Path(sys.argv[1]))
    lines, executed = collections.Counter(), collections.Counter()
    for name, of_file in sorted(counts.items()):
        for group in groups_of(name):
            lines[group] += len(of_file)
            executed[group] += sum(count > 0 for count in of_file.values())
        missed = [line for line, count in sorted(of_file.items()) if count == 0]
        if "--missed" in sys.argv and missed:
            print(f"{name}: {', '.join(map(str, missed))}")
    low = []
    for group in sorted(lines, key=lambda group: (group in GOALS, group)):
        share = executed[group] / lines[group]
        goal = GOALS.get(group)
        print(f"{group:22} {lines[group]:6} lines {100 * share:6.1f} %"
              + (f"  (goal {100 * goal:.0f} %)" if goal else ""))
        if goal and share < goal:
            low.append(group)
    if low:
        sys.exit(f"coverage: below the goal: {', '.join(low)}")


main()
