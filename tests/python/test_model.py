# SPDX-License-Identifier: MIT
"""Models: predictions, explanations, files, copies, threads and processes."""
import copy
import gc
import json
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from html.parser import HTMLParser

import pytest

import newsclf
from conftest import MODEL, SAMPLE, answers_of_program, program

MOON = "The telescope shows the moon."


def float_of_32_bits(number):
    import struct
    return struct.unpack("f", struct.pack("f", number))[0]


# ---- predictions ---------------------------------------------------------------------------------


def test_predictions_are_those_of_the_program(model, texts):
    texts = [*texts, "", "Télescope\0comet 🚲", "From: a@b\nSubject: comet\n\ntyre", "x" * 100_000]
    for text, by_program, pairs, proba, answer in zip(
            texts, answers_of_program(MODEL, texts, "-k", "all"), model.predict(texts, k=3),
            model.predict_proba(texts), model.answer(texts)):
        expected = [(entry["label"], float_of_32_bits(entry["probability"]))
                    for entry in by_program["top"]]
        assert pairs == expected
        assert dict(zip(model.labels, map(float, proba))) == dict(expected)
        assert (answer.label, answer.probability) == expected[0]
        assert answer.known_tokens == by_program["known_tokens"]
        assert model.predict(text) == expected[0][0]


def test_k_gives_pairs_and_must_be_in_range(model):
    assert model.predict(MOON) == "astronomy"
    assert model.predict([MOON, MOON]) == ["astronomy", "astronomy"]
    [(label, probability)] = model.predict(MOON, k=1)
    assert label == "astronomy" and 0.4 < probability <= 1
    assert [label for label, _ in model.predict([MOON], k=3)[0]][0] == "astronomy"
    for k in (0, -1, 4):
        with pytest.raises(ValueError, match="k must be from 1 to 3"):
            model.predict(MOON, k=k)
    with pytest.raises(TypeError):
        model.predict(MOON, k=1.0)


def test_answers_follow_the_thresholds_of_the_model(tmp_path, texts):
    program("threshold", MODEL, SAMPLE / "test", "--coverage", "0.5", "-o", tmp_path / "sure", "-q")
    by_program = answers_of_program(tmp_path / "sure", texts)
    answers = newsclf.load(tmp_path / "sure").answer(texts)
    assert 0 < sum(answer.answered for answer in answers) < len(answers)
    assert [answer.answered for answer in answers] == [
        entry["label"] != "unknown" for entry in by_program]
    for answer, entry in zip(answers, by_program):
        shown = answer.probability if answer.answered else answer.confidence
        assert shown == float_of_32_bits(entry["probability" if answer.answered else "confidence"])


def test_rows_of_probabilities_are_floats_that_add_up_to_one(model, texts):
    numpy = pytest.importorskip("numpy")
    proba = model.predict_proba(texts)
    assert proba.shape == (len(texts), 3) and proba.dtype == numpy.float32
    assert numpy.allclose(proba.sum(axis=1), 1)
    assert model.predict_proba(MOON).shape == (3,)


def test_threads_change_nothing(model, texts):
    expected = model.predict(texts, k=3)
    for threads in (1, 3):
        model.threads = threads
        assert model.predict(texts, k=3) == expected
    model.threads = -1
    with pytest.raises(ValueError):
        model.predict(texts)


# ---- explanations --------------------------------------------------------------------------------


def test_numbers_of_threads_are_in_range(model):
    for wrong in (-1, (1 << 32) + 1):
        model.threads = wrong
        for use in (model.predict, model.predict_proba, model.answer, model.explain):
            with pytest.raises(ValueError, match="threads must be from 0 to"):
                use(MOON)
    model.threads = 1.5
    with pytest.raises(TypeError):
        model.predict(MOON)


def test_an_explanation_names_tokens_and_positions_of_characters(model):
    text = "Été 🚲: the télescope, THE TELESCOPE & <moon>"
    why = model.explain(text)
    assert why.label == model.predict(text)
    assert why.probability == model.predict(text, k=1)[0][1]
    assert {"telescope", "moon"} <= {token for token, _ in why.tokens}
    sizes = [abs(value) for _, value in why.tokens]
    assert sizes == sorted(sizes, reverse=True)
    words = {text[begin:end] for begin, end, _ in why.words}
    assert {"TELESCOPE", "moon"} <= words and "Été" not in words
    assert str(why).startswith(f"{why.label} 0.") and "telescope +" in str(why)


