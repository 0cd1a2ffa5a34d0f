# SPDX-License-Identifier: MIT
"""Labelled texts that a Debian or Ubuntu machine holds: manual pages, package descriptions and
translated messages. source_texts.py reads source code; local_collections.py samples."""
import gettext
import gzip
import os
import re
import subprocess
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class Text(NamedTuple):
    """Texts with one key are likely to be near-copies, and stay on one side of a split."""
    key: str
    label: str
    text: str


# ---- files --------------------------------------------------------------------------------------


def files_under(*folders):
    """Regular files, sorted; symbolic links are other names of files found anyway."""
    for folder in folders:
        for parent, inner, names in os.walk(folder):
            inner.sort()
            for name in sorted(names):
                path = Path(parent, name)
                if path.is_file() and not path.is_symlink():
                    yield path


def text_of(path):
    """Empty if the file cannot be read."""
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError):
        return ""
    return content.decode("utf-8", errors="replace")


def joined(text):
    return " ".join(text.split())


# ---- manuals ------------------------------------------------------------------------------------

# Requests whose arguments are no text. .TH and .Dt give the section, which is the label.
NO_TEXT = r"[.'] *(TH|Dd|Dt|Os|\\\"|so|ds|de|nr|if|ie|el|in|ft|ad|hy|ne|sp|ti|\.)"


def without_roff(source):
    lines = (re.sub(r"^[.'] *[A-Za-z]{1,2}\b", "", line)
             for line in source.split("\n") if not re.match(NO_TEXT, line))
    text = re.sub(r"\\f(\[\w*\]|\(..|.)|\\s[-+]?\d|\\[&,/|^%]|\\\".*", "", "\n".join(lines))
    text = re.sub(r"\\\((..)|\\\[(\w+)\]|\\\*\(..|\\\*.", " ", text)
    return re.sub(r"\\(.)", r"\1", text).replace('"', " ")


@lru_cache(None)
def manual_pages(root):
    """(family, section, plain text) of each English page. Pages of one program or library tend to
    share a family: the name up to the first mark or digit."""
    pages = []
    for path in files_under(*sorted((root / "usr/share/man").glob("man[1-8]"))):
        source = text_of(path)
        if not source.startswith(".so "):  # another name of a page
            family = re.split(r"[-_:.+0-9]", path.name, maxsplit=1)[0].lower()
            pages.append((family, path.parent.name[-1], without_roff(source[:30000])))
    return pages


def manual_page_bodies(root):
    for family, section, text in manual_pages(root):
        body = re.split(r"\n *DESCRIPTION\b", text, maxsplit=1, flags=re.IGNORECASE)
        if len(body) > 1:
            yield Text(family, section, joined(body[1]))


def manual_page_summaries(root):
    """What follows the dash in `name - summary`."""
    for family, section, text in manual_pages(root):
        name = re.search(r"^ *NAME *\n(.*?)^ *[A-Z]{4}", text, re.MULTILINE | re.DOTALL)
        if name:
            yield Text(family, section, re.split(r" -+ ", joined(name[1]), maxsplit=1)[-1])


def info_paragraphs(root):
    for path in files_under(root / "usr/share/info"):
        manual = path.name.split(".")[0]
        for node in text_of(path).split("\x1f")[1:]:
            for paragraph in node.split("\n\n")[1:]:
                if len(paragraph) > 80 and "* Menu:" not in paragraph:
                    yield Text(node[:100], manual, joined(paragraph))


# ---- packages -----------------------------------------------------------------------------------


def stanzas(text):
    for stanza in text.split("\n\n"):
        fields = re.findall(r"^([A-Za-z0-9-]+):((?:.*\n?)(?: .*\n?)*)", stanza, re.MULTILINE)
        if fields:
            yield {name: value.strip() for name, value in fields}


@lru_cache(None)
def installed_packages(root):
    return list(stanzas(text_of(root / "var/lib/dpkg/status")))


@lru_cache(None)
def known_packages(root):
    """All packages of the archive if apt keeps its index, otherwise the installed ones."""
    try:
        done = subprocess.run(["apt-cache", "-o", f"Dir={root}", "dumpavail"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return installed_packages(root)
    return list(stanzas(done.stdout.decode("utf-8", errors="replace"))) or installed_packages(root)


def title_of(package):
    return package.get("Description", "").split("\n")[0]


def source_of(package):
    return package.get("Source", package.get("Package", "")).split(" ")[0]


def section_of(package):
    return package.get("Section", "").split("/")[-1]


def package_titles(root):
    for package in known_packages(root):
        yield Text(source_of(package), section_of(package), title_of(package))


def tagged_titles(root, facet):
    """Titles of the packages that have exactly one tag of this facet of debtags."""
    for package in known_packages(root):
        tags = re.findall(rf"\b{facet}::([a-z+-]+)", package.get("Tag", ""))
        if len(tags) == 1:
            yield Text(source_of(package), tags[0], title_of(package))


def package_descriptions(root):
    for package in installed_packages(root):  # apt's index has only the titles
        description = package.get("Description", "").partition("\n")[2]
        yield Text(source_of(package), section_of(package), joined(description))


# ---- messages of programs -----------------------------------------------------------------------


@lru_cache(None)
def translations(root):
    """(program, language, message, its translation)."""
    found, locales = [], root / "usr/share/locale"
    for path in files_under(locales):
        if path.suffix == ".mo":
            try:
                with open(path, "rb") as file:
                    messages = gettext.GNUTranslations(file)._catalog
            except (OSError, ValueError, IndexError):  # not a catalogue
                continue
            language = path.relative_to(locales).parts[0]
            found += sorted((path.stem, language, message, translation)
                            for message, translation in messages.items()
                            if isinstance(message, str) and message)  # a plural is a tuple
    return found


def is_latin(text):
    letters = [letter for letter in text[:40] if letter.isalpha()]
    return bool(letters) and all("LATIN" in unicodedata.name(letter, "") for letter in letters)


def translated_messages(root, longer_than=0):
    for program, language, message, translation in translations(root):
        text = joined(translation)
        if "@" not in language and not language.startswith("en") and is_latin(translation) \
                and translation != message and len(text) > longer_than:
            yield Text(f"{program}/{message[:30]}", language, text)


def original_messages(root):
    for program, _, message, _ in translations(root):
        yield Text(f"{program}/{message[:12]}", re.sub(r"[-_\d.]+$", "", program),
                   joined(message.split("\x04")[-1]))  # without its context
