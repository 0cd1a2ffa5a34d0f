# SPDX-License-Identifier: MIT
"""Checks model files against the safetensors package: the package opens our models, numpy computes
the same predictions from its tensors, and newsclf refuses every malformed file.

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
EPOCHS = 12
TRAIN = Path(__file__).resolve().parents[2] / "data" / "sample" / "train"
# The models to train: name, further options of `newsclf train`, number of perceptrons (None:
# several), the columns of the linear classifier (None: there is none), whether there is a
# temperature, and whether documents are held out.
MODELS = [
    ("one network", ["--members", "1", "--linear", "none", "--no-calibration"], 1, None, False, False),
    ("the default ensemble", [], None, "all", True, False),
    ("a linear classifier of words", ["--linear", "words"], None, "words", True, False),
    ("without calibration", ["--no-calibration"], None, "all", False, False),
    ("held-out documents", ["--valid-fraction", "0.2"], None, "all", True, True),
    ("held-out documents, one network",
     ["--members", "1", "--linear", "none", "--valid-fraction", "0.2", "--no-refit"], 1, None, True,
     True),
    ("weights in 32 bits", ["--weights", "f32"], None, "all", True, False),
    ("weights in 16 bits", ["--weights", "f16"], None, "all", True, False),
    ("n-grams of characters", ["--members", "2", "--char-ngrams", "2-4", "--word-ngrams", "2"], 2,
     "all", True, False),
]
LINES = [
    "the telescope showed a comet and two faint stars, a comet",
    "I changed the chain and the tyre of my bike",
    "Tomatoes want compost, and compost wants time",
    "zzzz qqqq",  # no known token
    "TÉLESCOPE télescope teleskope",
    "",
]


def newsclf(*arguments, stdin=""):
    return subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True,
                          encoding="utf-8", check=False)


def strings(tensors, name):
    """The strings stored in NAME.bytes and NAME.offsets."""
    data, offsets = tensors[f"{name}.bytes"].tobytes(), tensors[f"{name}.offsets"]
    return [data[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]


def layer(tensors, name, members):
    """The tensors of a layer after the first one, stacked over the members."""
    if members == 1:
        return tensors[name][np.newaxis]
    return np.stack([tensors[f"member{m}.{name}"] for m in range(members)])


def first_layer(tensors, name, network):
    """The weights of a first layer, whose form is the entry "weights" of the network's config."""
    if network["weights"] == "low-rank":
        return (tensors[f"{name}.rows"] * tensors[f"{name}.scale"][:, np.newaxis].astype(np.float64)
                @ tensors[f"{name}.basis"])
    weight = tensors[f"{name}.weight"].astype(np.float64)
    return weight * tensors[f"{name}.scale"][:, np.newaxis] if network["weights"] == "i8" else weight


def first_layer_tensors(name, network, width, tensors):
    """The expected tensors of a first layer, with dtype and shape."""
    first, last = network["columns"]
    inputs, form = last - first, network["weights"]
    scale = {f"{name}.scale": ("float32", (inputs,))}
    if form == "low-rank":
        rank = len(tensors[f"{name}.basis"])
        assert 1 <= rank < width, rank
        return {f"{name}.rows": ("int8", (inputs, rank)),
                f"{name}.basis": ("float32", (rank, width)), **scale}
    dtype = {"i8": "int8", "f16": "float16", "f32": "float32"}[form]
    return {f"{name}.weight": (dtype, (inputs, width)), **(scale if form == "i8" else {})}


def check_networks(config, tokens, members, linear):
    """Checks the config of the networks; returns the number of perceptrons."""
    character, word, long = config["kinds"]
    assert character + word + long == len(tokens), config["kinds"]
    is_character = [token.startswith(" ") for token in tokens]
    assert is_character == sorted(is_character, reverse=True), "n-grams of characters come first"
    assert sum(is_character) == character, config["kinds"]
    longest = config["text"]["max_ngram"]
    assert all((token.count(" ") >= longest) == (c >= character + word)
               for c, token in enumerate(tokens) if c >= character), "long n-grams come last"
    networks = config["ensemble"]["networks"]
    assert all(set(n) == {"columns", "hidden", "members", "share", "weights"} for n in networks), networks
    assert abs(sum(n["share"] * n["members"] for n in networks) - 1) < 1e-9, networks
    perceptrons, *others = networks
    n = perceptrons["members"]
    assert n == members if members else n > 1, networks
    assert perceptrons["hidden"] == [16, 8], networks
    assert perceptrons["columns"] == [0, character + word], networks
    read = {"words": [character, character + word], "all": [character, len(tokens)]}
    assert [(other["hidden"], other["members"], other["columns"]) for other in others] == (
        [([], 1, read[linear])] if linear else []), networks
    return n