def test_any_label_can_be_explained(model):
    against = model.explain(MOON, label="gardening")
    assert against.label == "gardening"
    assert against.probability == dict(model.predict(MOON, k=3))["gardening"]
    assert dict(against.tokens)["telescope"] < 0
    with pytest.raises(ValueError, match="label must be one of .*'cycling'.*got 'none'"):
        model.explain(MOON, label="none")
    with pytest.raises(TypeError, match="text must be a str, got list"):
        model.explain([MOON])
    with pytest.raises(ValueError, match=r"surrogates"):
        model.explain("\ud800")


def test_texts_without_known_tokens_and_with_many_are_explained(model, texts):
    assert model.explain("").words == [] and "no known tokens" in str(model.explain(""))
    every = " ".join(texts)
    why = model.explain(every)
    assert len(why.tokens) > 100 and len(why.words) > 512
    assert all(begin < end for begin, end, _ in why.words)


def test_notebooks_show_the_escaped_text_with_marked_words(model):
    text = "<b>moon</b> & telescope\n🚲 bike"
    shown, marks = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert tag in ("p", "b", "mark")
            if tag == "mark":
                marks.append(dict(attributes))

        def handle_data(self, data):
            shown.append(data)

    why = model.explain(text)
    Reader().feed(why._repr_html_())
    assert "".join(shown).endswith(text)
    assert len(marks) == 3
    for mark, (_, _, value) in zip(marks, why.words):
        assert mark["title"] == f"{value:+.3f}"
        assert ("underline solid" in mark["style"]) == (value > 0)


# ---- what is in a model --------------------------------------------------------------------------


def test_a_model_describes_itself(model):
    assert model.labels == ["astronomy", "cycling", "gardening"]
    assert model.info() == json.loads(program("info", MODEL, "--json", "-"))
    assert repr(model) == "<newsclf.Model, 3 labels>"
    assert newsclf.__version__ == program("--version").split()[1]


def test_what_a_model_returns_is_not_what_it_uses(model):
    model.labels.clear()
    assert len(model.labels) == 3


# ---- files ---------------------------------------------------------------------------------------


def test_loading_raises_the_exceptions_of_python(tmp_path):
    with pytest.raises(FileNotFoundError) as missing:
        newsclf.load(tmp_path / "none")
    assert missing.value.errno == 2 and "none" in str(missing.value)
    with pytest.raises(IsADirectoryError):
        newsclf.load(tmp_path)
    with pytest.raises(ValueError, match="null byte"):
        newsclf.load("a\0b")
    with pytest.raises(TypeError):
        newsclf.load(3)
    content = MODEL.read_bytes()
    damaged = content[:900] + bytes([content[900] ^ 1]) + content[901:]
    for wrong in (b"", b"text", content[:-1], damaged):
        (tmp_path / "wrong").write_bytes(wrong)
        with pytest.raises(newsclf.Error, match="wrong: .*"):
            newsclf.load(tmp_path / "wrong")


def test_a_file_without_permission_is_a_permission_error(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(MODEL.read_bytes())
    secret.chmod(0)
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(65534)  # root may read every file
            newsclf.load(secret)
        except PermissionError as error:
            os._exit(7 if error.errno == 13 and "secret" in str(error) else 1)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_fifo_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    script = "import sys, newsclf; newsclf.load(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", script, tmp_path / "fifo"], timeout=20,
                          stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert done.returncode == 1 and "OSError: " in done.stderr and "fifo: " in done.stderr


def test_paths_may_be_strings_and_unusual(tmp_path):
    name = tmp_path / "модель \udcff"
    newsclf.load(str(MODEL)).save(name)
    assert newsclf.load(str(name)).predict(MOON) == "astronomy"
    assert newsclf.load(os.fsencode(name)).predict(MOON) == "astronomy"
    for given in (str(tmp_path / "none"), tmp_path):
        with pytest.raises(OSError) as missing:
            newsclf.load(given)
        assert missing.value.filename == str(given)


def test_a_path_does_not_make_a_model():
    with pytest.raises(TypeError, match=r"newsclf.load\(path\)"):
        newsclf.Model(str(MODEL))


def test_saving_replaces_a_file_at_once_and_gives_the_same_bytes(model, tmp_path):
    target = tmp_path / "copy"
    target.write_text("old")
    (tmp_path / "link").symlink_to(target)
    model.save(tmp_path / "link")
    assert target.read_bytes() == MODEL.read_bytes()
    assert sorted(tmp_path.iterdir()) == [target, tmp_path / "link"]
    with pytest.raises(FileNotFoundError):
        model.save(tmp_path / "none" / "copy")
    with pytest.raises(IsADirectoryError):
        model.save(tmp_path)
    assert sorted(tmp_path.iterdir()) == [target, tmp_path / "link"]


