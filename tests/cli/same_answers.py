# SPDX-License-Identifier: MIT
"""The same documents in every input format, compression and way of input give the same answers,
metrics and trained model.

    python same_answers.py PATH_TO_NEWSCLF_BINARY

Needs the zstd program in addition to Python's standard library.
"""
import csv
import io
import json
import re
import tempfile
from pathlib import Path

from formats import (COMPRESSIONS, DATA, OF_LINES, WRITERS, done, expect, expect_same, file_name,
                     jsonl, need_zstd, records, separated, tar, train_model, write_tree)

DOCUMENTS = 300


def make_posts():
    """Posts of the sample, then posts that combine headers and text of different posts."""
    files = sorted(file for part in ("train", "test") for file in (DATA / part).rglob("*")
                   if file.is_file())
    posts = [(file.parent.name.encode(), *file.read_bytes().split(b"\n\n", 1)) for file in files]
    made = [(label, headers + b"\n\n" + posts[(p + shift) % len(posts)][2])
            for shift in (0, 1, 5) for p, (label, headers, _) in enumerate(posts)]
    return sorted(made[:DOCUMENTS], key=lambda post: post[0])


def flat(documents):
    return [(label, b" ".join(text.split())) for label, text in documents]


class Places:
    """The documents in every format and way of input.

    `inputs` contains (name, arguments, stdin, whether answers have an id); `labelled` contains
    (name, arguments, stdin) of those with labels.
    """

    def __init__(self, folder, documents, formats):
        self.inputs, self.labelled = [], []
        tree = folder / "tree"
        write_tree(tree, documents)
        self.add("tree", [tree], True)
        files = [tree / file_name(d, label) for d, (label, _) in enumerate(documents)]
        self.inputs.append(("files", files, b"", True))
        self.inputs.append(("files, whole", ["--document", *files], b"", True))
        for ending, compress in COMPRESSIONS.items():
            name = f"tar{ending}"
            file = folder / f"posts.{name}"
            file.write_bytes(compress(tar(documents)))
            self.add(name, [file], True)
            self.add(f"{name}, folder inside", [file / "posts"], True)
            self.add(f"{name}, stdin", ["--format", "tree"], True, file.read_bytes())
            for format_ in formats:
                file = folder / f"posts.{format_}{ending}"
                file.write_bytes(compress(WRITERS[format_](documents)))
                quoting = ["--quoting", "csv"] if format_ == "tsv" else []
                option = ["--format", format_, *quoting]
                named = option if format_ in OF_LINES else quoting
                if format_ == "lines":
                    self.inputs.append((file.name, [file, *option], b"", False))
                    self.inputs.append((f"{file.name}, stdin", [], file.read_bytes(), False))
                    continue
                self.add(file.name, [file, *named], False)
                self.add(f"{file.name}, stdin", option, False, file.read_bytes())
        # Two consecutive members or frames are read as one stream.
        whole = WRITERS["jsonl"](documents)
        for ending in (".gz", ".zst"):
            compress = COMPRESSIONS[ending]
            self.add(f"jsonl{ending}, two members", ["--format", "jsonl"], False,
                     compress(whole[:9999]) + compress(whole[9999:]))
        link = folder / "posts.tgz"
        link.symlink_to("posts.tar.gz")
        self.add("tgz", [link], True)

    def add(self, name, arguments, has_ids, stdin=None):
        self.inputs.append((name, arguments, stdin or b"", has_ids))
        place = arguments if stdin is None else ["-", *arguments]
        self.labelled.append((name, place, stdin or b""))


def check_answers(model, places):
    expected = None
    for name, arguments, stdin, has_ids in places.inputs:
        answers = records(done("predict", model, *arguments, stdin=stdin), name)
        if has_ids:
            answers = [answer.split(b"\t", 1)[1] for answer in answers]
        expected = expected or answers
        expect(len(expected) == DOCUMENTS, f"{name}: {len(expected)} answers")
        expect(len(set(expected)) > DOCUMENTS // 2, f"{name}: most answers are equal")
        expect_same(answers, expected, name)
    return len(places.inputs)


def check_figures(model, places):
    expected = None
    for name, place, stdin in places.labelled:
        figures = json.loads(done("eval", model, *place, "--json", "-", stdin=stdin))
        expected = expected or figures
        expect(figures["documents"] == DOCUMENTS, f"eval {name}: {figures['documents']} documents")
        for key in figures:
            expect(figures[key] == expected[key],
                   f"eval {name}: {key} is {figures[key]}, expected {expected[key]}")


def check_training(places, folder):
    expected = None
    chosen = [place for place in places.labelled
              if not re.search(r"two|inside|stdin", place[0]) or "csv.zst, stdin" in place[0]]
    for name, place, stdin in chosen:
        model = folder / "trained"
        done("train", *place, "-o", model, "--force", "-q", "--epochs", "2", "--members", "1",
             stdin=stdin)
        info = done("info", model).decode()
        digests = re.findall(r"digest +([0-9a-f]{32})", info)
        expect(len(digests) == 2, f"info shows {len(digests)} digests: {info}")
        expected = expected or digests
        expect(digests == expected, f"train {name}: digests {digests}, expected {expected}")
    return len(chosen)


def check_shards(model, places):
    for name, arguments, stdin, _ in places.inputs:
        if not re.fullmatch(r"tree|files|posts\.(csv|jsonl\.gz), stdin", name):
            continue
        whole = records(done("predict", model, *arguments, stdin=stdin), name)
        shards = []
        for i in (1, 2, 3):
            answers = records(done("predict", model, *arguments, "--shard", f"{i}/3", "--trailer",
                                   stdin=stdin), name)
            expect(answers.pop() == b"# documents %d" % len(answers), f"{name}: the trailer")
            shards.append(answers)
        expect_same([shards[d % 3][d // 3] for d in range(len(whole))], whole, f"{name}, shards")


def main():
    need_zstd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = train_model(folder)
        posts = make_posts()
        # Python reads the same documents from the files that this test writes.
        expect([(row["label"].encode(), row["text"].encode()) for row in
                csv.DictReader(io.StringIO(separated(posts).decode(), newline=""))] == posts, "CSV")
        expect([(row["label"].encode(), row["text"].encode()) for row in
                map(json.loads, jsonl(posts).splitlines())] == posts, "JSONL")
        kinds = {"posts": (posts, ("csv", "tsv", "jsonl")),
                 "flattened posts": (flat(posts), tuple(WRITERS))}
        for kind, (documents, formats) in kinds.items():
            here = folder / kind.replace(" ", "-")
            here.mkdir()
            places = Places(here, documents, formats)
            ways = check_answers(model, places)
            check_figures(model, places)
            trained = check_training(places, folder)
            print(f"{len(documents)} {kind}: the same answers {ways} ways, the same metrics of eval "
                  f"{len(places.labelled)} ways, the same model {trained} ways")
            check_shards(model, places)


if __name__ == "__main__":
    main()