def check_header(path, tensors, members, linear, calibrated, validated):
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == "newsclf", metadata["format"]
    assert metadata["format_version"] == "2", metadata["format_version"]
    assert re.fullmatch("[0-9a-f]{32}", metadata["digest"]), metadata["digest"]
    config, training = json.loads(metadata["config"]), json.loads(metadata["training"])
    assert set(config["ensemble"]) == {"networks", "calibrated"}, config["ensemble"]
    assert config["ensemble"]["calibrated"] is calibrated, config["ensemble"]
    assert len(training["epochs"]) == EPOCHS, training["epochs"]
    scored = training["validation_epochs"] or training["epochs"]
    assert all(("valid_loss" in epoch) == validated for epoch in scored), scored
    assert set(metadata) == {"format", "format_version", "newsclf_version", "config", "training",
                             "digest"}, set(metadata)

    tokens, labels = strings(tensors, "vocabulary"), strings(tensors, "labels")
    assert labels == sorted(folder.name for folder in TRAIN.iterdir()), labels
    assert len(set(tokens)) == len(tokens), "a token occurs twice"
    v, c = len(tokens), len(labels)
    n = check_networks(config, tokens, members, linear)
    expected = {
        "vocabulary.offsets": ("uint32", (v + 1,)),
        "vocabulary.bytes": ("uint8", (sum(len(token.encode()) for token in tokens),)),
        "labels.offsets": ("int64", (c + 1,)),
        "labels.bytes": ("uint8", (sum(len(label.encode()) for label in labels),)),
        "features.idf": ("float32", (v,)),
        "features.token_scale": ("float32", (v,)),
        **first_layer_tensors("hidden1", config["ensemble"]["networks"][0], n * 16, tensors),
        "hidden1.bias": ("float32", (n * 16,)),
    }
    for prefix in [f"member{m}." for m in range(n)] if n > 1 else [""]:
        expected[prefix + "hidden2.weight"] = ("float32", (8, 16))
        expected[prefix + "hidden2.bias"] = ("float32", (8,))
        expected[prefix + "output.weight"] = ("float32", (c, 8))
        expected[prefix + "output.bias"] = ("float32", (c,))
    if linear:
        expected |= first_layer_tensors("linear", config["ensemble"]["networks"][-1], c, tensors)
        expected["linear.bias"] = ("float32", (c,))
    if calibrated:
        expected["temperature"] = ("float32", (1,))
        assert tensors["temperature"][0] > 0, tensors["temperature"]
        assert tensors["temperature"][0] != 1, "the temperature is 1"
    found = {name: (str(tensor.dtype), tensor.shape) for name, tensor in tensors.items()}
    assert found == expected, f"expected {expected}\nfound {found}"
    return config, tokens, labels


def tokens_of(line, options):
    """The word n-grams and character n-grams of a line."""
    words = re.findall(r"\w+", line.lower())
    longest = max(options["max_ngram"], options["max_long_ngram"])
    for n in range(options["min_ngram"], longest + 1):
        yield from (" ".join(words[i:i + n]) for i in range(len(words) - n + 1))
    if options["max_char_ngram"]:
        for word in (f"<{word}>" for word in words):
            for n in range(options["min_char_ngram"], options["max_char_ngram"] + 1):
                yield from (" " + word[i:i + n] for i in range(len(word) - n + 1))


def softmax(logits):
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def predict(line, config, tensors, tokens):
    """Index and softmax of the best label, computed as documented."""
    column = {token: c for c, token in enumerate(tokens)}
    row = np.zeros(len(tokens))
    for token in tokens_of(line, config["text"]):
        if token in column:
            row[column[token]] += 1
    row = np.where(row > 0, 1 + np.log(np.maximum(row, 1)), 0) * tensors["features.idf"]
    row = row * tensors["features.token_scale"]
    if row.any():
        row *= config["weighting"]["input_norm"] / math.sqrt(row @ row)
    mean = 0
    for network in config["ensemble"]["networks"]:
        part = row[slice(*network["columns"])]
        if part.any():
            part = part * math.sqrt((row @ row) / (part @ part))
        members = network["members"]
        if not network["hidden"]:
            logits = (part @ first_layer(tensors, "linear", network) + tensors["linear.bias"]).reshape(1, -1, 1)
        else:
            hidden = np.maximum(part @ first_layer(tensors, "hidden1", network)
                                + tensors["hidden1.bias"], 0)
            hidden = hidden.reshape(members, -1, 1)
            for name in ["hidden2", "output"]:
                weight, bias = (layer(tensors, f"{name}.{part}", members)
                                for part in ["weight", "bias"])
                logits = weight @ hidden + bias[:, :, np.newaxis]
                hidden = np.maximum(logits, 0)
        mean += network["share"] * softmax(logits[:, :, 0]).sum(0)
    temperature = tensors["temperature"][0] if config["ensemble"]["calibrated"] else 1
    probabilities = softmax(np.log(mean) / temperature)
    return int(probabilities.argmax()), float(probabilities.max())


