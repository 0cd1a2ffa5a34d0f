# SPDX-License-Identifier: MIT
"""Labelled texts from source code that a Debian or Ubuntu machine holds: docstrings and messages in
Python modules, and comments in several languages."""
import ast
import random
import re
import sysconfig
import warnings
from functools import lru_cache
from typing import List, NamedTuple

from local_texts import Text, files_under, joined, text_of

FILES_PER_MODULE = 150  # the largest packages have thousands
LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3"}


# ---- Python -------------------------------------------------------------------------------------


class PythonTexts(NamedTuple):
    docstrings: List[Text]
    errors: List[Text]
    logs: List[Text]


LEVELS = {"debug": "debug", "info": "info", "warn": "warning", "warning": "warning",
          "error": "error", "exception": "error", "critical": "error"}


def python_files(root):
    """(top-level module, file) of the modules that this Python and Debian's have."""
    paths = sysconfig.get_paths()
    of_module = {}
    for path in (paths["stdlib"], paths["purelib"], "/usr/lib/python3/dist-packages"):
        folder = root / path.lstrip("/")
        for file in files_under(folder):
            parts = file.relative_to(folder).with_suffix("").parts
            if file.suffix == ".py" and not LEFT_OUT.intersection(parts):
                of_module.setdefault(parts[0], {})[file] = None  # once, if folders are the same
    for module, files in sorted(of_module.items()):
        for file in random.Random(0).sample(list(files), min(FILES_PER_MODULE, len(files))):
            yield module, file


def message_in(node):
    """The text of a string literal, with {} for what is filled in at run time; otherwise None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}"
                       for part in node.values)
    if isinstance(node, ast.BinOp):
        left, right = message_in(node.left), message_in(node.right)
        return left if isinstance(node.op, ast.Mod) else (left or "") + (right or "")
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "format":
        return message_in(node.func.value)
    return None


@lru_cache(None)
def python_texts(root):
    texts = PythonTexts([], [], [])
    for module, file in python_files(root):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text_of(file))
        except (SyntaxError, ValueError, RecursionError):
            continue
        for part in tree.body:  # docstrings of one class may be near-copies
            _add_docstrings(texts.docstrings, f"{file}:{part.lineno}", module, part)
            _add_messages(texts, str(file), part)
    return texts


def _add_docstrings(docstrings, key, module, part):
    for node in ast.walk(part):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            text = ast.get_docstring(node)
            if text and len(text) > 20:
                docstrings.append(Text(key, module, joined(text)))


def _add_messages(texts, key, part):
    """Messages of more than one word, labelled with the type of the exception or the log level."""
    for node in ast.walk(part):
        kept, call = (texts.errors, node.exc) if isinstance(node, ast.Raise) else (texts.logs, node)
        if isinstance(call, ast.Call) and call.args:
            name = getattr(call.func, "attr", None) or getattr(call.func, "id", "")
            if kept is texts.logs:
                name = LEVELS.get(name) if isinstance(call.func, ast.Attribute) else None
            text = message_in(call.args[0]) if name else None
            if text and " " in text:
                kept.append(Text(key, name, joined(text)))


def docstrings(root):
    return python_texts(root).docstrings


def log_messages(root):
    return python_texts(root).logs


def error_messages(root, *types):
    """Of all types if none is named."""
    return [text for text in python_texts(root).errors if not types or text.label in types]


# ---- comments -----------------------------------------------------------------------------------

BLOCKS = r"/\*[\s\S]*?\*/"


def lines_after(mark):
    return rf"(?:^[ \t]*{mark}.*\n)+"


HASH = lines_after("#(?!!)")
SLASHES = f"{BLOCKS}|{lines_after('//')}"
LANGUAGES = {  # suffix: (language, pattern of its comments)
    ".h": ("C", SLASHES), ".hpp": ("C++", SLASHES), ".tcc": ("C++", SLASHES),
    ".cmake": ("CMake", HASH), ".conf": ("configuration", HASH), ".go": ("Go", SLASHES),
    ".java": ("Java", SLASHES), ".js": ("JavaScript", SLASHES), ".lua": ("Lua", lines_after("--")),
    ".el": ("Lisp", lines_after(";")), ".m4": ("m4", lines_after("(?:#|dnl)")),
    ".php": ("PHP", SLASHES), ".pl": ("Perl", HASH), ".pm": ("Perl", HASH), ".py": ("Python", HASH),
    ".rb": ("Ruby", HASH), ".rs": ("Rust", SLASHES), ".sh": ("shell", HASH), ".tcl": ("Tcl", HASH),
    ".ts": ("TypeScript", SLASHES), ".vim": ("Vim", lines_after('"')), ".yaml": ("YAML", HASH)}
MARKS = r"^[ \t]*(?:#+|//+|/?\*+/?|dnl|--+|;+|\")|\*/"


def comments(root):
    """The second to fourth of each file; the first one is often a licence."""
    for file in files_under(*(root / folder for folder in ("usr/include", "usr/lib", "usr/share"))):
        if file.suffix in LANGUAGES:
            language, pattern = LANGUAGES[file.suffix]
            for comment in re.findall(pattern, text_of(file)[:60000], re.MULTILINE)[1:4]:
                text = joined(re.sub(MARKS, "", comment, flags=re.MULTILINE))
                if len(text) > 20 and "copyright" not in text.lower():
                    yield Text(str(file), language, text)
