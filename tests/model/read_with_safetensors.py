# SPDX-License-Identifier: MIT
"""The safetensors package as the other side: it opens our models, numpy computes their prediction
from what it reads, and of the files that are malformed we refuse each.

    python read_with_safetensors.py PATH_TO_NEWSCLF_BINARY
"""
import json
import math
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import safetensors
    import safetensors.numpy
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

BOTH, OURS = True, False
TRAIN = Path(__file__).resolve().parents[2] / "data" / "sample" / "train"
LINES = [
    "the telescope showed a comet and two faint stars, a comet",
    "I changed the chain and the tyre of my bike",
    "Tomatoes want compost, and compost wants time",
    "zzzz qqqq",  # no known token
]


def newsclf(*arguments, stdin=""):
    return subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True,
                          encoding="utf-8", check=False)


def strings(tensors, name):
    """The texts that NAME.bytes and NAME.offsets hold."""
    data, offsets = tensors[f"{name}.bytes"].tobytes(), tensors[f"{name}.offsets"]
    return [data[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]


def check_header(path, tensors):
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == "newsclf", metadata["format"]
    assert metadata["format_version"] == "1", metadata["format_version"]
    assert re.fullmatch("[0-9a-f]{32}", metadata["digest"]), metadata["digest"]
    config, training = json.loads(metadata["config"]), json.loads(metadata["training"])
    assert config["network"]["hidden"] == [16, 8], config["network"]
    assert len(training["epochs"]) == 5, training["epochs"]
    assert set(metadata) == {"format", "format_version", "newsclf_version", "config", "training",
                             "digest"}, set(metadata)

    tokens, labels = strings(tensors, "vocabulary"), strings(tensors, "labels")
    assert labels == sorted(folder.name for folder in TRAIN.iterdir()), labels
    assert len(set(tokens)) == len(tokens), "a token stands twice"
    v, c = len(tokens), len(labels)
    expected = {
        "vocabulary.index": ("int64", tensors["vocabulary.index"].shape),
        "vocabulary.offsets": ("int64", (v + 1,)),
        "vocabulary.bytes": ("uint8", (sum(len(token.encode()) for token in tokens),)),
        "labels.offsets": ("int64", (c + 1,)),
        "labels.bytes": ("uint8", (sum(len(label.encode()) for label in labels),)),
        "features.idf": ("float32", (v,)),
        "features.token_scale": ("float32", (v,)),
        "hidden1.weight": ("float32", (v, 16)),
        "hidden1.bias": ("float32", (16,)),
        "hidden2.weight": ("float32", (8, 16)),
        "hidden2.bias": ("float32", (8,)),
        "output.weight": ("float32", (c, 8)),
        "output.bias": ("float32", (c,)),
    }
    found = {name: (str(tensor.dtype), tensor.shape) for name, tensor in tensors.items()}
    assert found == expected, f"expected {expected}\nfound {found}"
    return config, tokens, labels


def predict(line, config, tensors, tokens):
    """Index and softmax of the best label, computed as the documentation says."""
    column = {token: c for c, token in enumerate(tokens)}
    row = np.zeros(len(tokens))
    for token in re.findall(r"\w+", line.lower()):
        if token in column:
            row[column[token]] += 1
    row = np.where(row > 0, 1 + np.log(np.maximum(row, 1)), 0) * tensors["features.idf"]
    row = row * tensors["features.token_scale"]
    if row.any():
        row *= config["weighting"]["input_norm"] / math.sqrt(row @ row)
    hidden = np.maximum(row @ tensors["hidden1.weight"] + tensors["hidden1.bias"], 0)
    hidden = np.maximum(tensors["hidden2.weight"] @ hidden + tensors["hidden2.bias"], 0)
    logits = tensors["output.weight"] @ hidden + tensors["output.bias"]
    softmax = np.exp(logits - logits.max())
    softmax /= softmax.sum()
    return int(softmax.argmax()), float(softmax.max())


def check_predictions(path, config, tensors, tokens, labels):
    assert config["weighting"]["weighting"] == "tfidf" and config["weighting"]["norm"] == "l2"
    documents = LINES + [" ".join(file.read_text().split()) for file in sorted(TRAIN.glob("*/*1"))]
    outcome = newsclf("predict", path, "-q", stdin="\n".join(documents) + "\n")
    assert outcome.returncode == 0, outcome.stderr
    answers = [line.split("\t") for line in outcome.stdout.splitlines()]
    assert len(answers) == len(documents), f"{len(answers)} answers to {len(documents)} lines"
    assert len(set(probability for _, probability in answers)) > 5, "all answers are the same"
    for document, (label, probability) in zip(documents, answers):
        best, expected = predict(document, config, tensors, tokens)
        assert label == labels[best], f"{document[:60]}: {label}, numpy says {labels[best]}"
        assert abs(float(probability) - expected) < 1e-4, (
            f"{document[:60]}: {probability}, numpy says {expected}")
    return len(documents)


def malformed(model, tensors, metadata):
    """Files that we refuse: name, whether the package refuses them too, bytes."""
    n = struct.unpack("<Q", model[:8])[0]
    header, data = json.loads(model[8:8 + n]), model[8 + n:]
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False)

    def rebuilt(edited):
        body = edited.encode()
        body += b" " * (-(8 + len(body)) % 64)
        return struct.pack("<Q", len(body)) + body + data

    def moved(name, begin, end):
        edited = json.loads(text)
        a, b = edited[name]["data_offsets"]
        edited[name]["data_offsets"] = [a + begin, b + end]
        return rebuilt(json.dumps(edited, separators=(",", ":"), ensure_ascii=False))

    bias = '"output.bias":' + json.dumps(header["output.bias"], separators=(",", ":"))
    assert bias in text, "the tensor that is to be doubled is not there"
    place = 8 + n + header["hidden1.bias"]["data_offsets"][0]
    changed = model[:place] + bytes([model[place] ^ 1]) + model[place + 1:]

    yield "empty", BOTH, b""
    yield "header cut off", BOTH, model[:100]
    yield "data cut off", BOTH, model[:-1]
    yield "bytes after the end", BOTH, model + b"\0"
    yield "header length over the file", BOTH, struct.pack("<Q", len(model)) + model[8:]
    yield "header length 2^64-1", BOTH, b"\xff" * 8 + model[8:]
    yield "hole", BOTH, moved("labels.bytes", 1, 1)
    yield "overlap", BOTH, moved("labels.bytes", -1, -1)
    yield "size that is not the shape's", BOTH, moved("labels.bytes", 0, -1)
    yield "tensor twice", OURS, rebuilt(text.replace(bias, bias + "," + bias))
    yield "tensor missing", OURS, rebuilt(text.replace('"output.bias"', '"output.base"'))
    yield "unknown dtype", BOTH, rebuilt(text.replace('"U8"', '"U7"', 1))
    yield "weight changed", OURS, changed
    # What the package itself writes of the same tensors is not what the digest was taken over.
    yield "written by the package", OURS, safetensors.numpy.save(tensors, metadata)
    yield "foreign", OURS, safetensors.numpy.save({"weight": np.zeros(3, np.float32)})


