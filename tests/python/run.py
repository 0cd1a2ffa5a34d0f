# SPDX-License-Identifier: MIT
"""Runs the tests of the Python package against a build, in this Python.

    run.py BIN [ARGUMENT OF PYTEST]...    (BIN: the folder of libnewsclf.so and newsclf)

Exit status 77: skipped, pytest is not installed."""
import os
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
os.environ["NEWSCLF_LIBRARY"] = str(Path(sys.argv[1]).resolve() / "libnewsclf.so")
os.environ["PYTHONPATH"] = str(here.parents[1] / "src/python")  # for this and for child processes
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
try:
    import pytest  # noqa: F401
except ImportError:
    print("no pytest; scripts/setup.sh --all installs it", file=sys.stderr)
    sys.exit(77)
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(here),
                          *sys.argv[2:]])
