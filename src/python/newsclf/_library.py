# SPDX-License-Identifier: MIT
"""libnewsclf.so through ctypes: the structs and functions of newsclf.h, and its status codes as
exceptions. ctypes releases the interpreter lock while a function runs."""
from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char_p, c_float, c_int, c_int32, c_size_t, c_void_p


class Error(Exception):
    """A model file cannot be used, or training failed.

    The message is one line: where, what is wrong, what to do.
    """

    __module__ = "newsclf"  # its public name, in tracebacks


class Options(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("threads", c_int), ("max_document", c_size_t)]


class Answers(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("k", c_size_t), ("labels", c_void_p),
                ("probabilities", c_void_p), ("confidences", c_void_p), ("answered", c_void_p),
                ("known_tokens", c_void_p)]


class Text(ctypes.Structure):
    _fields_ = [("data", c_char_p), ("size", c_size_t)]


class Reason(ctypes.Structure):
    _fields_ = [("token", c_void_p), ("token_size", c_size_t), ("contribution", c_float)]


class Word(ctypes.Structure):
    _fields_ = [("begin", c_size_t), ("end", c_size_t), ("contribution", c_float)]


def _load_library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"newsclf: {error}; install newsclf again, or set NEWSCLF_LIBRARY to "
                          "libnewsclf.so of a build") from None
    count, text, model = POINTER(c_size_t), c_void_p, c_void_p
    for name, result, *arguments in (
            ("version", c_char_p),
            ("last_error", c_char_p),
            ("load", c_int, c_char_p, POINTER(c_void_p)),
            ("load_bytes", c_int, c_char_p, c_size_t, POINTER(c_void_p)),
            ("save_bytes", c_int, model, c_void_p, c_size_t, count),
            ("free", None, model),
            ("label_count", c_size_t, model),
            ("label", c_char_p, model, c_size_t),
            ("info", c_char_p, model),
            ("predict", c_int, model, text, c_size_t, POINTER(Options), POINTER(Answers)),
            ("predict_proba", c_int, model, text, c_size_t, POINTER(Options), c_void_p),
            ("explain", c_int, model, Text, c_int32, POINTER(Options), c_void_p, count, c_void_p,
             count)):
        function = getattr(library, f"newsclf_{name}")
        function.restype, function.argtypes = result, arguments
    return library


path = os.environ.get("NEWSCLF_LIBRARY") or os.path.join(os.path.dirname(__file__), "libnewsclf.so")
library = _load_library()

OK, INVALID_ARGUMENT, NOT_FOUND, CANNOT_READ, BAD_MODEL, NO_MEMORY = range(6)


def version() -> str:
    text: bytes = library.newsclf_version()
    return text.decode()


def check(status: int) -> None:
    """Raises the exception for the status of the call that this thread has just made."""
    if status == OK:
        return
    message = library.newsclf_last_error().decode(errors="replace")
    if status == NO_MEMORY:
        raise MemoryError(message)
    raise {INVALID_ARGUMENT: ValueError, NOT_FOUND: FileNotFoundError,
           CANNOT_READ: OSError}.get(status, Error)(message)
