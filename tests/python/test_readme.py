# SPDX-License-Identifier: MIT
"""The Python session in the README prints what the README shows."""
import doctest
import re

import pytest

from conftest import PROJECT, needs_libtorch, program
from newsclf import _training

README = PROJECT / "README.md"
POSTS = PROJECT / "data/20news/20news-bydate-train"


@needs_libtorch
@pytest.mark.skipif(not (README.exists() and POSTS.exists()), reason="needs the README and posts")
def test_the_session_in_the_readme_prints_what_it_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program("train", POSTS, "--labels", "comp.graphics,rec.sport.baseball,sci.space",
            "-o", "news.safetensors", "-q", env=_training._environment())
    [session] = re.findall(r"^```pycon\n(.*?)^```$", README.read_text(encoding="utf-8"),
                           re.DOTALL | re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(session, {}, "README.md", None, 0)
    assert len(test.examples) >= 5
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed == 0
