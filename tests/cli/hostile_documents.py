# SPDX-License-Identifier: MIT
"""Hostile documents get one answer each, in order, in every output format. A malformed record or a
closed output ends the answers at its place.

    python hostile_documents.py PATH_TO_NEWSCLF_BINARY

Needs the zstd program in addition to Python's standard library.
"""
import codecs
import gzip
import json
import re
import subprocess
import tempfile
from pathlib import Path

from formats import (BINARY, ID, OF_LINES, WRITERS, done, expect, expect_same, file_name, jsonl,
                     need_zstd, newsclf, records, separated, tar, train_model, write_tree, zstd)

# Bytes that are not UTF-8 are decoded as under --encoding auto.
codecs.register_error("windows-1252", lambda error: (
    error.object[error.start:error.end].decode("cp1252", errors="replace"), error.end))

HOSTILE = [
    "the compost in the telescope",
    "",
    " ",
    "\t",
    "tab\ttelescope\ttab",
    "two\nlines of compost",
    "\n\ntelescope\n\n",
    "CR \r telescope, CRLF \r\n telescope",
    "NUL \0 telescope \0\0",
    "line separator \u2028 telescope \u2029 paragraph, next line \u0085 form \f vertical \v",
    "telescope </s> </s>",
    "telescope __label__cycling __label__",
    'quotes " "" \'telescope\' "telescope", comma; "',
    '"',
    '""',
    "back\\slash \\n telescope \\t \\\\ \\u0041 \\",
    "inside \ufeff the telescope \ufeff",
    "emoji \U0001F6B2 telescope \U0001F469\u200d\U0001F680 telescope\u0301",
    "\ud7ff \ue000 \uffff \U0010ffff telescope",
    "right to left \u202e telescope \u202c",
    "# documents 3",
    '{"label":"cycling","probability":1}',
    "label,text",
    b"caf\xe9 telescope \xff\xfe compost",
    b"cut off \xe2\x82 telescope \xe2\x82",
    b"a surrogate in UTF-8 \xed\xa0\x80 telescope, overlong \xc0\xaf",
    "\u0130" * 30_000 + " telescope",
    "the last one: chain",
]
HOSTILE = [text if isinstance(text, bytes) else text.encode() for text in HOSTILE]
LARGE = [b"telescope", b"x" * 10_000_000, b"compost " * 200_000, b"chain",
         b"telescope " + b"y z " * 500_000, b"", b"compost"]


def unescape(field):
    kinds = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"\\": b"\\"}
    return re.sub(rb"\\(.)", lambda escape: kinds[escape[1]], field, flags=re.DOTALL)


def parse_tsv(record, has_id):
    fields = [unescape(field) for field in record.split(b"\t")]
    id_ = fields.pop(0) if has_id else None
    return id_, list(zip(fields[0::2], fields[1::2]))


def parse_labels(record, _):
    return None, [(unescape(field), None) for field in record.split(b"\t")]


def parse_jsonl(record, has_id):
    answer = json.loads(record, parse_float=str.encode, parse_int=str.encode)
    expect(has_id == ("id" in answer), f"unexpected or missing id: {record!r:.200}")
    best = (answer["label"].encode(), answer["probability"])
    top = [(one["label"].encode(), one["probability"]) for one in answer.get("top", [])]
    expect(top[:1] in ([], [best]), f"the best of the top is not the label: {record!r:.200}")
    return answer["id"].encode() if has_id else None, top or [best]


def parse_fasttext(record, _):
    words = record.split(b" ")
    expect(all(word.startswith(b"__label__") for word in words[0::2]), f"{record!r:.200}")
    return None, [(label[len(b"__label__"):], p) for label, p in zip(words[0::2], words[1::2])]


PARSERS = {"tsv": parse_tsv, "labels": parse_labels, "jsonl": parse_jsonl,
           "fasttext": parse_fasttext}


