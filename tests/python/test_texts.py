# SPDX-License-Identifier: MIT
"""What counts as texts, and what is refused."""
import array
from pathlib import Path

import pytest

WORDS = ["a telescope and a moon", "", "a bike on the hill", "Télescope\0moon 🚲"]


def several(model):
    return [model.predict, model.predict_proba, model.answer]


def as_lists(result):
    return result.tolist() if hasattr(result, "tolist") else result


@pytest.mark.parametrize("kind", [tuple, iter, lambda texts: (text for text in texts),
                                  lambda texts: dict.fromkeys(texts).keys()])
def test_any_iterable_of_texts_gives_the_results_of_a_list(model, kind):
    for method in several(model):
        assert as_lists(method(kind(WORDS))) == as_lists(method(WORDS))


def test_numpy_arrays_of_strings_and_of_objects_are_texts(model):
    numpy = pytest.importorskip("numpy")
    words = WORDS[:3]  # an array of strings drops trailing NULs
    for kind in (None, object):
        assert model.predict(numpy.array(words, dtype=kind)) == model.predict(words)
    assert model.predict(numpy.array(words)[0]) == model.predict(words[0])


def test_series_of_pandas_are_texts(model):
    pandas = pytest.importorskip("pandas")
    series = pandas.Series(WORDS, index=[9, 8, 7, 6])
    assert model.predict(series) == model.predict(WORDS)
    with pytest.raises(TypeError, match=r"texts\[1\] must be a str, got NaN"):
        model.predict(pandas.Series(["a", float("nan")], dtype=object))
    with pytest.raises(TypeError, match="texts must be a list"):
        model.predict(pandas.DataFrame({"text": WORDS}))


def test_series_of_polars_are_texts(model):
    polars = pytest.importorskip("polars")
    assert model.predict(polars.Series(WORDS)) == model.predict(WORDS)
    with pytest.raises(TypeError, match=r"texts\[0\] must be a str, got Series"):
        model.predict(polars.DataFrame({"text": WORDS}))


def test_one_text_gives_one_result_and_is_not_read_by_characters(model):
    for method in several(model):
        one, [same] = method(WORDS[0]), method([WORDS[0]])
        assert as_lists(one) == as_lists(same)


def test_no_texts_give_no_results(model):
    assert model.predict([]) == model.predict(iter(())) == model.answer([]) == []
    assert model.predict([], k=2) == []
    proba = model.predict_proba([])
    assert getattr(proba, "shape", (len(proba), 3)) == (0, 3)


@pytest.mark.parametrize("wrong, kind", [(None, "None"), (b"bytes", "bytes"), (3, "int"),
                                         (float("nan"), "NaN"), (1.5, "float"), (["a"], "list")])
def test_what_is_not_text_is_a_type_error_that_names_the_position(model, wrong, kind):
    for method in several(model):
        with pytest.raises(TypeError, match=rf"texts\[70\] must be a str, got {kind}$"):
            method(["a"] * 70 + [wrong])


@pytest.mark.parametrize("wrong", [None, b"bytes", bytearray(b"x"), 3, 1.5, {"a": 1}, Path("a"),
                                   memoryview(b"x"), object()])
def test_what_holds_no_texts_is_a_type_error(model, wrong):
    for method in several(model):
        with pytest.raises(TypeError, match="texts must be a list"):
            method(wrong)


def test_numbers_and_matrices_are_type_errors(model):
    with pytest.raises(TypeError, match=r"texts\[0\] must be a str, got int"):
        model.predict(array.array("i", [1]))
    numpy = pytest.importorskip("numpy")
    for wrong in (numpy.array([["a"]]), numpy.array("a"), numpy.zeros((2, 2))):
        with pytest.raises(TypeError, match="texts must be a list"):
            model.predict(wrong)


def test_lone_surrogates_are_a_value_error_that_names_the_position(model):
    for method in several(model):
        with pytest.raises(UnicodeEncodeError, match=r"surrogates not allowed, in texts\[65\]"):
            method(["a"] * 65 + ["b\ud800"])
        with pytest.raises(ValueError, match=r"in texts\[0\]"):
            method("\udfff")


def test_an_error_of_an_iterator_comes_through(model):
    def broken():
        yield "a"
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        model.predict(broken())


def test_many_texts_and_long_texts_are_read_in_blocks(model):
    many = [f"moon {i}" for i in range(9000)]
    assert model.predict(iter(many)) == model.predict(many)
    assert len(model.predict_proba(many)) == 9000
    long = ["moon " * 2_000_000] * 8  # 96 MB: more than one block
    assert model.predict(iter(long)) == [model.predict("moon")] * 8
