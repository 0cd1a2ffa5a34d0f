#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Labels the lines of stdin with a model of newsclf, in Python: label TAB probability for each.

    python3 predict_in_python.py MODEL < lines.txt

Needs numpy and safetensors alone, and gives the answers of `newsclf predict MODEL`. It shows what
is in a model file and what is computed with it; newsclf itself is faster, and checks the file.
"""
import json
import math
import signal
import sys
import unicodedata
from collections import Counter

import numpy as np
from safetensors import safe_open

# All options of a model that this script knows. Those on posts and columns say nothing about lines,
# and those on the vocabulary nothing about a vocabulary that is fitted.
OPTIONS = {
    "text": {"post_headers", "strip_quotes", "strip_footers", "subject_weight", "keep_case",
             "token_pattern", "min_ngram", "max_ngram", "min_char_ngram", "max_char_ngram",
             "columns"},
    "vocabulary": {"min_df", "max_df", "max_features", "stop_words"},
    "weighting": {"weighting", "norm", "input_norm", "token_scale"},
    "network": {"hidden", "members", "calibrated"},
}
WORDS = {
    ("text", "token_pattern"): {"words", "nonspace"},
    ("weighting", "weighting"): {"count", "binary", "log", "tfidf"},
    ("weighting", "norm"): {"l2", "none"},
    ("weighting", "token_scale"): {"nb", "none"},
}


def check_config(config):
    """Ends the script where the model has an option whose meaning it does not know."""
    for group, options in config.items():
        for name, value in options.items():
            if name not in OPTIONS.get(group, ()):
                sys.exit(f"predict_in_python: the model has an option unknown here: {group}.{name}")
            words_known = WORDS.get((group, name))
            if words_known and value not in words_known:
                sys.exit(f"predict_in_python: the model's {group}.{name} is unknown here: {value}")


def lower(c):
    """Simple lower case: one character for one. Of all characters, U+0130 alone has a longer one."""
    return "i" if c == "\u0130" else c.lower()


def words(line, options):
    """Runs of letters, marks, numbers and underscores, or of anything but white space."""
    if options["token_pattern"] == "words":
        inside = [c == "_" or unicodedata.category(c)[0] in "LMN" for c in line]
    else:
        inside = [not c.isspace() and c != "\0" for c in line]
    fold = (lambda c: c) if options["keep_case"] else lower
    return "".join(fold(c) if kept else " " for c, kept in zip(line, inside)).split(" ")


def tokens(line, options):
    """The words, the runs of neighbouring words, and the runs of characters within a word: those with
    a space in front, and `<` and `>` where the word begins and ends."""
    found = [word for word in words(line, options) if word]
    for n in range(options["min_ngram"], options["max_ngram"] + 1):
        yield from (" ".join(found[i:i + n]) for i in range(len(found) - n + 1))
    if options["max_char_ngram"] > 0:
        for word in (f"<{word}>" for word in found):
            for n in range(options["min_char_ngram"], options["max_char_ngram"] + 1):
                yield from (" " + word[i:i + n] for i in range(len(word) - n + 1))


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


class Classifier:
    def __init__(self, path):
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
            if (metadata.get("format"), metadata.get("format_version")) != ("newsclf", "1"):
                sys.exit(f"predict_in_python: {path}: expected a newsclf model of format 1")
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        self.config = json.loads(metadata["config"])
        check_config(self.config)

        def texts(name):
            data, offsets = tensors[name + ".bytes"].tobytes(), tensors[name + ".offsets"]
            return [data[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]

        def members(name):  # stacked: [members, ...]
            count = self.config["network"]["members"]
            names = [name] if count == 1 else [f"member{m}.{name}" for m in range(count)]
            return np.stack([tensors[name] for name in names])

        self.labels = texts("labels")
        self.column = {token: c for c, token in enumerate(texts("vocabulary"))}
        self.factors = [tensors[name] for name in ("features.idf", "features.token_scale")
                        if name in tensors]
        # A row a token, in it the first hidden layer of one member after the other.
        self.hidden1 = tensors["hidden1.weight"], tensors["hidden1.bias"]
        self.layers = [(members(name + ".weight"), members(name + ".bias"))
                       for name in ("hidden2", "output")]
        self.temperature = tensors["temperature"][0] if "temperature" in tensors else 1

    def row(self, line):
        """The columns of the known tokens of a line, and what each weighs."""
        counts = Counter(self.column[token] for token in tokens(line, self.config["text"])
                         if token in self.column)
        columns, weights = list(counts), np.array(list(counts.values()), np.float64)
        options = self.config["weighting"]
        if options["weighting"] == "binary":
            weights = np.ones_like(weights)
        elif options["weighting"] in ("log", "tfidf"):
            weights = 1 + np.log(weights)
        for factor in self.factors:
            weights = weights * factor[columns]
        if options["norm"] == "l2" and weights.any():
            weights *= options["input_norm"] / math.sqrt(weights @ weights)
        return columns, weights

    def predict(self, line):
        """The label of a line and its probability; of equal ones the first label."""
        columns, weights = self.row(line)
        weight, bias = self.hidden1
        hidden = np.maximum(weights @ weight[columns] + bias, 0)
        hidden = hidden.reshape(self.config["network"]["members"], -1, 1)
        for weight, bias in self.layers:  # matrices [members, out, in] times columns
            logits = weight @ hidden + bias[:, :, np.newaxis]
            hidden = np.maximum(logits, 0)
        mean = softmax(logits[:, :, 0]).mean(axis=0)
        probabilities = softmax(np.log(np.maximum(mean, 1e-300)) / self.temperature)
        best = int(probabilities.argmax())
        return self.labels[best], float(probabilities[best])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it quietly
    classifier = Classifier(sys.argv[1])
    for line in sys.stdin.buffer:  # as bytes: a line ends at \n alone
        text = line.removesuffix(b"\n").removesuffix(b"\r").decode(errors="replace")
        label, probability = classifier.predict(text)
        label = label.replace("\\", "\\\\")
        sys.stdout.buffer.write(f"{label}\t{probability:.8g}\n".encode())


if __name__ == "__main__":
    main()
