# SPDX-License-Identifier: MIT
"""newsclf.train: the program's model, its options as keywords, its errors as exceptions."""
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import newsclf
from conftest import QUICK, libtorch, needs_libtorch, program, sample


def train(texts, labels, **options):
    return newsclf.train(texts, labels, **{**QUICK, **options})


def children():
    """The command lines of this process's children."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8") as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
            if parent == os.getpid():
                with open(f"/proc/{entry}/cmdline", encoding="utf-8") as line:
                    found.append(line.read())
        except OSError:
            pass  # it has ended
    return [line for line in found if "newsclf\0train" in line]


@pytest.fixture(autouse=True)
def leaves_nothing(tmp_path, monkeypatch):
    """Temporary files are gone and the program has ended when train() returns or raises."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == [] and children() == []


# ---- the model -----------------------------------------------------------------------------------


@needs_libtorch
def test_the_model_is_the_one_that_the_program_trains(tmp_path):
    texts, labels = sample("train")
    train(iter(texts), (label for label in labels), linear="none").save(tmp_path / "ours")
    records = "".join(f'{{"text": {json.dumps(text)}, "label": "{label}"}}\n'
                      for text, label in zip(texts, labels))
    program("train", "-", "--format", "jsonl", "--epochs", "3", "--hidden", "16,8", "--linear",
            "none", "-q", "-o", tmp_path / "theirs", input=records,
            env={**os.environ, "NEWSCLF_LIBTORCH": str(libtorch())})
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


@needs_libtorch
def test_the_defaults_learn():
    model = newsclf.train(*sample("train"))
    texts, labels = sample("test")
    assert sum(map(str.__eq__, model.predict(texts), labels)) > 0.8 * len(labels)


@needs_libtorch
def test_keywords_become_options():
    info = train(*sample("train"), word_ngrams="1-2", keep_case=True, min_df=2,
                 no_calibration=False, max_features=None, inputs=["words", "bigrams"], linear="words",
                 members=1, class_weight={"cycling": 2, "astronomy": 1.5, "gardening": 1}, seed=7).info()
    assert info["text"]["max_ngram"] == 2 and info["text"]["keep_case"] is True
    assert info["vocabulary"]["min_df"] == 2
    options = info["training"]["options"]
    assert (options["epochs"], options["seed"], options["inputs"]) == (3, 7, ["words", "bigrams"])
    assert info["training"]["class_weight"] != "none"


@needs_libtorch
def test_labels_and_texts_may_contain_anything_printable():
    labels = ["a b", "né", "🚲", "\"[,]\\"] * 4
    texts = [f"{label} {i}\0\n\"\\" for i, label in enumerate(labels)]
    assert train(texts, labels).labels == sorted(set(labels), key=str.encode)


@needs_libtorch
def test_numpy_arrays_and_series_are_texts_and_labels():
    numpy, (texts, labels) = pytest.importorskip("numpy"), sample("train")
    expected = train(texts, labels)._bytes()
    assert train(numpy.array(texts), numpy.array(labels))._bytes() == expected
    pandas = pytest.importorskip("pandas")
    assert train(pandas.Series(texts), pandas.Series(labels))._bytes() == expected


# ---- messages ------------------------------------------------------------------------------------


@needs_libtorch
def test_training_is_quiet_unless_verbose(capfd):
    train(*sample("train"))
    assert capfd.readouterr() == ("", "")
    train(*sample("train"), verbose=True)
    out, err = capfd.readouterr()
    assert out == "" and "epoch 3/3" in err and "training on 102 documents" in err


@needs_libtorch
def test_warnings_of_the_program_are_warnings():
    with pytest.warns(UserWarning, match="newsclf: .* documents were longer than .* and were cut"):
        train(*sample("train"), max_document=500)


# ---- errors --------------------------------------------------------------------------------------


@needs_libtorch
def test_errors_of_the_program_are_exceptions(tmp_path):
    texts, labels = sample("train")
    with pytest.raises(TypeError, match="unknown option --epoch for train; did you mean --epochs"):
        newsclf.train(texts, labels, epoch=3)
    with pytest.raises(ValueError, match="--epochs: must be a number from 1 to .*, got '0'"):
        newsclf.train(texts, labels, epochs=0)
    with pytest.raises(newsclf.Error, match="all documents have the label 'a'"):
        newsclf.train(texts, ["a"] * len(texts))
    with pytest.raises(newsclf.Error, match="no documents"):
        newsclf.train([], [])
    with pytest.raises(newsclf.Error, match="none"):
        newsclf.train(texts, labels, stop_words=tmp_path / "none")


@needs_libtorch
@pytest.mark.parametrize("name", ["output", "format", "print_config", "config", "quiet"])
def test_options_that_train_sets_itself_are_refused(name):
    with pytest.raises(TypeError, match=f"{name} is not an option of newsclf.train"):
        newsclf.train(["a", "b"], ["a", "b"], **{name: True})