def package_refuses(path):
    try:
        safetensors.numpy.load_file(path)
    except safetensors.SafetensorError:
        return True
    return False


def check_refusals(path, folder, tensors):
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata()
    count = 0
    for name, by_package, data in malformed(path.read_bytes(), tensors, metadata):
        bad = folder / "malformed.safetensors"
        bad.write_bytes(data)
        assert package_refuses(bad) == by_package, f"{name}: the package thinks otherwise"
        outcome = newsclf("info", bad, "--verify", "-q")
        assert outcome.returncode == 1, f"{name}: exit status {outcome.returncode}"
        assert outcome.stderr.startswith("newsclf: "), f"{name}: {outcome.stderr!r}"
        assert outcome.stderr.count("\n") == 1, f"{name}: {outcome.stderr!r}"
        assert str(bad) in outcome.stderr, f"{name}: {outcome.stderr!r}"
        outcome = newsclf("predict", bad, stdin="moon\n")
        assert (outcome.returncode, outcome.stdout) == (1, ""), f"{name}: predict answers"
        count += 1
    return count


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "model.safetensors"
        outcome = newsclf("train", TRAIN, "-o", path, "-q", "--hidden", "16,8", "--epochs", "5")
        assert outcome.returncode == 0, outcome.stderr
        tensors = safetensors.numpy.load_file(path)
        config, tokens, labels = check_header(path, tensors)
        predictions = check_predictions(path, config, tensors, tokens, labels)
        refusals = check_refusals(path, folder, tensors)
    print(f"read {len(tensors)} tensors, {predictions} predictions agree, {refusals} malformed "
          "files are refused")


BINARY = sys.argv[1]
main()
