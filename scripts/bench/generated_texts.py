#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a large labelled corpus that reads like a small one: documents of runs of words from the
texts of a label, and of words that the small corpus does not have, which appear as Heaps' law says.
No document is repeated. The output is TSV with the columns label and text."""
import argparse
import multiprocessing
import os
import random
import re
from itertools import accumulate
from pathlib import Path

from posts import read_tree
from report import Failure, say
from script import positive, run

BETA = 0.6  # Heaps' law: n words of English have about K n^BETA distinct ones, BETA 0.4 to 0.7
RUN_WORDS = 8  # mean length of a run
DRAWN_AGAIN = 0.1  # so many new words per run are repetitions
DOCUMENTS_PER_JOB = 2000
HEADER = b"label\ttext\n"
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def new_word(number):
    """The word that appears as the number-th: pronounceable, of letters, never in the posts."""
    word = ""
    while number:
        number, syllable = divmod(number, len(SYLLABLES))
        word += SYLLABLES[syllable]
    return f"xq{word}"


class Generator:
    def __init__(self, tree, seed):
        by_label, words = {}, []
        for document in read_tree(tree):
            body = document.text.partition("\n\n")[2] or document.text
            by_label.setdefault(document.label, []).append(" ".join(body.split()))
        if not by_label:
            raise Failure(f"{tree}: no documents; name a folder with one folder per label")
        self.seed, self.labels = seed, sorted(by_label)
        self.documents = [len(by_label[label]) for label in self.labels]
        self.texts = [" ".join(by_label[label]) for label in self.labels]
        self.starts = [[match.start() for match in re.finditer(r"\S+", text)] for text in self.texts]
        self.lengths = [len(text.split()) for texts in by_label.values() for text in texts]
        distinct = set()
        for text in self.texts:
            distinct.update(re.findall(r"\w+", text.lower()))
        self.words = sum(map(len, self.starts))
        self.scale = len(distinct) / self.words**BETA  # K
        self.known = len(distinct)
        self.mean = self.words / sum(self.documents)

    def new_words(self, document):
        """How many new words the documents before this one have introduced."""
        return int(self.scale * (self.words + document * self.mean)**BETA) - self.known

    def document(self, number):
        rng = random.Random(f"{self.seed} {number}")
        label = rng.choices(range(len(self.labels)), self.documents)[0]
        text, starts = self.texts[label], self.starts[label]
        pieces = [new_word(n) for n in range(self.new_words(number), self.new_words(number + 1))]
        seen = self.new_words(number)
        left = rng.choice(self.lengths) - len(pieces)
        while left > 0:
            words = min(left, 1 + int(rng.expovariate(1 / RUN_WORDS)), len(starts) - 1)
            start = rng.randrange(len(starts) - words)
            pieces.append(text[starts[start]:starts[start + words]].rstrip())
            if seen and rng.random() < DRAWN_AGAIN:
                pieces.append(new_word(int(seen * rng.random()**3)))  # the older, the more frequent
            left -= words
        rng.shuffle(pieces)
        return f"{self.labels[label]}\t{' '.join(pieces)}\n"

    def job(self, first):
        return "".join(map(self.document, range(first, first + DOCUMENTS_PER_JOB))).encode()


def write_documents(generator, args):
    """Until the file has so many documents or bytes; returns both."""
    last = args.times * sum(generator.documents) if args.times else None
    firsts = range(0, last or 10**9, DOCUMENTS_PER_JOB)
    documents, written = 0, len(HEADER)
    with open(args.output, "wb") as file, multiprocessing.Pool(args.jobs) as pool:
        file.write(HEADER)
        for content in pool.imap(generator.job, firsts):
            lines = content.splitlines(keepends=True)
            if last:
                lines = lines[:last - documents]
            else:
                sizes = accumulate(map(len, lines), initial=written)
                lines = [line for line, size in zip(lines, sizes) if size < args.size]
            file.writelines(lines)
            documents, written = documents + len(lines), written + sum(map(len, lines))
            if args.size and written >= args.size:
                break
        pool.terminate()
    return documents, written


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("tree", type=Path, help="folder of the small corpus: one folder per label")
    add("-o", "--output", type=Path, required=True, metavar="FILE", help="file to write")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--times", type=positive, help="so many times the documents of the tree")
    size.add_argument("--size", type=positive, help="at least so many bytes")
    add("--seed", type=int, default=0, help="of the random numbers (default: 0)")
    add("--jobs", type=positive, default=os.cpu_count(), help="processes (default: one per core)")
    args = parser.parse_args()
    documents, written = write_documents(Generator(args.tree, args.seed), args)
    say(f"{args.output}: {documents:,} documents, {written / 1e6:,.0f} MB")


if __name__ == "__main__":
    run(main)
