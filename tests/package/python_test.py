# SPDX-License-Identifier: MIT
"""scripts/predict_in_python.py gives the same answers as newsclf, and rejects unknown options.

    python python_test.py PATH_TO_NEWSCLF_BINARY
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import safetensors.numpy
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

PROJECT = Path(__file__).resolve().parents[2]
SCRIPT = PROJECT / "scripts" / "predict_in_python.py"
SAMPLE = PROJECT / "data" / "sample"
LANGUAGES = PROJECT / "tests" / "fixtures" / "languages"
# The models to train: name, additional options of `newsclf train`.
MODELS = [
    ("the defaults", []),
    ("n-grams of words and characters, calibrated",
     ["--word-ngrams", "2", "--char-ngrams", "3-5", "--valid-fraction", "0.2", "--epochs", "20"]),
    ("one network, calibrated, runs of anything but white space, case kept",
     ["--members", "1", "--valid-fraction", "0.2", "--no-refit", "--token-pattern", "nonspace",
      "--keep-case", "--weighting", "log"]),
    ("unscaled counts",
     ["--weighting", "count", "--norm", "none", "--token-scale", "none", "--epochs", "3"]),
    ("binary weights", ["--weighting", "binary", "--token-scale", "none"]),
    ("perceptrons only", ["--linear", "none"]),
    ("one perceptron only, not calibrated", ["--members", "1", "--linear", "none"]),
    ("a linear classifier of single words", ["--linear", "words", "--members", "1"]),
    ("pairs of words that do not change the norm of words", ["--norm", "none", "--epochs", "3"]),
]
LINES = [
    b"the telescope showed a comet and two faint stars, a comet",
    b"Subject: tyres\r",
    b"THE TELESCOPE, T\xc3\x89LESCOPE; \xc4\xb0STANBUL \xce\xa3\xce\x9f\xce\xa6\xce\x9f\xce\xa3",
    "tele\u0301scope comet\u2028star moon\u00a0orbit \u0928\u092e\u0938\u094d\u0924\u0947 ½ ²".encode(),
    b"comet\xff\xfe star \xe2\x82 tyre\xed\xa0\x80chain \x81 caf\xe9",  # not UTF-8
    b"comet\0star \x1fchain\x0btyre snake_case x2",
    b"\xef\xbb\xbfcompost wants time",
    b"zzzz qqqq",  # no known token
    b"<comet> comet comet COMET",
    "ไม่กิน 我爱Python，コーヒー ខ្មែរ မြန်မာ 한국어 \u1112\u1161\u11ab \u0958".encode(),
    "\u2764\ufe0f\u2764 👩\u200d🚀 👍🏽👍 🇩🇪🇫🇷 12\ufe0f\u20e3 #\ufe0f\u20e3 © →".encode(),
    "Donau\u00addampf café cafe\u0301".encode(),
    "J\u030c \u01f0 moon \u0399\u0308\u0301 \u0390 cafe\u00ad\u0301 Caf\u00c9".encode(),
    b"",
    b"a last line without an end: the brake of my bike",
]


def run(*command, stdin=b""):
    return subprocess.run([*map(str, command)], input=stdin, capture_output=True, check=False)


def answers(*command, stdin):
    outcome = run(*command, stdin=stdin)
    assert outcome.returncode == 0, (command, outcome.stderr.decode())
    return [line.split("\t") for line in outcome.stdout.decode().splitlines()]


def check_answers(model, documents, least_distinct):
    """Returns the number of lines compared and the largest difference of probabilities."""
    lines = documents + LINES
    stdin = b"\n".join(lines)
    ours = answers(BINARY, "predict", model, "-q", stdin=stdin)
    theirs = answers(sys.executable, "-B", SCRIPT, model, stdin=stdin)
    assert len(ours) == len(theirs) == len(lines) > len(LINES) + 10, (len(ours), len(theirs))
    assert len({probability for _, probability in ours}) > least_distinct, "equal answers"
    differences = []
    for line, (label, probability), (in_python, its_probability) in zip(lines, ours, theirs):
        assert label == in_python, (line[:70], label, in_python)
        differences.append(abs(float(probability) - float(its_probability)))
        assert differences[-1] < 1e-5, (line[:70], probability, its_probability)
    return len(lines), max(differences)


def check_refusal(model, folder, edit, words):
    """Edits the config of the model; the script must reject it with `words` in the message."""
    with safetensors.safe_open(model, "numpy") as file:
        metadata = file.metadata()
    config = json.loads(metadata["config"])
    edit(config, metadata)
    metadata["config"] = json.dumps(config)
    edited = folder / "edited.safetensors"
    safetensors.numpy.save_file(safetensors.numpy.load_file(model), edited, metadata)
    outcome = run(sys.executable, "-B", SCRIPT, edited, stdin=b"moon\n")
    assert (outcome.returncode, outcome.stdout) == (1, b""), outcome
    message = outcome.stderr.decode()
    assert message.startswith("predict_in_python: ") and message.count("\n") == 1, message
    assert words in message, message


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "model.safetensors"
        for name, options in MODELS:
            trained = run(BINARY, "train", SAMPLE / "train", "-o", model, "-q", "--force",
                          "--hidden", "16,8", *options)
            assert trained.returncode == 0, trained.stderr.decode()
            documents = [b" ".join(file.read_bytes().split())
                         for file in sorted((SAMPLE / "test").glob("*/*"))]
            lines, difference = check_answers(model, documents, 15)
            print(f"{name}: {lines} answers agree, probabilities to {difference:.1e}")
        for corpus in sorted(LANGUAGES.glob("*.train.txt")):
            trained = run(BINARY, "train", corpus, "-o", model, "-q", "--force", "--hidden", "16,8",
                          "--epochs", "5", "--word-ngrams", "2")
            assert trained.returncode == 0, trained.stderr.decode()
            test = corpus.with_name(corpus.name.replace("train", "test"))
            documents = [line.split(b" ", 1)[1] for line in test.read_bytes().splitlines()]
            lines, difference = check_answers(model, documents, 15)
            print(f"{corpus.name}: {lines} answers agree, probabilities to {difference:.1e}")
        check_refusal(model, folder, lambda config, _: config["text"].update(stemmer="porter"),
                      "unknown option of the model: text.stemmer")
        check_refusal(model, folder, lambda config, _: config["weighting"].update(norm="l1"),
                      "unknown value of weighting.norm: l1")
        check_refusal(model, folder, lambda _, metadata: metadata.update(format_version="3"),
                      "expected a newsclf model of format 2")


BINARY = sys.argv[1]
main()
