# SPDX-License-Identifier: MIT
"""Runs commands as whole processes, for their output or for their time and memory."""
import multiprocessing
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from report import Failure


def _failure(words, status, stderr):
    said = stderr.strip().splitlines() or ["no message; run it by hand"]
    return Failure(f"{Path(words[0]).name} {words[1]}: status {status}, {said[-1]}")


def output_of(*command, stdin=os.devnull):
    words = [str(word) for word in command]
    with open(stdin, "rb") as source:
        done = subprocess.run(words, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8", errors="replace")
    if done.returncode != 0:
        raise _failure(words, done.returncode, done.stderr)
    return done.stdout


def measured(command, stdin=os.devnull, stdout=os.devnull, feed=None):
    """Runs a command and returns its seconds, CPU seconds and peak memory. `feed`, if given, is
    written to its stdin piece by piece.

    A process inherits the peak memory of its parent, so no figure is below the memory of this
    process. To keep it small, everything that holds posts runs in a child (`in_child`)."""
    words = [str(word) for word in command]
    with open(stdin, "rb") as source, open(stdout, "wb") as target, \
            tempfile.TemporaryFile() as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(words, stdin=subprocess.PIPE if feed else source, stdout=target,
                                   stderr=stderr)
        if feed:
            _write_all(process.stdin, feed)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        stderr.seek(0)
        if process.returncode != 0:
            raise _failure(words, process.returncode, stderr.read().decode(errors="replace"))
    return {"wall_s": wall_s, "cpu_s": usage.ru_utime + usage.ru_stime,
            "peak_mb": usage.ru_maxrss * 1024 / 1e6}


def _write_all(pipe, pieces):
    """Stops when the reader exits; its exit status shows why."""
    try:
        with pipe:
            pipe.writelines(pieces)
    except BrokenPipeError:
        pass


def own_peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def in_child(function, *arguments):
    child = multiprocessing.get_context("fork").Process(target=function, args=arguments)
    child.start()
    child.join()
    if child.exitcode != 0:
        raise Failure(f"{function.__name__}: failed; see above")