def test_saving_keeps_permissions_and_what_is_no_regular_file(model, tmp_path):
    private, fifo = tmp_path / "private", tmp_path / "fifo"
    private.touch(0o600)
    model.save(private)
    assert private.stat().st_mode & 0o777 == 0o600 and private.stat().st_size > 0
    os.mkfifo(fifo)
    with pytest.raises(FileExistsError, match="not a regular file"):
        model.save(fifo)
    with pytest.raises(FileNotFoundError):
        model.save("")
    assert fifo.is_fifo() and sorted(tmp_path.iterdir()) == [fifo, private]


# ---- copies, closing, threads, processes ---------------------------------------------------------


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy,
                                   lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_give_the_same_predictions_and_outlive_the_original(model, texts, again):
    expected = model.predict(texts, k=3)
    model.threads = 1
    other = again(model)
    model.close()
    assert other.predict(texts, k=3) == expected and other.threads == 1


def test_a_pickle_that_was_damaged_is_refused(model):
    content = pickle.dumps(model)
    middle = len(content) // 2
    with pytest.raises(newsclf.Error):
        pickle.loads(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:])


def test_a_closed_model_raises_like_a_closed_file(tmp_path):
    with newsclf.load(MODEL) as model:
        assert not model.closed
    assert model.closed and "closed" in repr(model)
    model.close()
    for use in (lambda: model.predict(MOON), lambda: model.predict([]), lambda: model.labels,
                lambda: model.predict_proba(MOON), lambda: model.answer(MOON), model.info,
                lambda: model.explain(MOON), lambda: model.save(tmp_path / "file"),
                lambda: pickle.dumps(model), lambda: copy.copy(model), model.__enter__):
        with pytest.raises(ValueError, match="closed"):
            use()


def test_threads_may_share_a_model_and_close_it_meanwhile(texts):
    expected = newsclf.load(MODEL).predict(texts * 20, k=3)
    for _ in range(5):
        model, results = newsclf.load(MODEL), []

        def use():
            try:
                while True:
                    results.append(model.predict(texts * 20, k=3) == expected)
            except ValueError as error:
                results.append("closed" in str(error))

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        while len(results) < 4:
            pass
        model.close()
        for thread in threads:
            thread.join()
        assert all(results)


def test_other_threads_run_while_texts_are_labelled(model, texts):
    """The interpreter lock is released."""
    done = threading.Event()
    ticks = []

    def tick():
        while not done.is_set():
            ticks.append(None)
            done.wait(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    model.threads = 1
    model.predict([" ".join(texts) * 300])  # one call
    done.set()
    thread.join()
    assert len(ticks) > 3


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes_label_with_the_model(model, texts, method):
    expected = model.predict(texts, k=3)  # threads have been started
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(model.predict, [texts, texts]) == [model.predict(texts)] * 2
    assert model.predict(texts, k=3) == expected


def test_models_are_freed(texts):
    def memory():
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def use():
        model = newsclf.load(MODEL)
        model.predict(texts)
        pickle.dumps(model)
        model.explain(MOON)

    for _ in range(50):
        use()
    gc.collect()
    before = memory()
    for _ in range(300):
        use()
    assert memory() - before < 8e6


def test_importing_takes_only_what_is_needed():
    script = ("import sys, newsclf; m = newsclf.load(sys.argv[1]); m.predict('comet'); "
              "print(*sys.modules)")
    modules = subprocess.run([sys.executable, "-c", script, str(MODEL)], check=True,
                             stdout=subprocess.PIPE, encoding="utf-8").stdout.split()
    assert not {"numpy", "json", "subprocess", "sklearn", "torch", "tempfile"} & set(modules)


def test_a_missing_library_is_an_import_error_that_says_what_to_do(tmp_path):
    done = subprocess.run([sys.executable, "-c", "import newsclf"], encoding="utf-8", check=False,
                          stderr=subprocess.PIPE,
                          env={**os.environ, "NEWSCLF_LIBRARY": str(tmp_path / "none.so")})
    assert done.returncode == 1 and "ImportError: newsclf: " in done.stderr
    assert "set NEWSCLF_LIBRARY" in done.stderr