@needs_libtorch
def test_wrong_texts_and_labels_are_refused_with_their_position():
    texts, labels = sample("train")
    for wrong in (None, b"a", 3, float("nan")):
        with pytest.raises(TypeError, match=r"texts\[102\] must be a str"):
            train([*texts, wrong], [*labels, "cycling"])
        with pytest.raises(TypeError, match=r"labels\[102\] must be a str"):
            train([*texts, "a"], [*labels, wrong])
    with pytest.raises(ValueError, match=r"labels\[102\] is empty"):
        train([*texts, "a"], [*labels, " \n"])
    with pytest.raises(ValueError, match=r"surrogates not allowed, in texts\[0\]"):
        train(["\ud800", "a"], ["a", "b"])
    with pytest.raises(TypeError, match="texts must be a list"):
        train("text", ["a"])
    with pytest.raises(TypeError, match="labels must be a list"):
        train(["a", "b"], "ab")


@needs_libtorch
def test_as_many_labels_as_texts_are_needed():
    texts, labels = sample("train")
    with pytest.raises(ValueError, match="there are more texts"):
        train([*texts, "a"], iter(labels))
    with pytest.raises(ValueError, match="there are more labels"):
        train(iter(texts), [*labels, "a"])


def test_without_torch_the_error_names_what_to_install(monkeypatch):
    monkeypatch.delenv("NEWSCLF_LIBTORCH", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(newsclf.Error, match=r"pip install newsclf\[train\]"):
        train(["a", "b"], ["a", "b"])


@needs_libtorch
def test_libtorch_is_that_of_this_python(tmp_path, monkeypatch):
    (tmp_path / "torch").symlink_to(libtorch())
    script = ("import newsclf; "
              "print(newsclf.train(['a b', 'c d'] * 5, ['x', 'y'] * 5, epochs=1).labels)")
    environment = {name: value for name, value in os.environ.items() if name != "NEWSCLF_LIBTORCH"}
    environment["PYTHONPATH"] = f"{os.environ.get('PYTHONPATH', '')}:{tmp_path}"
    done = subprocess.run([sys.executable, "-c", script], env=environment, encoding="utf-8",
                          stdout=subprocess.PIPE, check=True)
    assert done.stdout == "['x', 'y']\n"
    monkeypatch.setenv("NEWSCLF_LIBTORCH", str(tmp_path / "none"))
    with pytest.raises(newsclf.Error, match="NEWSCLF_LIBTORCH.*none does not contain"):
        train(["a", "b"], ["a", "b"])


# ---- interruptions -------------------------------------------------------------------------------


def long_training():
    texts, labels = sample("train")
    newsclf.train(texts * 20, labels * 20, epochs=100_000)


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@needs_libtorch
def test_an_interrupt_ends_the_program():
    def interrupt():
        wait_for(children)
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGINT)

    # Python does not handle it if the parent of the tests ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        long_training()
    thread.join()
    signal.signal(signal.SIGINT, before)


@needs_libtorch
def test_an_iterator_that_fails_ends_the_program():
    def broken():
        yield from sample("train")[0]
        assert children()
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        train(broken(), sample("train")[1] * 2)


@needs_libtorch
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_program_ends_with_the_interpreter(end, tmp_path):
    script = ("import threading, test_training as t; "
              "threading.Thread(target=t.long_training, daemon=True).start(); "
              "t.wait_for(t.children); print(flush=True); input()")
    process = subprocess.Popen([sys.executable, "-c", script], cwd=os.path.dirname(__file__),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env={**os.environ, "TMPDIR": str(tmp_path)})
    process.stdout.readline()
    process.send_signal(end)
    process.communicate()
    wait_for(lambda: not running(str(tmp_path)))


@needs_libtorch
def test_the_program_ends_when_the_interpreter_exits_normally(tmp_path):
    script = ("import threading, test_training as t; "
              "threading.Thread(target=t.long_training, daemon=True).start(); "
              "t.wait_for(t.children)")
    subprocess.run([sys.executable, "-c", script], cwd=os.path.dirname(__file__), check=True,
                   env={**os.environ, "TMPDIR": str(tmp_path)})
    wait_for(lambda: not running(str(tmp_path)))


def running(folder):
    """Whether a program works for this folder."""
    lines = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/cmdline", encoding="utf-8", errors="replace") as line:
                lines.append(line.read())
        except OSError:
            pass  # it has ended
    return any(folder in line and "newsclf\0train" in line for line in lines)


def test_the_program_refuses_data_that_ends_early(tmp_path):
    """What it reads when this process is killed while it sends texts."""
    records = b"".join(newsclf._training._records(*sample("train")))
    for cut in (records[:-1], records[:records.rindex(b",\n")], records[:len(records) // 2]):
        done = subprocess.run([newsclf._training._program()[-1], "train", "-", "--format", "jsonl",
                               "-o", tmp_path / "model"], input=cut, stderr=subprocess.PIPE,
                              check=False)
        assert done.returncode == 1 and b"no closing ]" in done.stderr
        assert not (tmp_path / "model").exists()