def check_predictions(path, config, tensors, tokens, labels):
    weighting = config["weighting"]
    assert weighting["weighting"] == "tfidf" and weighting["norm"] == "l2", weighting
    assert weighting["token_scale"] == "nb", weighting
    documents = LINES + [" ".join(file.read_text().split()) for file in sorted(TRAIN.glob("*/*1"))]
    outcome = newsclf("predict", path, "-q", stdin="\n".join(documents) + "\n")
    assert outcome.returncode == 0, outcome.stderr
    answers = [line.split("\t") for line in outcome.stdout.splitlines()]
    assert len(answers) == len(documents), f"{len(answers)} answers for {len(documents)} lines"
    assert len(set(probability for _, probability in answers)) > 5, "all answers are the same"
    for document, (label, probability) in zip(documents, answers):
        best, expected = predict(document, config, tensors, tokens)
        assert label == labels[best], f"{document[:60]}: {label}, numpy gives {labels[best]}"
        assert abs(float(probability) - expected) < 1e-4, (
            f"{document[:60]}: {probability}, numpy gives {expected}")
    return len(documents)


def malformed(model, tensors, metadata):
    """Files that newsclf refuses: name, whether the package refuses them too, bytes."""
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

    # The last layer of an ensemble or of a single network.
    last = "member1.output.bias" if "member1.output.bias" in header else "output.bias"
    bias = f'"{last}":' + json.dumps(header[last], separators=(",", ":"))
    assert bias in text, "the tensor to be repeated is missing"
    place = 8 + n + header["hidden1.bias"]["data_offsets"][0]
    changed = model[:place] + bytes([model[place] ^ 1]) + model[place + 1:]

    yield "empty", BOTH, b""
    yield "truncated header", BOTH, model[:100]
    yield "truncated data", BOTH, model[:-1]
    yield "bytes after the end", BOTH, model + b"\0"
    yield "header length over the file", BOTH, struct.pack("<Q", len(model)) + model[8:]
    yield "header length 2^64-1", BOTH, b"\xff" * 8 + model[8:]
    yield "hole", BOTH, moved("labels.bytes", 1, 1)
    yield "overlap", BOTH, moved("labels.bytes", -1, -1)
    yield "size that does not match the shape", BOTH, moved("labels.bytes", 0, -1)
    yield "tensor twice", OURS, rebuilt(text.replace(bias, bias + "," + bias))
    yield "tensor missing", OURS, rebuilt(text.replace(f'"{last}"', f'"{last}e"'))
    yield "unknown dtype", BOTH, rebuilt(text.replace('"U8"', '"U7"', 1))
    yield "weight changed", OURS, changed
    # The package writes the same tensors as different bytes, which do not match the digest.
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
        assert package_refuses(bad) == by_package, f"{name}: the package decides otherwise"
        outcome = newsclf("info", bad, "--verify", "-q")
        assert outcome.returncode == 1, f"{name}: exit status {outcome.returncode}"
        assert outcome.stderr.startswith("newsclf: "), f"{name}: {outcome.stderr!r}"
        assert outcome.stderr.count("\n") == 1, f"{name}: {outcome.stderr!r}"
        assert str(bad) in outcome.stderr, f"{name}: {outcome.stderr!r}"
        outcome = newsclf("predict", bad, stdin="moon\n")
        assert (outcome.returncode, outcome.stdout) == (1, ""), f"{name}: predict accepts the file"
        count += 1
    return count


def check_model(folder, options, *expected):
    """Trains a model and checks it; returns a summary of the checks."""
    path = folder / "model.safetensors"
    outcome = newsclf("train", TRAIN, "-o", path, "-q", "--force", "--hidden", "16,8",
                      "--epochs", str(EPOCHS), *options)
    assert outcome.returncode == 0, outcome.stderr
    tensors = safetensors.numpy.load_file(path)
    config, tokens, labels = check_header(path, tensors, *expected)
    predictions = check_predictions(path, config, tensors, tokens, labels)
    refusals = check_refusals(path, folder, tensors)
    return (f"read {len(tensors)} tensors, {predictions} predictions agree, {refusals} malformed "
            "files are refused")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name, *model in MODELS:
            print(f"{name}: {check_model(Path(folder), *model)}")


BINARY = sys.argv[1]
main()
