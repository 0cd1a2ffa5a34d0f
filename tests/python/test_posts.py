# SPDX-License-Identifier: MIT
"""The package gives the same bits as the program for every test post of 20 Newsgroups."""
import struct

import pytest

import newsclf
from conftest import PROJECT, answers_of_program, needs_libtorch

POSTS = PROJECT / "data/20news"


def posts(part):
    files = sorted((POSTS / f"20news-bydate-{part}").glob("*/*"))
    return ([file.read_bytes().decode(errors="replace") for file in files],
            [file.parent.name for file in files])


@needs_libtorch
@pytest.mark.skipif(not POSTS.exists(), reason="scripts/get_data.sh gets the posts")
def test_all_posts_get_the_probabilities_of_the_program(tmp_path):
    model = newsclf.train(*posts("train"))
    model.save(tmp_path / "model")
    texts, truth = posts("test")
    by_program = answers_of_program(tmp_path / "model", texts, "-k", "all")
    proba = model.predict_proba(texts)
    predicted = model.predict(texts)
    assert len(by_program) == len(proba) == len(predicted) == 7532
    for entry, row, label in zip(by_program, proba, predicted):
        ours = {name: struct.pack("f", p) for name, p in zip(model.labels, row)}
        assert ours == {top["label"]: struct.pack("f", top["probability"]) for top in entry["top"]}
        assert label == entry["label"]
    assert sum(map(str.__eq__, predicted, truth)) / len(truth) > 0.88
    one_by_one = [model.predict_proba(text) for text in texts[::50]]
    assert [list(row) for row in one_by_one] == [list(row) for row in proba[::50]]
