# SPDX-License-Identifier: MIT
"""Training: runs the program `newsclf`, which loads LibTorch, as a child process."""
from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List

from . import _library
from ._library import Error
from ._model import Model, load
from ._texts import describe, encode, one_dimensional

if TYPE_CHECKING:
    import socket
    from subprocess import Popen

# Options that decide what `train` itself decides.
_RESERVED = {"output", "force", "format", "config", "print_config", "quiet", "help", "help_all",
             "text_column", "label_column", "id_column"}


def train(texts: Iterable[str], labels: Iterable[str], *, verbose: bool = False,
          **options: Any) -> Model:
    """Train a model, as ``newsclf train`` does.

    Needs LibTorch: ``pip install newsclf[train]``. The same texts, labels, options and seed give
    the same model, for any number of threads.

    Parameters
    ----------
    texts : iterable of str
    labels : iterable of str
        One label per text; white space around a label is removed.
    verbose : bool
        Print the progress of the training to stderr. Otherwise only warnings are issued, by the
        module warnings.
    **options
        The options of ``newsclf train``, which ``newsclf train --help-all`` describes: ``epochs=3``
        is ``--epochs 3``, ``word_ngrams="1-2"`` is ``--word-ngrams 1-2``, ``keep_case=True`` is
        ``--keep-case``, ``hidden=[64, 32]`` is ``--hidden 64,32``, and
        ``class_weight={"sci.space": 2}`` writes the file for ``--class-weight``. None and False
        leave an option out.

    Returns
    -------
    Model

    Raises
    ------
    TypeError
        If there is no such option, or a text or label is not a str.
    ValueError
        If the value of an option is not allowed, a label is empty, or there are not as many labels
        as texts.
    newsclf.Error
        If LibTorch is missing, or training fails: the message of the program.
    """
    return train_for_caller(texts, labels, verbose, options)


def train_for_caller(texts: Iterable[str], labels: Iterable[str], verbose: bool,
                     options: Dict[str, Any]) -> Model:
    """Trains; warnings name the line that called the caller of this function."""
    import socket
    import subprocess
    import tempfile
    with tempfile.TemporaryDirectory(prefix="newsclf-") as folder:
        model = os.path.join(folder, "model")
        words = [*_program(), "train", "-", "--format", "jsonl", "-o", model,
                 *([] if verbose else ["-q"]), *_words(options, folder)]
        # A socket, not a pipe: a process forked meanwhile would keep a pipe open for writing. A
        # session of its own: Ctrl-C in a terminal signals this process only.
        ours, theirs = socket.socketpair()
        ours.settimeout(None)  # whatever socket.setdefaulttimeout says
        with ours:
            with theirs:
                child = subprocess.Popen(words, stdin=theirs.fileno(), stdout=subprocess.DEVNULL,
                                         stderr=subprocess.PIPE, env=_environment(),
                                         start_new_session=True)
            messages = _run(child, ours, _records(texts, labels), verbose,
                            patience=600 if options.get("checkpoint") else 5)
        if child.returncode != 0:
            raise _failure(child.returncode, messages, words, options)
        if not verbose and messages:
            import warnings
            for message in messages:
                warnings.warn(f"newsclf: {message}", stacklevel=3)
        return load(model)


# ---- the command line ----------------------------------------------------------------------------


def _program() -> List[str]:
    import shutil
    import sysconfig
    installed = os.path.dirname(os.path.dirname(__file__))
    folders = [os.path.dirname(_library.path),
               os.path.join(installed, "bin"),  # pip install --target
               os.path.join(installed, "../../../bin"),  # of site-packages, also with --user
               os.path.dirname(sys.executable or ""), sysconfig.get_path("scripts"),
               *os.get_exec_path()]
    # Never in the working folder.
    program = shutil.which("newsclf", path=os.pathsep.join(filter(os.path.isabs, folders)))
    if program is None:
        raise Error("newsclf: the program was not found; install the package newsclf again")
    # With setpriv, the kernel ends the program if this process is killed.
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []), program]