def holds(format_, text):
    """Returns whether the format can store the text unchanged."""
    if format_ not in OF_LINES:
        return True
    return b"\n" not in text and not text.endswith(b"\r")


class Input:
    """Hostile documents in one format, with the numbers and ids of the documents in it."""

    def __init__(self, name, arguments, stdin, numbers, ids=None):
        self.name, self.arguments, self.stdin = name, arguments, stdin
        self.numbers, self.ids = numbers, ids


def make_ids(texts):
    """One distinct id per document: hostile texts that are not too long, then plain names."""
    short = [text for text in texts if 0 < len(text) < 1000]
    return short + [b"id %d" % d for d in range(len(texts) - len(short))]


def make_inputs(folder, texts):
    ids = make_ids(texts)
    every = list(range(len(texts)))
    inputs = []
    for format_, write in WRITERS.items():
        numbers = [d for d in every if holds(format_, texts[d])]
        documents = [(b"a", texts[d]) for d in numbers]
        option = ["--format", format_]
        if format_ == "tsv":
            option += ["--quoting", "csv"]
        inputs.append(Input(format_, option, write(documents), numbers))
        if format_ in OF_LINES:
            continue
        inputs.append(Input(f"{format_} with ids", [*option, "--id-column", ID],
                            write(documents, [ids[d] for d in numbers]), numbers,
                            [ids[d] for d in numbers]))
    tree = folder / f"{len(texts)} texts"
    documents = [(b"a", text) for text in texts]
    write_tree(tree, documents)
    names = [file_name(d, b"a") for d in every]
    inputs.append(Input("tree", [tree], b"", every, [name.encode() for name in names]))
    inputs.append(Input("tar", ["--format", "tree"], tar(documents), every,
                        [name.encode() for name in names]))
    files = [tree / name for name in names]
    inputs.append(Input("files", files, b"", every, [str(file).encode() for file in files]))
    return inputs


