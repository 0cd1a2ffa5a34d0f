# SPDX-License-Identifier: MIT
"""Documents, and the collections that accuracy.py makes from the 20 Newsgroups posts: all posts, a
few per label, or posts turned into another kind of document."""
import random
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterable, List, NamedTuple, Optional, Tuple

from report import Failure

THREE = ("comp.graphics", "rec.sport.baseball", "sci.space")
HARDWARE = ("comp.sys.ibm.pc.hardware", "comp.sys.mac.hardware")
CURVE = (10, 30, 100, 300)  # documents per label
FOLDS = 3  # each holds out one quarter; the fourth quarter is in every training set


class Document(NamedTuple):
    label: str
    name: str
    content: bytes

    @property
    def text(self):
        return self.content.decode("utf-8", errors="replace")


def folder_of(data, part):
    folder = data / f"20news-bydate-{part}"
    if not folder.is_dir():
        raise Failure(f"{folder}: no such folder; scripts/get_data.sh gets the posts")
    return folder


def read_tree(folder: Path) -> List[Document]:
    return [Document(label.name, file.name, file.read_bytes())
            for label in sorted(folder.iterdir()) if label.is_dir()
            for file in sorted(label.iterdir())]


def write_tree(documents: List[Document], folder: Path):
    for label in {document.label for document in documents}:
        (folder / label).mkdir(parents=True)
    for document in documents:
        (folder / document.label / document.name).write_bytes(document.content)


# ---- parts of a post ----------------------------------------------------------------------------


def tokens_of(text):
    """scikit-learn's tokens for fastText and Vowpal Wabbit, which split at white space only."""
    return " ".join(re.findall(r"\w+", text.lower()))


def newsgroup_rules():
    # Not at the top: accuracy.py may have to install scikit-learn first.
    from sklearn.datasets import _twenty_newsgroups
    return _twenty_newsgroups


def stripped(text):
    """What fetch_20newsgroups(remove=("headers", "footers", "quotes")) leaves: the peers' text.
    newsclf's own options follow the same rules in the same order, except that they strip nothing
    from a post without a header block."""
    rules = newsgroup_rules()
    text = rules.strip_newsgroup_header(text)
    return rules.strip_newsgroup_quoting(rules.strip_newsgroup_footer(text))


def subject(text):
    header = text.partition("\n\n")[0]
    line = re.search(r"^subject:(.*)$", header, re.IGNORECASE | re.MULTILINE)
    return line.group(1).strip() if line else ""


def first_sentence(text):
    rules = newsgroup_rules()
    body = rules.strip_newsgroup_quoting(rules.strip_newsgroup_header(text))
    body = " ".join(body.split())
    sentence = re.match(r".{19,}?[.!?](?= |$)", body)  # "in version 3.1" does not end a sentence
    return (sentence.group() if sentence else body)[:150].rstrip()


def quoted_and_own(text):
    """(label, beginning) of what a post quotes and of what its author wrote; neither if the post
    quotes nothing."""
    rules = newsgroup_rules()
    body = rules.strip_newsgroup_footer(rules.strip_newsgroup_header(text))
    quoted = [line.lstrip(">|: ") for line in body.split("\n") if re.match(r"[>|:]", line)]
    own = rules.strip_newsgroup_quoting(body)
    for label, part in (("quoted", " ".join(quoted)), ("own", own)):
        beginning = " ".join(part.split())[:200]
        if len(beginning) > 60 and quoted:
            yield label, beginning


def thread(document):
    """The key that posts of one thread share; a post without a subject is its own thread."""
    words = " ".join(subject(document.text).lower().split())
    while words.startswith("re:"):
        words = words[3:].lstrip()
    return words or f"{document.label}/{document.name}"


def folds(documents, keys):
    """(kept, held out) of each fold; each fold holds out a different quarter of the keys, of which
    there is one per document."""
    distinct = sorted(set(keys))
    random.Random(0).shuffle(distinct)
    for fold in range(FOLDS):
        held_out = set(distinct[fold::4])
        yield ([d for d, key in zip(documents, keys) if key not in held_out],
               [d for d, key in zip(documents, keys) if key in held_out])


# ---- collections --------------------------------------------------------------------------------


