#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Labels the lines of stdin with a newsclf model, in Python; prints label TAB probability per line.

    python3 predict_in_python.py MODEL < lines.txt

Needs only numpy and safetensors, and prints the same answers as `newsclf predict MODEL`. It shows
what a model file contains and how to use it; newsclf itself is faster and checks the file.
"""
import codecs
import json
import math
import re
import signal
import sys
import unicodedata
from collections import Counter
from functools import partial

import numpy as np
from safetensors import safe_open

# The options of a model that this script knows. Options of posts and columns do not apply to lines,
# and options of the vocabulary do not apply once it is fitted.
OPTIONS = {
    "text": {"post_headers", "strip_quotes", "strip_footers", "subject_weight", "keep_case",
             "token_pattern", "min_script_ngram", "max_script_ngram", "min_ngram", "max_ngram",
             "min_char_ngram", "max_char_ngram", "max_long_ngram", "columns"},
    "columns": {"label", "id"},
    "vocabulary": {"min_df", "min_char_df", "min_long_df", "max_df", "max_features", "stop_words"},
    "weighting": {"weighting", "norm", "input_norm", "token_scale", "nb_smoothing"},
    "ensemble": {"networks", "calibrated"},
    "network": {"columns", "hidden", "members", "share", "weights"},
}
WORDS = {
    ("text", "token_pattern"): {"text", "words", "nonspace"},
    ("weighting", "weighting"): {"count", "binary", "log", "tfidf"},
    ("weighting", "norm"): {"l2", "none"},
    ("weighting", "token_scale"): {"nb", "none"},
    ("network", "weights"): {"low-rank", "i8", "f16", "f32"},
}


def check_config(config):
    """Exits with an error if the model has an option or a value that this script does not know."""
    groups = [(group, options) for group, options in config.items() if group != "kinds"]
    groups += [("network", network) for network in config["ensemble"]["networks"]]
    for group, options in groups:
        for name, value in options.items():
            if name not in OPTIONS.get(group, ()):
                sys.exit(f"predict_in_python: unknown option of the model: {group}.{name}")
            words_known = WORDS.get((group, name))
            if words_known and value not in words_known:
                sys.exit(f"predict_in_python: unknown value of {group}.{name}: {value}")


def lower(c):
    """Simple lower case, one character for one. Only U+0130 has a longer lower case in Python."""
    return "i" if c == "\u0130" else c.lower()


# Scripts that are written without spaces: the ranges of include/newsclf/text/scripts.hpp.
UNSPACED = re.compile(
    "[\u0e01-\u0edf\u1000-\u109f\u1780-\u17f9\u3005-\u302d\u3031-\u30ff\u31f0-\u31ff\u3400-\u9fff"
    "\ua9e0-\ua9fe\uaa60-\uaa7f\uf900-\ufad9\uff66-\uff9f\U0001aff0-\U0001b167"
    "\U00020000-\U0003ffff]")
LEFT_OUT = re.compile("[\u00ad\u200c\ufe00-\ufe0f]")  # soft hyphens, non-joiners, selectors
RANGES = [("F", "\U0001f1e6", "\U0001f1ff"), ("s", "\U0001f3fb", "\U0001f3ff"),
          ("t", "\U000e0020", "\U000e007f"), ("K", "\u20e3", "\u20e3"), ("j", "\u200d", "\u200d")]
# Tokens of `--token-pattern text`, as patterns over the classes of the characters, see class_of.
TOKEN = re.compile("(?P<symbol>(?:[dh]K|F[mKst]*F|[Fos])(?:[mKst]|j[Fox])*)"
                   "|(?P<run>(?:u[mK]*)+)|(?P<word>(?:[wmK]|d(?!K))+)")


def class_of(c):
    """A letter for each class of characters: half a Flag, Skin tone, Tag, Keycap, joiner, mark,
    digit or hash (which may have a keycap), unspaced, word, other symbol, x: mathematical."""
    category = unicodedata.category(c)
    for name, first, last in RANGES:
        if first <= c <= last:
            return name
    if c in "#*0123456789":
        return "h" if c in "#*" else "d"
    if c == "_" or category[0] in "LN":
        return "u" if UNSPACED.match(c) else "w"
    return "m" if category[0] == "M" else {"So": "o", "Sm": "x" if c > "\x7f" else " "}.get(
        category, " ")


def runs(line, options):
    """The tokens of a line in order, as lists of one token, or of the characters of a run in a
    script without spaces, each with its marks."""
    line = unicodedata.normalize("NFC", line)
    fold = (lambda c: c) if options["keep_case"] else lower
    compose = partial(unicodedata.normalize, "NFC")  # a small letter may combine with its mark
    if options["token_pattern"] == "text":
        line = LEFT_OUT.sub("", line)
        line = "".join(c for c, after in zip(line, line[1:] + " ")
                       if c != "\u200d" or class_of(after) in "Fox")
        for match in TOKEN.finditer("".join(map(class_of, line))):
            token = "".join(map(fold, line[match.start():match.end()]))
            if match["run"]:
                starts = [i for i, c in enumerate(match["run"]) if c == "u"]
                yield [compose(token[a:b]) for a, b in zip(starts, [*starts[1:], len(token)])]
            else:
                yield [compose(token)]
        return
    if options["token_pattern"] == "words":
        inside = [c == "_" or unicodedata.category(c)[0] in "LMN" for c in line]
    else:
        inside = [not c.isspace() and c != "\0" for c in line]
    words = "".join(fold(c) if kept else " " for c, kept in zip(line, inside)).split(" ")
    yield from ([compose(word)] for word in words if word)


def ngrams(words, shortest, longest, between):
    for n in range(shortest, longest + 1):
        yield from (between.join(words[i:i + n]) for i in range(len(words) - n + 1))


def tokens(line, options):
    """The words, the word n-grams, the n-grams of runs in scripts without spaces, and the character
    n-grams of each word, which begin with a space; `<` and `>` mark the ends of the word."""
    words = []  # since the last such run
    for run in [*runs(line, options), None]:
        is_word = run and not (options["token_pattern"] == "text" and UNSPACED.match(run[0]))
        if is_word:
            words += run
            continue
        yield from ngrams(words, options["min_ngram"],
                          max(options["max_ngram"], options["max_long_ngram"]), " ")
        if options["max_char_ngram"] > 0:
            for word in words:
                for ngram in ngrams(f"<{word}>", options["min_char_ngram"],
                                    options["max_char_ngram"], ""):
                    yield " " + ngram
        if run:
            yield from ngrams(run, min(options["min_script_ngram"], len(run)),
                              options["max_script_ngram"], "")
        words = []


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


class Network:
    """Members of the ensemble that read the same columns: perceptrons with two hidden layers, or,
    without hidden layers, a linear classifier."""

    def __init__(self, config, prefix, tensors):
        self.members, self.share = config["members"], config["share"]
        self.columns = config["columns"]  # the first, and one past the last

        def layer(name, *prefixes):
            return [np.stack([tensors[f"{member}{prefix}{name}.{part}"] for member in prefixes])
                    for part in ("weight", "bias")]

        members = [""] if self.members == 1 else [f"member{m}." for m in range(self.members)]
        # One row per column, with the first layers of all members one after another; in fewer bytes,
        # a row is rows * scale * basis, weight * scale, or in 16 bits.
        first = prefix + ("hidden1" if config["hidden"] else "linear")
        low_rank = config["weights"] == "low-rank"
        self.weight = tensors[f"{first}.rows" if low_rank else f"{first}.weight"]
        self.scale = tensors.get(f"{first}.scale")
        self.basis, self.bias = tensors.get(f"{first}.basis"), tensors[f"{first}.bias"]
        self.layers = [layer(name, *members) for name in ("hidden2", "output") if config["hidden"]]

    def logits(self, columns, weights, keeps_norm):
        """The logits of each member [members, labels]. Reads only its own columns of the row; if
        `keeps_norm` is set, they are scaled to the norm of the whole row."""
        first, last = self.columns
        mine = (first <= columns) & (columns < last)
        part = weights[mine]
        if keeps_norm and part.any():
            part = part * math.sqrt((weights @ weights) / (part @ part))
        rows = columns[mine] - first
        if self.scale is not None:
            part = part * self.scale[rows]
        logits = part @ self.weight[rows].astype(np.float64)
        logits = (logits if self.basis is None else logits @ self.basis) + self.bias
        logits = logits.reshape(self.members, -1, 1)
        for weight, bias in self.layers:  # matrices [members, out, in] times columns
            logits = weight @ np.maximum(logits, 0) + bias[:, :, np.newaxis]
        return logits[:, :, 0]


class Classifier:
    def __init__(self, path):
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
            if (metadata.get("format"), metadata.get("format_version")) != ("newsclf", "2"):
                sys.exit(f"predict_in_python: {path}: expected a newsclf model of format 2")
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        self.config = json.loads(metadata["config"])
        check_config(self.config)

        def texts(name):
            data, offsets = tensors[name + ".bytes"].tobytes(), tensors[name + ".offsets"]
            return [data[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]

        self.labels = texts("labels")
        self.column = {token: c for c, token in enumerate(texts("vocabulary"))}
        self.factors = [tensors[name] for name in ("features.idf", "features.token_scale")
                        if name in tensors]
        self.networks, perceptrons = [], 0
        for network in self.config["ensemble"]["networks"]:
            prefix = f"network{perceptrons}." if network["hidden"] and perceptrons else ""
            self.networks.append(Network(network, prefix, tensors))
            perceptrons += bool(network["hidden"])
        self.temperature = tensors["temperature"][0] if "temperature" in tensors else 1

    def row(self, line):
        """The columns of the known tokens of a line, and their weights."""
        counts = Counter(self.column[token] for token in tokens(line, self.config["text"])
                         if token in self.column)
        columns = np.array(list(counts), np.int64)
        weights = np.array(list(counts.values()), np.float64)
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
        """The most probable label of a line, in a tie the first, and its probability."""
        columns, weights = self.row(line)
        keeps_norm = self.config["weighting"]["norm"] == "l2"
        mean = sum(network.share * softmax(network.logits(columns, weights, keeps_norm)).sum(axis=0)
                   for network in self.networks)
        probabilities = softmax(np.log(np.maximum(mean, 1e-300)) / self.temperature)
        best = int(probabilities.argmax())
        return self.labels[best], float(probabilities[best])


def decode_as_windows_1252(error):
    """Decodes the bytes that are not UTF-8 as newsclf does under --encoding auto."""
    return error.object[error.start:error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("windows-1252", decode_as_windows_1252)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it without an error
    classifier = Classifier(sys.argv[1])
    for line in sys.stdin.buffer:  # as bytes: a line ends only at \n
        text = line.removesuffix(b"\n").removesuffix(b"\r").decode(errors="windows-1252")
        label, probability = classifier.predict(text)
        label = label.replace("\\", "\\\\")
        sys.stdout.buffer.write(f"{label}\t{probability:.8g}\n".encode())


if __name__ == "__main__":
    main()