def _words(options: Mapping[str, Any], folder: str) -> Iterator[str]:
    for name, value in options.items():
        if name.replace("-", "_") in _RESERVED or "=" in name:
            raise TypeError(f"{name} is not an option of newsclf.train()")
        if value is None or value is False:
            continue
        if isinstance(value, Mapping):
            for key, number in value.items():
                if not 0 < number < float("inf"):
                    raise ValueError(f"{name}[{key!r}] must be a number above 0, got {number}")
            word = os.path.join(folder, name)
            with open(word, "x", encoding="utf-8") as file:
                file.writelines(f"{key}\t{number}\n" for key, number in value.items())
        elif isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) == 1:
            word = ",".join(map(str, value))
        else:
            word = os.fsdecode(value) if isinstance(value, (bytes, os.PathLike)) else str(value)
        if not word:  # the program would take the next word
            raise ValueError(f"{name} must not be empty")
        yield f"--{name.replace('_', '-')}={word}"  # one word: never taken for an input


def _environment() -> Mapping[str, str]:
    """Names the LibTorch of this Python to the program, unless the caller names one."""
    if os.environ.get("NEWSCLF_LIBTORCH"):
        return os.environ
    from importlib.util import find_spec
    torch = find_spec("torch")
    if torch is None or not torch.submodule_search_locations:
        raise Error("LibTorch: not found, but training needs it; pip install newsclf[train], or "
                    "set NEWSCLF_LIBTORCH to its folder")
    return {**os.environ, "NEWSCLF_LIBTORCH": torch.submodule_search_locations[0]}


def _failure(status: int, messages: List[str], words: List[str],
             options: Mapping[str, Any]) -> Exception:
    message = messages[-1] if messages else f"train: ended with status {status}"
    if status != 2:
        return Error(message)
    # A wrong command line: either there is no such option, or its value is wrong.
    import re
    import subprocess
    page = subprocess.run([*words[:words.index("train") + 1], "--help-all"], encoding="utf-8",
                          stdout=subprocess.PIPE, check=False).stdout
    known = set(re.findall(r"--([a-z0-9-]+)", page))
    unknown = {name.replace("_", "-") for name in options} - known
    return (TypeError if unknown else ValueError)(message)


# ---- the child process ---------------------------------------------------------------------------


def _records(texts: Iterable[str], labels: Iterable[str]) -> Iterator[bytes]:
    """A JSON array, not lines: the program refuses one that ends early, as it does if this process
    is killed."""
    import json
    missing: Any = object()
    yield b"["
    pairs = zip_longest(one_dimensional(texts, "texts"), one_dimensional(labels, "labels"),
                        fillvalue=missing)
    for position, (text, label) in enumerate(pairs):
        if text is missing or label is missing:
            raise ValueError("there must be as many labels as texts, but there are more "
                             f"{'labels' if text is missing else 'texts'}")
        encode([text], position)
        encode([label], position, "labels")
        if not label.strip():
            raise ValueError(f"labels[{position}] is empty")
        record = json.dumps({"text": text, "label": label}, ensure_ascii=False)
        yield (record if position == 0 else ",\n" + record).encode()
    yield b"]"


def _run(child: Popen[bytes], stdin: socket.socket, records: Iterator[bytes], verbose: bool,
         patience: float) -> List[str]:
    """Feeds the program and waits for it. If that fails, ends it within `patience` seconds, which
    it may need to write a checkpoint. @returns its messages"""
    import socket
    from contextlib import suppress
    from threading import Thread
    assert child.stderr is not None
    stderr, messages = child.stderr, []

    def read_messages() -> None:
        for line in stderr:
            message = line.decode(errors="replace").rstrip("\n")
            if verbose:
                with suppress(Exception):  # the program waits if nobody reads its messages
                    print(message, file=sys.stderr, flush=True)
            messages.append(message.removeprefix("newsclf: ").removeprefix("warning: "))

    reader = Thread(target=read_messages, daemon=True)
    reader.start()
    try:
        for record in records:
            try:
                stdin.sendall(record)
            except (BrokenPipeError, ConnectionResetError):
                break  # it has ended; its status and message tell why
        stdin.shutdown(socket.SHUT_WR)
        child.wait()
    finally:
        _end(child, patience)
        reader.join()
        stderr.close()
    return messages


def _end(child: Popen[bytes], patience: float) -> None:
    """Ends the program if it is still running."""
    from subprocess import TimeoutExpired
    try:
        if child.poll() is None:
            child.terminate()  # not SIGINT: the shell lets jobs in the background ignore it
            child.wait(patience)
    except TimeoutExpired:
        pass
    finally:  # also on a second Ctrl-C
        child.kill()
        child.wait()