class Recipe(NamedTuple):
    """How a collection is made from posts. Only `title` and `strip` matter for collections of other
    documents."""
    title: str
    labels: Optional[Tuple[str, ...]] = None  # None: all
    count: Optional[Callable[[int], int]] = None  # training documents of the i-th label
    rewrite: Optional[Callable[[str], str]] = None  # text of a post to text of a document
    parts: Optional[Callable[[str], Iterable[Tuple[str, str]]]] = None  # ... to (label, text) pairs
    mislabelled: float = 0  # fraction of the training documents that get a random wrong label
    strip: bool = False  # each system removes headers, quotes and signatures


def unbalanced(label):
    """About 3,000 documents over 20 labels, each label with four fifths of the documents of the one
    before."""
    return max(8, round(3000 * 0.8**label * (1 - 0.8) / (1 - 0.8**20)))


RECIPES = {
    "all3": Recipe("3 groups", THREE),
    "stripped3": Recipe("3 groups, stripped", THREE, strip=True),
    "all20": Recipe("20 groups"),
    "stripped20": Recipe("20 groups, stripped", strip=True),
    **{f"n{n}": Recipe(f"{n} per label", count=lambda _, n=n: n) for n in CURVE},
    "three30": Recipe("3 groups, 30 per label", THREE, count=lambda _: 30),
    "sentences": Recipe("first sentences", ("rec.autos", "rec.motorcycles"),
                        rewrite=first_sentence),
    "subjects": Recipe("subjects", ("comp.graphics", "misc.forsale", "rec.autos", "sci.med",
                                    "sci.crypt", "talk.politics.mideast"), rewrite=subject),
    "unbalanced": Recipe("unbalanced", count=unbalanced),
    "sentences20": Recipe("first sentences, 20 groups", rewrite=first_sentence),
    "hardware": Recipe("first sentences, near groups", HARDWARE, rewrite=first_sentence),
    "noisy": Recipe("first sentences, 15 % mislabelled", ("rec.autos", "rec.motorcycles"),
                    rewrite=first_sentence, mislabelled=0.15),
    "noisy3": Recipe("3 groups, 10 % mislabelled", THREE, mislabelled=0.1),
    "quotes": Recipe("own or quoted words", count=lambda _: 3000, parts=quoted_and_own),
}


class Collection(NamedTuple):
    key: str
    recipe: Recipe
    train: List[Document]
    test: List[Document]
    folder: Path  # contains the trees `train` and `test`; models may be added


@contextmanager
def collect(key, recipe, train, test, seed):
    """A collection that exists on disk inside the `with` block; the seed draws its documents."""
    train, test = _rewritten(train, recipe), _rewritten(test, recipe)
    if recipe.parts:  # threads quote each other
        known = {document.content for document in train}
        test = [document for document in test if document.content not in known]
    if recipe.count:
        train = _drawn(train, recipe.count, seed)
    if recipe.mislabelled:
        train = _mislabelled(train, recipe.mislabelled, seed)
    with tempfile.TemporaryDirectory(prefix="newsclf-accuracy-") as name:
        folder = Path(name)
        write_tree(train, folder / "train")
        write_tree(test, folder / "test")
        yield Collection(key, recipe, train, test, folder)


def _rewritten(documents, recipe):
    """The documents of the recipe's labels, rewritten, without those that become empty."""
    chosen = [d for d in documents if recipe.labels is None or d.label in recipe.labels]
    if recipe.parts:
        return _distinct(d._replace(label=label, name=f"{d.label}.{d.name}",
                                    content=(text + "\n").encode())
                         for d in chosen for label, text in recipe.parts(d.text))
    if recipe.rewrite is None:
        return chosen
    texts = [recipe.rewrite(d.text) for d in chosen]
    return [d._replace(content=(text + "\n").encode()) for d, text in zip(chosen, texts) if text]


def _drawn(documents, count, seed):
    """count(i) random documents of the i-th label, or all if it has fewer."""
    rng = random.Random(seed)
    by_label = {}
    for document in documents:
        by_label.setdefault(document.label, []).append(document)
    return [document for i, label in enumerate(sorted(by_label))
            for document in rng.sample(by_label[label], min(count(i), len(by_label[label])))]


def _distinct(documents):
    return list({document.content: document for document in documents}.values())


def _mislabelled(documents, fraction, seed):
    rng = random.Random(seed)
    labels = sorted({document.label for document in documents})
    wrong = set(rng.sample(range(len(documents)), round(fraction * len(documents))))
    return [d._replace(label=rng.choice([label for label in labels if label != d.label])
                       if i in wrong else d.label,
                       name=f"{d.label}.{d.name}")  # posts of two groups may have one name
            for i, d in enumerate(documents)]
