# SPDX-License-Identifier: MIT
"""newsclf.train: the program's model, its options as keywords, its errors as exceptions."""
import json
import os
import shutil
import signal
import socket
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


@needs_libtorch
def test_values_of_options_are_never_inputs(tmp_path):
    numpy, (texts, labels) = pytest.importorskip("numpy"), sample("train")
    for value, kept in ((1, True), (numpy.True_, True), (0, False), (numpy.False_, False)):
        info = train(texts, labels, keep_case=value, hidden=numpy.array([4, 3])).info()
        assert info["text"]["keep_case"] is kept
        assert info["networks"][0]["hidden"] == [4, 3]
    with pytest.raises(ValueError, match="--keep-case = data"):
        train(texts, labels, keep_case="data")
    with pytest.raises(ValueError, match="--lr: must be a number .*, got '-1'"):
        train(texts, labels, lr=-1)
    with pytest.raises(ValueError, match="--members: must be .*, got 'True'"):
        train(texts, labels, members=True)
    for empty in ("", []):
        with pytest.raises(ValueError, match="inputs must not be empty"):
            train(texts, labels, inputs=empty)
    for name in ("print-config", f"output={tmp_path}/other"):
        with pytest.raises(TypeError, match="is not an option"):
            train(texts, labels, **{name: True})


@pytest.mark.parametrize("installed", ["lib/python3/site-packages", ""])
def test_the_program_is_found_where_pip_installs_it(installed, tmp_path):
    """In an environment, and with --target. Other programs are in the path."""
    package, program = tmp_path / installed / "newsclf", tmp_path / "bin/newsclf"
    shutil.copytree(os.path.dirname(newsclf.__file__), package)
    shutil.copy(newsclf._library.path, package / "libnewsclf.so")
    for file in (program, tmp_path / "other/newsclf"):
        file.parent.mkdir()
        file.touch(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "NEWSCLF_LIBRARY"}
    done = subprocess.run(
        [sys.executable, "-c", "import newsclf; print(newsclf._training._program()[-1])"],
        env={**environment, "PATH": str(tmp_path / "other"), "PYTHONPATH": str(package.parent)},
        stdout=subprocess.PIPE, encoding="utf-8", check=True)
    assert os.path.samefile(done.stdout.rstrip("\n"), program)


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
    with pytest.warns(UserWarning) as warned:
        newsclf.train(*sample("train"), max_document=500, **QUICK)
    assert {warning.filename for warning in warned} == {__file__}


@needs_libtorch
def test_training_goes_on_where_messages_cannot_be_printed(monkeypatch):
    class Closed:
        def write(self, _):
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr("sys.stderr", Closed())
    texts, labels = sample("train")
    # More messages than fit into a pipe.
    assert train(texts[::6], labels[::6], epochs=3000, verbose=True, linear="none", members=1)


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
def test_a_broken_pipe_of_the_iterator_comes_through():
    def broken():
        yield "text"
        raise BrokenPipeError("mine")

    with pytest.raises(BrokenPipeError, match="mine"):
        train(broken(), ["a", "b"])


@needs_libtorch
@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_process_forked_meanwhile_does_not_hold_up_the_training():
    processes = []

    def forking():
        yield from texts[:-1]
        processes.append(os.fork())
        if processes[0] == 0:
            time.sleep(60)
            os._exit(0)
        yield texts[-1]

    texts, labels = sample("train")
    timer = threading.Timer(20, lambda: os.kill(processes[0], signal.SIGKILL))
    timer.start()
    train(forking(), labels)
    timer.cancel()
    assert os.waitpid(processes[0], os.WNOHANG) == (0, 0)
    os.kill(processes[0], signal.SIGKILL)
    os.waitpid(processes[0], 0)


def test_a_timeout_for_sockets_does_not_end_the_training(monkeypatch):
    stand_in(monkeypatch, "import sys, time; time.sleep(0.3); sys.stdin.read(); sys.exit('read')")
    socket.setdefaulttimeout(0.1)
    try:
        with pytest.raises(newsclf.Error, match="read"):
            train(["text" * 1_000_000], ["a"])
    finally:
        socket.setdefaulttimeout(None)


def stand_in(monkeypatch, script):
    """Makes train() run this instead of the program."""
    monkeypatch.setattr("newsclf._training._program", lambda: [sys.executable, "-c", script])
    monkeypatch.setattr("newsclf._training._environment", lambda: os.environ)


def test_an_interrupt_in_a_terminal_lets_the_program_write_its_checkpoint(tmp_path):
    """The terminal interrupts all processes of its group. At a second signal, the program ends."""
    slow = ("import os, signal, sys, time\n"
            "def end(*_):\n"
            "    signal.signal(signal.SIGINT, lambda *_: os._exit(1))\n"
            "    signal.signal(signal.SIGTERM, lambda *_: os._exit(1))\n"
            "    time.sleep(1)\n"
            "    open('checkpoint', 'w').close()\n"
            "    print('wrote checkpoint', file=sys.stderr, flush=True)\n"
            "    os._exit(130)\n"
            "signal.signal(signal.SIGINT, end)\n"
            "signal.signal(signal.SIGTERM, end)\n"
            "open('started', 'w').close()\n"
            "time.sleep(30)\n")
    script = ("import os, signal, sys, newsclf; "
              "signal.signal(signal.SIGINT, signal.default_int_handler); "
              "newsclf._training._program = lambda: [sys.executable, '-c', sys.argv[1]]; "
              "newsclf._training._environment = lambda: os.environ; "
              "newsclf.train(['a'], ['b'], checkpoint='checkpoint', verbose=True)")
    process = subprocess.Popen([sys.executable, "-c", script, slow], cwd=tmp_path,
                               start_new_session=True, stderr=subprocess.PIPE, encoding="utf-8")
    wait_for((tmp_path / "started").exists)
    os.killpg(process.pid, signal.SIGINT)
    err = process.communicate()[1]
    assert (tmp_path / "checkpoint").exists() and "KeyboardInterrupt" in err
    assert "wrote checkpoint\n" in err  # what it printed last


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
