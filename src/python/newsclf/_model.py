# SPDX-License-Identifier: MIT
"""A trained model: labels, probabilities, explanations."""
from __future__ import annotations

import operator
import os
from array import array
from ctypes import (addressof, byref, c_char_p, c_float, c_int32, c_size_t, c_uint8, c_void_p,
                    create_string_buffer, sizeof, string_at)
from typing import (TYPE_CHECKING, Any, Dict, Iterable, List, NamedTuple, Optional, Tuple, Union,
                    overload)

from . import _library
from ._library import Answers, Options, Reason, Text, Word, check, library
from ._texts import Texts, blocks, describe, encode

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


Path = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]


class Answer(NamedTuple):
    """What `newsclf predict` prints for a text, and what it is based on."""

    #: The most probable label, also if `answered` is False.
    label: str
    #: Its probability.
    probability: float
    #: The probability times the share of words that the model knows.
    confidence: float
    #: Whether the confidence reaches the threshold that `newsclf threshold` has stored in the
    #: model. Where it does not, the program answers `unknown`. True if there is no threshold.
    answered: bool
    #: How many distinct tokens of the text the model knows. With 0, the answer is a guess.
    known_tokens: int


class Explanation(NamedTuple):
    """What speaks for and against a label of a text. Notebooks show it as the marked text."""

    text: str
    label: str
    #: The probability of `label`.
    probability: float
    #: (token, contribution to the logit), by decreasing absolute contribution.
    tokens: List[Tuple[str, float]]
    #: (begin, end, contribution): words in order; ``text[begin:end]`` is the word.
    words: List[Tuple[int, int, float]]

    def __str__(self) -> str:
        tokens = ", ".join(f"{token} {value:+.4g}" for token, value in self.tokens[:10])
        more = f", and {len(self.tokens) - 10} more" if len(self.tokens) > 10 else ""
        return f"{self.label} {self.probability:.4g}: {tokens or 'no known tokens'}{more}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape
        strongest = max((abs(value) for _, _, value in self.words), default=0.0)
        parts, position = [], 0
        for begin, end, value in self.words:
            if abs(value) < 0.02 * strongest or value == 0:
                continue
            # Solid underline: for the label; dashed: against it. Also readable without colour.
            colour, line = ("46,160,67", "solid") if value > 0 else ("218,54,51", "dashed")
            parts += [escape(self.text[position:begin]),
                      f'<mark title="{value:+.3f}" style="color:inherit;'
                      f"text-decoration:underline {line};"
                      f'background:rgba({colour},{0.55 * abs(value) / strongest:.2f})">'
                      f"{escape(self.text[begin:end])}</mark>"]
            position = end
        return (f"<p><b>{escape(self.label)}</b> {self.probability:.4g}</p>"
                f'<p style="white-space:pre-wrap">{"".join(parts)}'
                f"{escape(self.text[position:])}</p>")


class _Handle:
    """Owns a newsclf_model. A running call holds a reference, so that closing a model that another
    thread uses frees it after that thread's call."""

    def __init__(self, pointer: c_void_p) -> None:
        self._as_parameter_ = pointer

    def __del__(self, free: Any = library.newsclf_free) -> None:
        free(self._as_parameter_)


