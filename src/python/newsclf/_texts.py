# SPDX-License-Identifier: MIT
"""Texts as the C interface takes them: arrays of struct newsclf_text, a few thousand at a time."""
from __future__ import annotations

from array import array
from collections.abc import Mapping
from ctypes import c_char_p
from itertools import islice
from typing import Any, Iterable, Iterator, List, NamedTuple, Union

#: One text, or any iterable of texts: a list, an iterator, a NumPy array, a Series.
Texts = Union[str, Iterable[str]]

_MOST_TEXTS, _MOST_BYTES, _AT_A_TIME = 4096, 1 << 25, 64


class Block(NamedTuple):
    encoded: List[bytes]  # owns what `structs` points to
    structs: array[int]  # newsclf_text[count]: address, size, address, size, ...

    @property
    def size(self) -> int:
        return len(self.encoded)

    @property
    def address(self) -> int:
        return self.structs.buffer_info()[0]


def blocks(texts: Texts) -> Iterator[Block]:
    """Encodes each text once. Reads an iterator piece by piece, so that memory stays bounded."""
    rest = iter([texts] if isinstance(texts, str) else one_dimensional(texts, "texts"))
    position = 0
    while True:
        encoded: List[bytes] = []
        size = 0
        while len(encoded) < _MOST_TEXTS and size < _MOST_BYTES:
            piece = encode(list(islice(rest, _AT_A_TIME)), position)
            if not piece:
                break
            encoded += piece
            position += len(piece)
            size += sum(map(len, piece))
        if not encoded:
            return
        structs = array("Q", bytes(16 * len(encoded)))
        structs[0::2] = array("Q", bytes((c_char_p * len(encoded))(*encoded)))
        structs[1::2] = array("Q", map(len, encoded))
        yield Block(encoded, structs)


def encode(texts: List[Any], first: int = 0, name: str = "texts") -> List[bytes]:
    """The texts in UTF-8. `first` is the position of the first one, for messages."""
    try:
        return list(map(str.encode, texts))
    except (TypeError, UnicodeEncodeError):
        for position, text in enumerate(texts, first):
            if not isinstance(text, str):
                raise TypeError(
                    f"{name}[{position}] must be a str, got {describe(text)}") from None
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise UnicodeEncodeError(error.encoding, error.object, error.start, error.end,
                                         f"{error.reason}, in {name}[{position}]") from None
        raise


def one_dimensional(values: Any, name: str) -> Iterable[Any]:
    """Refuses what has an iterator that does not give texts or labels: a string (its characters),
    a mapping or a DataFrame (its names), a matrix (its rows)."""
    if (isinstance(values, (str, bytes, bytearray, memoryview, Mapping))
            or getattr(values, "ndim", 1) != 1 or not hasattr(values, "__iter__")):
        raise TypeError(f"{name} must be a list, an iterator or a one-dimensional array of str, "
                        f"got {describe(values)}")
    return values  # type: ignore[no-any-return]


def describe(value: Any) -> str:
    is_nan = isinstance(value, float) and value != value
    return "NaN" if is_nan else "None" if value is None else type(value).__name__
