# SPDX-License-Identifier: MIT
"""Helpers for tests of input and output formats: they run the binary given on the command line and
write documents in every input format and compression.
"""
import functools
import gzip
import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

BINARY = sys.argv[1]
DATA = Path(__file__).resolve().parents[2] / "data" / "sample"
# Texts in fasttext and lines cannot contain line ends; all other formats can store any text.
OF_LINES = ("fasttext", "lines")
ID = "id\t0"  # a unique column name


# ---- running -------------------------------------------------------------------------------------


def newsclf(*arguments, stdin=b""):
    return subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True,
                          check=False)


def done(*arguments, stdin=b""):
    """Runs newsclf, checks that it succeeds, and returns its stdout."""
    run = newsclf(*arguments, stdin=stdin)
    expect(run.returncode == 0, f"{arguments}: status {run.returncode}\n{run.stderr.decode()}")
    return run.stdout


def expect(condition, message):
    if not condition:
        sys.exit(f"{Path(sys.argv[0]).stem}: {message}")


def expect_same(actual, expected, what):
    """Compares two lists and shows the first difference."""
    for i, (a, b) in enumerate(zip(actual, expected)):
        expect(a == b, f"{what}: record {i} is {a!r:.200}, expected {b!r:.200}")
    expect(len(actual) == len(expected), f"{what}: {len(actual)} records, not {len(expected)}")


def records(output, what):
    """The lines of stdout, which end only at LF."""
    expect(output.endswith(b"\n") or not output, f"{what}: the last line has no newline")
    return output.split(b"\n")[:-1]


def train_model(folder):
    """Trains a model on the sample corpus in this folder."""
    model = folder / "model"
    done("train", DATA / "train", "-o", model, "-q", "--epochs", "20")
    return model


def need_zstd():
    if shutil.which("zstd") is None:
        print("skipped: there is no zstd program (Debian's package zstd)")
        sys.exit(77)


# ---- writing -------------------------------------------------------------------------------------
# Documents are (label, text) pairs of bytes; `ids` is a parallel list or None.


def quoted(field):
    return b'"' + field.replace(b'"', b'""') + b'"'


def separated(documents, ids=None, separator=b","):
    header = [b"label", b"text"] + ([ID.encode()] if ids else [])
    rows = [header] + [[*document, *([ids[d]] if ids else [])]
                       for d, document in enumerate(documents)]
    return b"".join(separator.join(map(quoted, row)) + b"\r\n" for row in rows)


def json_string(text):
    """A JSON string of bytes that need not be UTF-8; escapes what JSON requires."""
    escapes = {b: b"\\u%04x" % b for b in range(32)}
    escapes.update({ord('"'): b'\\"', ord("\\"): b"\\\\"})
    return b'"' + b"".join(escapes.get(b, bytes([b])) for b in text) + b'"'


def jsonl(documents, ids=None):
    lines = []
    for d, (label, text) in enumerate(documents):
        members = [b'"label":' + json_string(label), b'"text": ' + json_string(text)]
        if ids:
            members.insert(0, json_string(ID.encode()) + b":" + json_string(ids[d]))
        lines.append(b"{" + b",".join(members) + b"}\n")
    return b"".join(lines)


def fasttext(documents):
    return b"".join(b"__label__" + label + b" " + text + b"\n" for label, text in documents)


def lines(documents):
    return b"".join(text + b"\n" for _, text in documents)


WRITERS = {
    "csv": separated,
    "tsv": functools.partial(separated, separator=b"\t"),
    "jsonl": jsonl,
    "fasttext": fasttext,
    "lines": lines,
}


def file_name(d, label):
    """A file name that sorts in document order, which is label order."""
    return f"{label.decode()}/{d:05}"


def write_tree(root, documents):
    for d, (label, text) in enumerate(documents):
        file = root / file_name(d, label)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)


def tar(documents):
    """A tar archive with a top-level folder and unsorted entries."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for d, (label, text) in sorted(enumerate(documents), key=lambda item: item[0] * 7 % 11):
            entry = tarfile.TarInfo(f"posts/{file_name(d, label)}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    return buffer.getvalue()


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


COMPRESSIONS = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".zst": zstd,
}