class Model:
    """A trained model, made by `newsclf.load` or `newsclf.train`.

    Any number of threads may use a model at the same time. It can be copied, pickled, and used
    after a fork. It is also a context manager, which closes it at the end. After `close`, methods
    raise ValueError.

    Where a method takes `texts`, they are one str, or an iterable of str: a list, a tuple, an
    iterator, a NumPy array, a pandas or polars Series. For one str, the result is that of the text,
    for an iterable a list (or array) with one result per text, in order. The result for a text
    depends neither on the other texts nor on the number of threads.

    Attributes
    ----------
    threads : int
        Number of threads that label the texts of one call; 0: one per processor.

    Raises
    ------
    TypeError
        If `texts`, or one of them, is not text. The message names its position.
    UnicodeEncodeError
        If a text contains lone surrogates; it is a ValueError.
    ValueError
        If the model is closed, or an argument is out of range.
    """

    threads: int

    def __init__(self, handle: _Handle, threads: int = 0) -> None:
        if not isinstance(handle, _Handle):
            raise TypeError("use newsclf.load(path)")
        self._handle: Optional[_Handle] = handle
        self.threads = threads
        self._labels: List[str] = [library.newsclf_label(handle, label).decode()
                                   for label in range(library.newsclf_label_count(handle))]

    # ---- life ------------------------------------------------------------------------------------

    def close(self) -> None:
        """Free the memory of the model. Calls that are running in other threads still finish."""
        self._handle = None

    @property
    def closed(self) -> bool:
        """Whether the model is closed."""
        return self._handle is None

    def _opened(self) -> _Handle:
        handle = self._handle
        if handle is None:
            raise ValueError("the model is closed")
        return handle

    def __enter__(self) -> Model:
        self._opened()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __copy__(self) -> Model:
        return Model(self._opened(), self.threads)  # shared: a model never changes

    def __deepcopy__(self, _: Dict[int, Any]) -> Model:
        return self.__copy__()

    def __reduce__(self) -> Tuple[Any, ...]:
        return _from_bytes, (self._bytes(), self.threads)

    def __repr__(self) -> str:
        return f"<newsclf.Model, {'closed' if self.closed else f'{len(self._labels)} labels'}>"

    # ---- what is in it ---------------------------------------------------------------------------

    @property
    def labels(self) -> List[str]:
        """The C labels, sorted: the order of the columns of `predict_proba`."""
        self._opened()
        return list(self._labels)

    def info(self) -> Dict[str, Any]:
        """Return what ``newsclf info --json`` prints: options, sizes, the record of training."""
        import json
        handle = self._opened()
        info = library.newsclf_info(handle)
        if info is None:
            raise MemoryError("newsclf: no memory for the description of a model")
        described: Dict[str, Any] = json.loads(info)
        return described

    def save(self, path: Path) -> None:
        """Write the model to a file. If it exists, replace it and keep its permissions.

        The file appears complete or not at all. A model saved twice gives the same bytes.

        Raises
        ------
        OSError
            If the file cannot be written, or is not a regular file; an existing file is then
            unchanged.
        """
        import errno
        import stat
        content = self._bytes()
        if not os.fspath(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        target = os.path.realpath(os.fsdecode(path))
        mode = os.stat(target).st_mode if os.path.exists(target) else None
        if mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise FileExistsError(errno.EEXIST, "exists and is not a regular file", path)
        temporary = f"{target}.{os.getpid()}-{id(content):x}"
        with open(temporary, "xb") as file:
            try:
                if mode is not None:
                    os.fchmod(file.fileno(), mode & 0o777)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                os.replace(temporary, target)
            except BaseException:
                os.unlink(temporary)
                raise

    def _bytes(self) -> bytes:
        handle = self._opened()
        size = c_size_t()
        check(library.newsclf_save_bytes(handle, None, 0, byref(size)))
        content = create_string_buffer(size.value)
        check(library.newsclf_save_bytes(handle, content, size, byref(size)))
        return content.raw

    # ---- predicting ------------------------------------------------------------------------------

    @overload
    def predict(  # type: ignore[overload-overlap]
        self, texts: str, k: None = ...) -> str: ...
    @overload
    def predict(  # type: ignore[overload-overlap]
        self, texts: str, k: int) -> List[Tuple[str, float]]: ...
    @overload
    def predict(self, texts: Iterable[str], k: None = ...) -> List[str]: ...
    @overload
    def predict(self, texts: Iterable[str], k: int) -> List[List[Tuple[str, float]]]: ...

    def predict(self, texts: Texts, k: Optional[int] = None) -> Any:
        """Label texts.

        The most probable label is always returned, also where the program answers `unknown`: see
        `answer`.

        Parameters
        ----------
        texts : str or iterable of str
        k : int, optional
            Return the `k` most probable labels with their probabilities, 1 to C.

        Returns
        -------
        str, or list of (str, float) if `k` is given
            For one str: the label, or `k` pairs of label and probability, most probable first.
        list of these
            For an iterable; empty if it is empty.
        """
        handle = self._opened()
        width = 1 if k is None else operator.index(k)
        if not 1 <= width <= len(self._labels):
            raise ValueError(f"k must be from 1 to {len(self._labels)}, got {k}")
        results: List[Any] = []
        for block in blocks(texts):
            ids = (c_int32 * (block.size * width))()
            probabilities = None if k is None else (c_float * len(ids))()
            self._ask(handle, block, width, ids, probabilities)
            names = map(self._labels.__getitem__, ids)
            if probabilities is None:
                results += names
            else:
                pairs = list(zip(names, probabilities))
                results += [pairs[i:i + width] for i in range(0, len(pairs), width)]
        return results[0] if isinstance(texts, str) else results

    @overload
    def answer(self, texts: str) -> Answer: ...  # type: ignore[overload-overlap]
    @overload
    def answer(self, texts: Iterable[str]) -> List[Answer]: ...

    def answer(self, texts: Texts) -> Any:
        """Label texts, and tell how far the labels can be relied on.

        Parameters
        ----------
        texts : str or iterable of str

        Returns
        -------
        Answer, or list of Answer
        """
        handle = self._opened()
        results: List[Answer] = []
        for block in blocks(texts):
            n = block.size
            ids, probabilities, confidences = (c_int32 * n)(), (c_float * n)(), (c_float * n)()
            answered, known = (c_uint8 * n)(), (c_size_t * n)()
            self._ask(handle, block, 1, ids, probabilities, confidences, answered, known)
            results += map(Answer, map(self._labels.__getitem__, ids), probabilities, confidences,
                           map(bool, answered), known)
        return results[0] if isinstance(texts, str) else results

    def _ask(self, handle: _Handle, block: Any, k: int, *arrays: Any) -> None:
        addresses = [None if array is None else addressof(array) for array in arrays]
        answers = Answers(sizeof(Answers), k, *addresses)
        check(library.newsclf_predict(handle, block.address, block.size, byref(self._options()),
                                      byref(answers)))

    def _options(self) -> Options:
        threads = operator.index(self.threads)
        if not 0 <= threads < 1 << 31:
            raise ValueError(f"threads must be from 0 to {(1 << 31) - 1}, got {threads}")
        return Options(sizeof(Options), threads, 0)

    def predict_proba(self, texts: Texts) -> NDArray[numpy.float32]:
        """Return the probability of every label.

        Parameters
        ----------
        texts : str or iterable of str

        Returns
        -------
        numpy.ndarray of float32 [n, C], [C] for one str
            Columns in the order of `labels`; rows add up to 1. Without NumPy: lists of float.
        """
        handle = self._opened()
        width = len(self._labels)
        numbers = array("f")
        for block in blocks(texts):
            part = array("f", bytes(4 * block.size * width))
            check(library.newsclf_predict_proba(handle, block.address, block.size,
                                                byref(self._options()), part.buffer_info()[0]))
            numbers.extend(part)
        try:
            import numpy
        except ImportError:
            rows: Any = [numbers[i:i + width].tolist() for i in range(0, len(numbers), width)]
        else:
            rows = numpy.frombuffer(numbers, numpy.float32).reshape(len(numbers) // width, width)
        return rows[0] if isinstance(texts, str) else rows  # type: ignore[no-any-return]

    def explain(self, text: str, label: Optional[str] = None) -> Explanation:
        """Attribute a label of one text to its words, by integrated gradients.

        The contributions of the tokens add up to the difference between the logits of the text and
        of an empty text.

        Parameters
        ----------
        text : str
        label : str, optional
            One of `labels`; by default the most probable one.

        Returns
        -------
        Explanation
        """
        handle = self._opened()
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, got {describe(text)}")
        [encoded] = encode([text], 0, "text")
        probabilities = self.predict_proba(text)
        number = max(range(len(self._labels)), key=probabilities.__getitem__)
        if label is not None:
            if label not in self._labels:
                raise ValueError(f"label must be one of {self._labels}, got {label!r}")
            number = self._labels.index(label)
        room = 512
        while True:
            reasons, words = (Reason * room)(), (Word * room)()
            reason_count, word_count = c_size_t(room), c_size_t(room)
            check(library.newsclf_explain(handle, Text(encoded, len(encoded)), number,
                                          byref(self._options()), reasons, byref(reason_count),
                                          words, byref(word_count)))
            if max(reason_count.value, word_count.value) <= room:
                break
            room = max(reason_count.value, word_count.value)
        return Explanation(
            text, self._labels[number], float(probabilities[number]),
            [(string_at(reason.token, reason.token_size).decode(), reason.contribution)
             for reason in reasons[:reason_count.value]],
            _in_characters(words[:word_count.value], encoded))


def _in_characters(words: List[Any], encoded: bytes) -> List[Tuple[int, int, float]]:
    """Turns positions of bytes, which increase, into positions of characters."""
    positions, byte, character = [], 0, 0
    for word in words:
        for at in (word.begin, word.end):
            character += len(encoded[byte:at].decode())
            byte = at
            positions.append(character)
    return [(begin, end, word.contribution)
            for begin, end, word in zip(positions[0::2], positions[1::2], words)]


def load(path: Path) -> Model:
    """Load a model file, as written by ``newsclf train`` or `Model.save`.

    The whole file is checked, and nothing in it is executed. It may be replaced or removed
    afterwards.

    Raises
    ------
    FileNotFoundError, PermissionError, OSError
        If the file cannot be read.
    newsclf.Error
        If it is not a model, is damaged, or belongs to another version of newsclf.
    """
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError(f"embedded null byte in {path!r}")
    pointer = c_void_p()
    status = library.newsclf_load(name, byref(pointer))
    if status in (_library.NOT_FOUND, _library.CANNOT_READ):
        # Raises the OSError with errno and file name; does not wait for the writer of a FIFO.
        open(path, "rb", opener=lambda file, flags: os.open(file, flags | os.O_NONBLOCK)).close()
    check(status)
    return Model(_Handle(pointer))


def _from_bytes(content: bytes, threads: int) -> Model:
    pointer = c_void_p()
    check(library.newsclf_load_bytes(c_char_p(content), len(content), byref(pointer)))
    return Model(_Handle(pointer), threads)
