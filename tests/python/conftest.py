# SPDX-License-Identifier: MIT
"""What the tests share. They run against a build (run.py) or an installed wheel
(scripts/build_wheel.sh --test), and read models and documents of the checkout they are in."""
import importlib.util
import json
import os
import subprocess
from pathlib import Path

import pytest

import newsclf
from newsclf import _training

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "data/sample"
MODEL = PROJECT / "tests/fixtures/model/model.safetensors"
QUICK = {"epochs": 3, "hidden": [16, 8]}


def sample(part):
    """(texts, labels) of data/sample/train or test."""
    files = sorted(file for file in (SAMPLE / part).glob("*/*"))
    return ([file.read_text(encoding="utf-8", errors="replace") for file in files],
            [file.parent.name for file in files])


def program(*words, **options):
    """Runs the program that belongs to the package. @returns its standard output"""
    done = subprocess.run([_training._program()[-1], *map(str, words)], stdout=subprocess.PIPE,
                          encoding="utf-8", check=True, **options)
    return done.stdout


def answers_of_program(model, texts, *options):
    """One JSON object per text from `newsclf predict`."""
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    return [json.loads(line) for line in program(
        "predict", model, "-", "--format", "jsonl", "--output-format", "jsonl", "-q", *options,
        input=lines).splitlines()]


def libtorch():
    """The folder of LibTorch, or None."""
    spec = importlib.util.find_spec("torch")
    folder = spec.submodule_search_locations[0] if spec else os.environ.get("NEWSCLF_LIBTORCH")
    return folder and Path(folder)


needs_libtorch = pytest.mark.skipif(not libtorch(), reason="needs torch, or NEWSCLF_LIBTORCH")


@pytest.fixture
def model():
    with newsclf.load(MODEL) as loaded:
        yield loaded


@pytest.fixture(scope="session")
def texts():
    return sample("test")[0]
