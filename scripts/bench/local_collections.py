# SPDX-License-Identifier: MIT
"""Collections for `accuracy.py --cross-validate` made from text that a Debian or Ubuntu machine
holds, so that options and defaults are tried on other text than newsgroup posts.

The same machine gives the same collections; another machine, or this one with other packages
installed, gives others. So compare only accuracies that were measured in one run."""
import random
import re
from functools import partial
from typing import Callable, Iterable, NamedTuple

from local_texts import (Text, info_paragraphs, manual_page_bodies, manual_page_summaries,
                         original_messages, package_descriptions, package_titles, tagged_titles,
                         translated_messages)
from posts import Document, folds
from source_texts import comments, docstrings, error_messages, log_messages

MOST_DOCUMENTS = 8000  # a fold trains on three quarters of them
FEWEST_DOCUMENTS = 300  # of a collection
FEWEST_PER_LABEL = 20  # documents
FEWEST_KEYS = 8  # of a label; with fewer, a fold may have no training documents


class Source(NamedTuple):
    title: str
    read: Callable[..., Iterable[Text]]  # (root folder of the machine)
    labels: int = 50  # the most frequent are used
    per_label: int = 2000  # texts at most
    per_key: int = 20  # texts at most, so that no manual or source file dominates
    longest: int = 2000  # characters; the rest of a text is cut off


SOURCES = {
    "manuals": Source("manual pages by section", manual_page_bodies),
    "manual-names": Source("summaries of manual pages by section", manual_page_summaries),
    "info": Source("paragraphs by manual", info_paragraphs, per_label=600),
    "packages": Source("package titles by section", package_titles, per_label=600),
    "tags": Source("package titles by purpose", partial(tagged_titles, facet="use")),
    "roles": Source("package titles by role", partial(tagged_titles, facet="role")),
    "fields": Source("package titles by field", partial(tagged_titles, facet="field")),
    "interfaces": Source("package titles by interface", partial(tagged_titles, facet="interface")),
    "written-in": Source("package titles by programming language",
                         partial(tagged_titles, facet="implemented-in")),
    "descriptions": Source("package descriptions by section", package_descriptions),
    "languages": Source("messages by language", translated_messages, labels=30, per_label=300),
    "long-messages": Source("long messages by language",
                            partial(translated_messages, longer_than=60), labels=30,
                            per_label=300),
    "programs": Source("messages by program", original_messages, labels=15, per_label=500,
                       per_key=5),
    "docstrings": Source("docstrings by module", docstrings, labels=100, per_label=300),
    "errors": Source("error messages by type", error_messages, labels=20),
    "errors2": Source("error messages of two types",
                      lambda root: error_messages(root, "TypeError", "ValueError")),
    "logs": Source("log messages by level", log_messages),
    "comments": Source("comments by programming language", comments, per_label=1000, longest=400),
}


def splits(key, root):
    """[(training, held-out) documents of each fold]; each fold holds out a different quarter of the
    keys. Empty if the machine has too few texts."""
    texts = sampled(SOURCES[key], root)
    if len(texts) < FEWEST_DOCUMENTS or len({text.label for text in texts}) < 2:
        return []
    documents = [Document(re.sub(r"[^\w.+-]", "_", text.label), f"{number:05}",
                          (text.text + "\n").encode()) for number, text in enumerate(texts)]
    return [(train, of_labels(held_out, {document.label for document in train}))
            for train, held_out in folds(documents, [text.key for text in texts])]


def of_labels(documents, labels):
    return [document for document in documents if document.label in labels]


def sampled(source, root):
    """Of texts that differ only in case and punctuation, one is used."""
    rng = random.Random(0)
    texts = [text._replace(text=text.text[:source.longest].strip()) for text in source.read(root)
             if text.label and re.search(r"\w", text.text)]
    rng.shuffle(texts)
    seen, of_key, of_label = set(), {}, {}
    for text in texts:
        words = " ".join(re.findall(r"\w+", text.text.lower()))
        of_key[text.key] = of_key.get(text.key, 0) + 1
        if words not in seen and of_key[text.key] <= source.per_key:
            seen.add(words)
            of_label.setdefault(text.label, []).append(text)
    labels = sorted(of_label, key=lambda label: (-len(of_label[label]), label))[:source.labels]
    texts = [text for label in labels for text in of_label[label][:source.per_label]]
    rng.shuffle(texts)
    return of_frequent_labels(texts[:MOST_DOCUMENTS])


def of_frequent_labels(texts):
    keys_of = {}
    for text in texts:
        keys_of.setdefault(text.label, []).append(text.key)
    frequent = {label for label, keys in keys_of.items()
                if len(keys) >= FEWEST_PER_LABEL and len(set(keys)) >= FEWEST_KEYS}
    return [text for text in texts if text.label in frequent]
