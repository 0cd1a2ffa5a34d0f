# SPDX-License-Identifier: MIT
"""Input of any size and format takes a bounded amount of memory.

    python memory_limits.py PATH_TO_NEWSCLF_BINARY [--all]

Prints the peak memory of each case beyond that of a short input: 64 MiB at limits of 1 MiB per
document and 2 MiB per record; with --all, inputs of 1 GB and more at the default limits.
"""
import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from formats import BINARY, expect, train_model

ALL = "--all" in sys.argv
FOLDER = Path(tempfile.mkdtemp())
MIB = 1 << 20
SIZE = (1024 if ALL else 64) * MIB
DOCUMENT, RECORD = (16, 64) if ALL else (1, 2)
LIMITS = ["--max-document", f"{DOCUMENT}MiB", "--max-record", f"{RECORD}MiB", "--threads", "1"]
# Reading takes three times the longest line or record, or five times if its bytes are not UTF-8, and
# labelling three times the document; `check` compares documents too.
LINE, READ = 3 * DOCUMENT + 4, 3 * RECORD + 4
RECODED, CHECKED, LABELLED = 5 * DOCUMENT + 4, 6 * DOCUMENT + 4, READ + 3 * DOCUMENT
WORDS = b"the shuttle reached orbit and the pitcher threw a moon ball " * (MIB // 60)


def repeat(piece, size=SIZE):
    for _ in range(size // len(piece) + 1):
        yield piece


def text_of(size=SIZE):
    return repeat(WORDS, size)


def within(before, pieces, after):
    yield before
    yield from pieces
    yield after


def run(arguments, pieces=()):
    """Runs newsclf with the pieces on stdin; returns status, stdout, stderr and peak MiB.
    """
    with open(FOLDER / "out", "w+b") as out, open(FOLDER / "err", "w+b") as err:
        process = subprocess.Popen([BINARY, *map(str, arguments)], stdin=subprocess.PIPE,
                                   stdout=out, stderr=err)
        try:
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:  # refused before the end
            pass
        _, status, usage = os.wait4(process.pid, 0)
        out.seek(0), err.seek(0)
        return os.waitstatus_to_exitcode(status), out.read(), err.read().decode(), \
            usage.ru_maxrss / 1024


def write(path, pieces, opener=open):
    path.parent.mkdir(parents=True, exist_ok=True)
    with opener(path, "wb") as file:
        for piece in pieces:
            file.write(piece)
    return path


def zstd(path):
    subprocess.run(["zstd", "-q", "--rm", "-f", path], check=True)
    return f"{path}.zst"


MODEL = train_model(FOLDER)
SHORT = {command: run([command, *arguments], [b"label,text\na,moon\n"])[3]
         for command, arguments in (("predict", [MODEL, "--threads", "1"]),
                                    ("eval", [MODEL, "-"]), ("check", ["-"]))}


def check(name, arguments, message, pieces=(), status=0, answers=None, most=LABELLED):
    """@param message part of stderr"""
    actual, out, err, peak = run([*arguments, *LIMITS], pieces)
    more = peak - SHORT[arguments[0]]
    print(f"{name:36} {more:6.1f} MiB")
    expect(actual == status, f"{name}: status {actual}\n{err}")
    expect(message in err, f"{name}: {message!r} is missing in {err!r}")
    expect(answers is None or out.count(b"\n") == answers, f"{name}: {out[:200]}")
    expect(more < most, f"{name}: {more:.1f} MiB more than a short input, the limit is {most} MiB")


CUT = f"1 document was longer than {DOCUMENT} MiB and was cut; --max-document sets the limit"
LONG = f": this record is longer than {RECORD} MiB"
RAISE = "; correct the record, or raise --max-record"
predict = ["predict", MODEL]
print(f"peak memory beyond that of a short input; inputs have {SIZE // MIB} MiB")

check("one line", predict, CUT, within(b"moon\n", text_of(), b"\nball\n"), answers=3, most=LINE)
check("one line of distinct bytes", [*predict, "--format", "lines"], CUT,
      within(b"", repeat(bytes(range(32, 256)) * 4096), b"\n"), answers=1, most=RECODED)
check("--document", [*predict, "--document"], CUT, text_of(), answers=1, most=LINE)
check("a JSON string", predict, f"standard input, line 2{LONG}{RAISE}",
      within(b'{"text":"moon"}\n{"text":"', text_of(), b'"}\n'), status=1, answers=1, most=READ)
check("a JSON string of one record", predict, CUT,
      within(b'{"text":"moon"}\n{"text":"', text_of((RECORD - 1) * MIB), b'"}\n'), answers=2)
check("brackets of one JSON record", predict, "standard input, line 2: this object has more than",
      within(b'{"text":"moon"}\n{"more":[', repeat(b"[]," * 4096, (RECORD - 1) * MIB), b"0]}\n"),
      status=1, answers=1, most=READ)
check("a JSON array", predict, f"standard input, line 1{LONG}",
      within(b'[{"text":"moon"},{"text":"', text_of(), b'"}]\n'), status=1, answers=1, most=READ)
check("a CSV field", predict, f"standard input, line 3{LONG} (perhaps a quote is not closed)",
      within(b'label,text\na,moon\nb,"', text_of(), b'"\n'), status=1, answers=1, most=READ)
check("a CSV record of commas", predict, "number of fields must be 2 as in the header, got",
      within(b"label,text\na,moon\n", repeat(b"," * 4096, (RECORD - 1) * MIB), b"\n"),
      status=1, answers=1, most=READ)
check("eval of a CSV field", ["eval", MODEL, "-"], f"standard input, line 3{LONG}",
      within(b'label,text\nspace,moon\nb,"', text_of(), b'"\n'), status=1, most=READ)
check("a fastText line", ["check", "-"], CUT,
      within(b"__label__a moon\n__label__b ", text_of(), b"\n"), most=CHECKED)

lines = write(FOLDER / "lines.gz", within(b"", repeat(b"x" * MIB), b"\n"), gzip.open)
check("a .gz file of one document", [*predict, lines], CUT, answers=1, most=LINE)
# Without this text at its start it would not be taken for text.
text = b"label,text\n" + b"a,moon orbit\n" * 9998 + b"b,"
zeros = write(FOLDER / "zeros.csv.gz", within(text, repeat(b"\0" * MIB), b""), gzip.open)
check("a .gz file of zeros", [*predict, zeros], f"zeros.csv.gz, line 10000{LONG}", status=1,
      answers=9998, most=READ)
post = write(FOLDER / "post", text_of())
check("a .zst file of one document", [*predict, zstd(post)], CUT, answers=1, most=LINE)
table = write(FOLDER / "table.csv", within(b'label,text\na,moon\nb,"', text_of(), b'"\n'))
check("a .zst file of a CSV field", [*predict, zstd(table)], f"table.csv.zst, line 3{LONG}",
      status=1, answers=1, most=READ)

tree = FOLDER / "tree"
write(tree / "space" / "1", text_of())
write(tree / "ball" / "1", [b"bat"])
check("a file of a folder", [*predict, tree], CUT, answers=2, most=LINE)
check("check of a folder", ["check", tree], CUT, most=CHECKED)
subprocess.run(["tar", "-czf", FOLDER / "tree.tgz", "-C", FOLDER, "tree"], check=True)
check("a file of a .tgz archive", [*predict, FOLDER / "tree.tgz"], CUT, answers=2, most=LINE)
with open(tree / "space" / "1", "wb") as hole:
    hole.seek(8 << 30)
    hole.write(b"x")
subprocess.run(["tar", "-cSf", FOLDER / "sparse.tar", "-C", FOLDER, "tree"], check=True)
check("a hole of 8 GiB in an archive", [*predict, FOLDER / "sparse.tar"], CUT, answers=2, most=LINE)
check("eval of that archive", ["eval", MODEL, FOLDER / "sparse.tar"],
      "no document has a label known", status=1, most=LINE)