def check_hostile(model, inputs, ks):
    """Checks that every input in every output format gives the same answers in order."""
    expected = {}  # all labels and probabilities of each document
    runs = 0
    for given in inputs:
        for format_, parse in PARSERS.items():
            for k in ks:
                what = f"{given.name} to {format_} -k {k}"
                output = done("predict", model, *given.arguments, "--output-format", format_, "-k",
                              k, stdin=given.stdin)
                answers = [parse(record, given.ids is not None)
                           for record in records(output, what)]
                runs += 1
                if not expected:
                    every = done("predict", model, "-k", "all", *given.arguments, stdin=given.stdin)
                    for number, record in zip(given.numbers, records(every, what)):
                        expected[number] = parse_tsv(record, False)[1]
                        expect(len(expected[number]) == 3, f"{what}: {record!r}")
                count = 3 if k == "all" else int(k)
                wanted = [expected[number][:count] for number in given.numbers]
                if format_ == "labels":
                    wanted = [[(label, None) for label, _ in answer] for answer in wanted]
                expect_same([answer for _, answer in answers], wanted, what)
                if given.ids and format_ in ("tsv", "jsonl"):
                    ids = [id_.decode(errors="windows-1252").encode() for id_ in given.ids]
                    expect_same([id_ for id_, _ in answers], ids, what)
    distinct = {str(answer) for answer in expected.values()}
    expect(len(distinct) > len(expected) // 2, f"{len(distinct)} distinct answers")
    return runs


def check_ends_and_threads(model, inputs):
    """The output does not depend on the last record's line end or on the number of threads."""
    for given in inputs:
        run = newsclf("predict", model, *given.arguments, stdin=given.stdin)
        for threads in ("1", "2", "7"):
            other = newsclf("predict", model, *given.arguments, "--threads", threads,
                            stdin=given.stdin)
            expect((other.stdout, other.stderr) == (run.stdout, run.stderr),
                   f"{given.name} on {threads} threads: other answers or messages")
        if given.name == "tar" or not given.stdin:
            continue
        cut = given.stdin.removesuffix(b"\n").removesuffix(b"\r")
        expect(cut != given.stdin, f"{given.name}: the last record has no line end")
        other = newsclf("predict", model, *given.arguments, stdin=cut)
        expect((other.stdout, other.stderr) == (run.stdout, run.stderr),
               f"{given.name} without its last line end: other answers or messages")


def check_surrogates(model):
    """A lone surrogate is read as one U+FFFD and counted; surrogate pairs are characters."""
    halves = [r"\ud800", r"\udbff telescope", r"telescope \udc00", r"\udc00\ud800", r"\ud800\ud800",
              r"\ud800\u0041", r"\ud800\\udc00", r"\ud83d"]
    whole = [r"\ud83d\udeb2", r"\\ud800", r"\ufffd"]
    text = "".join(f'{{"id":"{half}","text":"telescope {half}"}}\n' for half in halves + whole)
    run = newsclf("predict", model, "--format", "jsonl", "--id-column", "id", "--output-format",
                  "jsonl", stdin=text.encode())
    expect(run.returncode == 0, run.stderr.decode())
    ids = [json.loads(record)["id"] for record in records(run.stdout, "surrogates")]
    expect_same(ids, ["\ufffd", "\ufffd telescope", "telescope \ufffd", "\ufffd\ufffd", "\ufffd\ufffd",
                      "\ufffdA", "\ufffd\\udc00", "\ufffd", "\U0001F6B2", "\\ud800", "\ufffd"],
                "surrogates")
    message = (f"{len(halves)} of {len(halves + whole)} documents had a lone surrogate "
               "(read as U+FFFD)\n")
    expect(run.stderr.decode() == message, f"surrogates: {run.stderr.decode()}")
    # A lone surrogate in a line that Python's json wrote gives the same answer.
    odd = json.dumps({"text": "telescope \ud800 telescope"}).encode() + b"\n"
    good = json.dumps({"text": "telescope \ufffd telescope"}).encode() + b"\n"
    expect(done("predict", model, "--format", "jsonl", stdin=odd) ==
           done("predict", model, "--format", "jsonl", stdin=good), "lone surrogate is not U+FFFD")


def check_malformed(model):
    """Answers before a malformed record are written, then one line with its place, status 1."""
    def jsonl_with(bad):
        return jsonl([(b"a", b"telescope")] * 200) + bad + b"\n" + jsonl([(b"a", b"compost")] * 200)

    def csv_with(bad, separator=b","):
        before, after = [(b"a", b"telescope,\n\"tail\"")] * 200, [(b"a", b"compost")] * 200
        return separated(before, None, separator) + bad + b"\n" + separated(after, None, separator)

    # Format, stream, place and problem. In CSV, a header and 200 records of two lines come first.
    json_place, csv_place = "standard input, line 201", "standard input, line 402"
    cases = [
        ("jsonl", jsonl_with(b'{"text":'), json_place, "the JSON object does not end on its line"),
        ("jsonl", jsonl_with(b'{"text":"a"} {"text":"b"}'), json_place, "invalid JSON"),
        ("jsonl", jsonl_with(b'{"text":"a"}\0{"text":"b"}'), f"{json_place}, column 13",
         "invalid JSON"),
        ("jsonl", jsonl_with(b'{"text":"a\0b"}'), f"{json_place}, column 11", "invalid JSON"),
        ("jsonl", jsonl_with(b'{"text":"a\\x"}'), json_place, "invalid JSON"),
        ("jsonl", jsonl_with(b'{"text":"a","n":NaN}'), json_place, "invalid JSON"),
        ("jsonl", jsonl_with(b'{"text":"a","n":1e999}'), json_place, "a number in this object is too large"),
        ("jsonl", jsonl_with(b"[" * 100_000), json_place, "invalid JSON"),
        ("jsonl", jsonl_with(b'["a"]'), json_place, "expected a JSON object, found an array"),
        ("jsonl", jsonl_with(b'{"text":[["a"]]}'), json_place, "expected an array of strings, found an array"),
        ("jsonl", jsonl_with(b'{"text":{}}'), json_place, "expected a string, found an object"),
        ("jsonl", jsonl_with(b'{"texts":"a"}'), json_place, "no text key"),
        ("csv", csv_with(b"a,b,c"), csv_place, "number of fields must be 2 as in the header, got 3"),
        ("csv", csv_with(b"a"), csv_place, "number of fields must be 2 as in the header, got 1"),
        ("csv", csv_with(b'a,"b\n" c'), "standard input, line 403, column 2", "text after the closing quote"),
        # The place is where the wrong quote closes, or where it opens if it never closes.
        ("csv", csv_with(b'a,"b'), "standard input, line 403, column 2", "text after the closing"),
        ("csv", csv_with(b"|").split(b"|")[0] + b'a,"b\nc', csv_place + ", column 3",
         "this quoted field has no closing quote"),
        ("tsv", csv_with(b"a\tb\tc", b"\t"), csv_place, "number of fields must be 2 as in the header, got 3"),
    ]
    for format_, stream, place, problem in cases:
        for threads in ("1", "3"):
            run = newsclf("predict", model, "--format", format_, "--quoting", "csv", "--threads",
                          threads, stdin=stream)
            what = f"{format_}: {problem} on {threads} threads"
            expect(run.returncode == 1, f"{what}: status {run.returncode}")
            message = run.stderr.decode()
            expect(message.startswith(f"newsclf: {place}") and problem in message, f"{what}: {message}")
            expect(message.count("\n") == 1, f"{what}: {message}")
            answers = records(run.stdout, what)
            expect(len(answers) == 200, f"{what}: {len(answers)} answers")
            expect(len(set(answers)) == 1, f"{what}: other answers")
    # A truncated stream: documents before its end are answered.
    posts = jsonl([(b"a", b"telescope %d" % (d * 7919)) for d in range(50_000)])
    for compress in (gzip.compress, zstd):
        whole = compress(posts)
        run = newsclf("predict", model, "--format", "jsonl", stdin=whole[:len(whole) // 2])
        expect(run.returncode == 1 and b"the compressed data is truncated" in run.stderr,
               f"half of a stream: status {run.returncode}, {run.stderr.decode()}")
        expect(1000 < len(records(run.stdout, "half")) < 50_000, "half of a stream: no answers")
    return len(cases)


def check_output_ends(model):
    """A closed pipe is not an error; a full disk is."""
    stream = jsonl([(b"a", b"telescope")] * 100_000)
    with tempfile.TemporaryFile() as given:
        given.write(stream)
        given.seek(0)
        with subprocess.Popen([BINARY, "predict", model, "--format", "jsonl"], stdin=given,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            expect(process.stdout.readline().count(b"\t") == 1, "no first answer")
            process.stdout.close()
            expect(process.stderr.read() == b"", "a closed pipe was reported")
        expect(process.returncode == 0, f"a closed pipe: status {process.returncode}")
    for format_ in PARSERS:
        with open("/dev/full", "wb") as full:
            run = subprocess.run([BINARY, "predict", model, "--output-format", format_],
                                 input=b"telescope\n", stdout=full, stderr=subprocess.PIPE, check=False)
        expect(run.returncode == 1 and run.stderr.startswith(b"newsclf: standard output: cannot write"),
               f"a full disk, {format_}: status {run.returncode}, {run.stderr.decode()}")


def main():
    need_zstd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = train_model(folder)
        runs = 0
        for texts, ks in ((HOSTILE, ("1", "2", "all")), (LARGE, ("all",))):
            inputs = make_inputs(folder, texts)
            runs += check_hostile(model, inputs, ks)
            check_ends_and_threads(model, inputs)
        check_surrogates(model)
        print(f"{len(HOSTILE + LARGE)} hostile documents: {runs} runs, one answer each, in order")
        print(f"{check_malformed(model)} malformed records end the answers at their place")
        check_output_ends(model)


if __name__ == "__main__":
    main()
