# SPDX-License-Identifier: MIT
"""What an answer may not depend on: random documents keep their answers, to the bit, whatever is
around them and however they are read.

    python invariants.py PATH_TO_NEWSCLF_BINARY [SEED]

Needs only Python's standard library.
"""
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from formats import BINARY, DATA, done, expect, expect_same, newsclf, records

SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
DOCUMENTS = 400
FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "model"


def random_text(rng, words):
    """A line: words of the sample, and what tokenizers stumble over."""
    odd = ["", "\t", "naïve", "山水", "🚲", "a" * 300, "x.y-z", "\u202eabc", "e\u0301", "½",
           "don't", "www.example.org", "U.S.", "\x0b", "ﬁ", "\xa0"]
    pieces = [rng.choice(odd) if rng.random() < 0.1 else rng.choice(words)
              for _ in range(rng.choice([0, 1, 3, 20, 200]))]
    text = " ".join(pieces).encode()
    if rng.random() < 0.1:  # not UTF-8
        place = rng.randrange(len(text) + 1)
        text = text[:place] + bytes([rng.randrange(128, 256)]) + text[place:]
    return text.replace(b"\n", b" ").replace(b"\r", b" ")


def answers(model, documents, *options, last_newline=True):
    stdin = b"\n".join(documents) + (b"\n" if last_newline else b"")
    lines = records(done("predict", model, "-k", "all", "--output-format", "jsonl", "-q",
                         "--invalid-utf8", "replace", *options, stdin=stdin), "predict")
    return [json.loads(line) for line in lines]


def arriving_in_pieces(model, documents, rng):
    """The answers if a pipe delivers the bytes in random pieces."""
    left = b"\n".join(documents) + b"\n"
    with subprocess.Popen([BINARY, "predict", model, "-k", "all", "--output-format", "jsonl", "-q",
                           "--invalid-utf8", "replace"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        while left:
            size = rng.choice([1, 7, 100, 4096, 50_000])
            process.stdin.write(left[:size])
            process.stdin.flush()
            left = left[size:]
            if rng.random() < 0.05:
                time.sleep(0.002)
        out = process.communicate()[0]
    return [json.loads(line) for line in records(out, "pieces")]


def check_answers(name, model, rng, documents):
    expected = answers(model, documents)
    expect(len(expected) == len(documents), f"{name}: {len(expected)} answers")
    for answer in expected:
        probabilities = [label["probability"] for label in answer["top"]]
        expect(all(math.isfinite(p) and 0 <= p <= 1 for p in probabilities),
               f"{name}: {probabilities}")
        expect(abs(sum(probabilities) - 1) < 1e-5, f"{name}: the sum is {sum(probabilities)}")

    order = rng.sample(range(len(documents)), len(documents))
    expect_same(answers(model, [documents[d] for d in order]), [expected[d] for d in order],
                f"{name}: in another order")
    some = rng.sample(range(len(documents)), 25)
    for d in some:
        expect_same(answers(model, [documents[d]]), [expected[d]], f"{name}: document {d} alone")
    for threads in ("1", "2", "5"):
        expect_same(answers(model, documents, "--threads", threads), expected,
                    f"{name}: with {threads} threads")
    whole = [d for d in range(len(documents)) if documents[d]]
    expect_same(answers(model, [documents[d] for d in whole], last_newline=False),
                [expected[d] for d in whole], f"{name}: without the last newline")
    expect_same(arriving_in_pieces(model, documents, rng), expected, f"{name}: in pieces")

    for torch, native in zip(answers(model, documents, "--backend", "torch"), expected):
        by_label = {label["label"]: label["probability"] for label in torch["top"]}
        for label in native["top"]:
            expect(abs(by_label[label["label"]] - label["probability"]) < 1e-4,
                   f"{name}: LibTorch answers {torch}, the built-in forward pass {native}")


def main():
    rng = random.Random(SEED)
    folder = Path(tempfile.mkdtemp())
    posts = [(file.parent.name, file.read_text()) for file in sorted((DATA / "train").rglob("*"))
             if file.is_file()]
    words = sorted({word for _, text in posts for word in text.split()})
    documents = [random_text(rng, words) for _ in range(DOCUMENTS)]

    for number, options in enumerate((["--epochs", "5"], ["--char-ngrams", "2-4", "--hidden", "9,7"],
                                      ["--weights", "f16", "--weighting", "count"])):
        rng.shuffle(posts)
        data = folder / f"{number}.jsonl"
        data.write_text("".join(json.dumps({"label": label, "text": text}) + "\n"
                                for label, text in posts))
        model = folder / f"{number}.model"
        done("train", data, "-o", model, "-q", "--seed", SEED, *options)
        check_answers(" ".join(options), model, rng, documents)
        # Compressing to a size that is large enough copies: load, then save.
        copy = folder / f"{number}.copy"
        done("compress", model, "-o", copy, "--max-size", "1GB", "-q")
        expect(copy.read_bytes() == model.read_bytes(), f"{options}: saved again, it differs")

        again = folder / "permuted.jsonl"
        lines = data.read_text().splitlines(keepends=True)
        again.write_text("".join(rng.sample(lines, len(lines))))
        # In so small a vocabulary, all tokens are kept whatever the weights that were trained.
        vocabularies = []
        for training in (data, again):
            done("train", training, "-o", model, "-q", "--force", *options)
            vocabularies.append(done("info", model, "--vocabulary").splitlines())
        expect_same(*vocabularies, f"{options}: the vocabulary of permuted documents")

    kept = (FIXTURE / "texts").read_bytes().split(b"\n")[:-1]
    expect_same(answers(FIXTURE / "model.safetensors", kept),
                [json.loads(line) for line in (FIXTURE / "answers.jsonl").open()],
                "the model kept in the repository")
    expect(newsclf("info", FIXTURE / "model.safetensors", "--verify").returncode == 0,
           "the model kept in the repository is not intact")
    print(f"invariants: {3 * DOCUMENTS} random documents with seed {SEED}")


main()
