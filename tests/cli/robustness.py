# SPDX-License-Identifier: MIT
"""Default options suit collections of unusual sizes and shapes: the accuracy is not clearly below
that of naive Bayes, and the probabilities are calibrated.

    python robustness.py PATH_TO_NEWSCLF_BINARY [SEED] [--all]

Prints a table. With --all, also trains with other presets and on larger collections, and shows the
accuracy of LinearSVC if scikit-learn is installed. Otherwise needs only Python's standard library.
"""
import itertools
import json
import math
import random
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path

from formats import done, expect, newsclf

ALL = "--all" in sys.argv
SEED = next((int(argument) for argument in sys.argv[2:] if argument.isdigit()), 1)
FOLDER = Path(tempfile.mkdtemp())
DEFAULT, FAST, BEST, PLAIN = [], ["--preset", "fast"], ["--preset", "best"], ["--linear", "none"]


class Topics:
    """Random documents. A word is one of 60 words of the label, with the probability `share`, else
    a word common to all labels. Words are made of syllables, so that they have parts in common.
    """

    def __init__(self, labels, share, common=3000):
        self.random, self.share = random.Random(SEED), share
        # Two labels have some words in common, but not the same ones often.
        words = self.make_words(common + max(600, 15 * labels))
        self.common, of_topics = words[:common], words[common:]
        self.common_weights = list(itertools.accumulate(1 / (5 + i) for i in range(common)))
        self.own = [self.random.sample(of_topics, 60) for _ in range(labels)]
        self.own_weights = list(itertools.accumulate(1 / (3 + i) for i in range(60)))

    def make_words(self, count):
        choose, words = self.random.choice, {}
        while len(words) < count:
            syllables = (choose("bdfgklmnprstvz") + choose("aeiou") + choose(["", "", "n", "r"])
                         for _ in range(choose((1, 2, 2, 3, 3, 4))))
            words["".join(syllables)] = None
        return list(words)

    def text(self, label, length):
        own = sum(self.random.random() < self.share for _ in range(length))
        words = self.random.choices(self.own[label], cum_weights=self.own_weights, k=own)
        words += self.random.choices(self.common, cum_weights=self.common_weights, k=length - own)
        self.random.shuffle(words)
        return " ".join(words)

    def documents(self, counts, length):
        """`counts[l]` documents of each label l, of `length` words (or a list).
        """
        lengths = length if isinstance(length, list) else [length]
        documents = [(f"label{label}", self.text(label, self.random.choice(lengths)))
                     for label, count in enumerate(counts) for _ in range(count)]
        self.random.shuffle(documents)
        return documents


# ---- comparison and scores -----------------------------------------------------------------------


def naive_bayes(train, test):
    """The answers of multinomial naive Bayes, with 0.1 added to every count."""
    counts, documents = {}, Counter(label for label, _ in train)
    for label, text in train:
        counts.setdefault(label, Counter()).update(text.split())
    known = set().union(*counts.values())
    constants = {label: math.log(documents[label]) for label in counts}
    totals = {label: math.log(sum(of_label.values()) + 0.1 * len(known))
              for label, of_label in counts.items()}

    def score(label, words):
        return constants[label] + sum(n * (math.log(counts[label][word] + 0.1) - totals[label])
                                      for word, n in words.items() if word in known)
    return [max(counts, key=lambda label: score(label, words))
            for words in (Counter(text.split()) for _, text in test)]


def linear_svc(train, test):
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.svm import LinearSVC
    except ImportError:
        return []
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\S+")
    rows = vectorizer.fit_transform(text for _, text in train)
    model = LinearSVC().fit(rows, [label for label, _ in train])
    return model.predict(vectorizer.transform(text for _, text in test))


def accuracy(answers, test):
    return sum(answer == label for answer, (label, _) in zip(answers, test)) / max(len(test), 1)


def calibration_error(probabilities, answers, test, bins=10):
    """The mean difference between probability and accuracy, over bins of equally many documents."""
    gaps = sorted((p, p - (answer == label))
                  for p, answer, (label, _) in zip(probabilities, answers, test))
    edges = [i * len(gaps) // bins for i in range(bins + 1)]
    return sum(abs(sum(gap for _, gap in gaps[a:b])) for a, b in zip(edges, edges[1:])) / len(gaps)


# ---- running -------------------------------------------------------------------------------------


def records_of(documents):
    return "".join(json.dumps({"label": label, "text": text}) + "\n"
                   for label, text in documents).encode()


def cpu_s():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def train(documents, *options):
    """Returns the model file, its temperature (1: not calibrated) and the CPU seconds."""
    model, begin = FOLDER / "model", cpu_s()
    done("train", "--format", "jsonl", "-", "-o", model, "--force", *options,
         stdin=records_of(documents))
    seconds = cpu_s() - begin
    lines = done("info", model).decode().splitlines()
    temperature = next(line for line in lines if line.startswith("temperature")).split()[1]
    return model, 1 if temperature == "none:" else float(temperature.rstrip(",")), seconds


def probabilities(model, texts):
    """The probability of every label, for each text."""
    output = done("predict", model, "--format", "jsonl", "-k", "all", "--output-format", "jsonl",
                  stdin=records_of([("", text) for text in texts]))
    answers = [{best["label"]: best["probability"] for best in json.loads(record)["top"]}
               for record in output.splitlines()]
    for answer in answers:  # NaN fails too
        expect(abs(sum(answer.values()) - 1) < 1e-3, f"the sum of probabilities is not 1: {answer}")
        expect(all(0 <= p <= 1 for p in answer.values()), f"not a probability: {answer}")
    return answers


def check(name, documents, test, options=(DEFAULT,), behind=0.03, error=0.1, seconds=60,
          recall=None):
    """Trains and prints a row of the table for each of `options`.

    behind: how far the accuracy may be below that of naive Bayes
    error: the largest calibration error
    recall: the least recall of the rarest label
    """
    labels = Counter(label for label, _ in documents)
    bayes = accuracy(naive_bayes(documents, test), test)
    svc = accuracy(linear_svc(documents, test), test) if ALL else 0
    for given in options:
        model, temperature, cpu = train(documents, *given)
        # Without known words, a label is hardly more probable than by chance or by its share.
        for answer in probabilities(model, ["", "qxqx qwqw"]):
            for label, p in answer.items():
                most = max(1 / len(labels), labels[label] / len(documents)) + 0.25
                expect(p < most, f"{name} {given}: {label} has {p} without evidence")
        output = done("predict", model, "--format", "jsonl", "--output-format", "jsonl",
                      stdin=records_of(test))
        answers = [json.loads(record) for record in output.splitlines()]
        found = [answer["label"] for answer in answers]
        right, gap = accuracy(found, test), calibration_error(
            [answer["probability"] for answer in answers], found, test)
        print(f"{name + ' ' + ' '.join(given):48} {len(documents):6} {len(labels):5} {right:6.3f} "
              f"{bayes:6.3f} {svc:6.3f} {gap:6.3f} {temperature:6.3f} {cpu:6.1f}", flush=True)
        expect(right >= bayes - behind, f"{name}: accuracy {right}, naive Bayes {bayes}")
        expect(gap <= error, f"{name}: calibration error {gap}")
        expect(cpu < seconds, f"{name}: {cpu} s")
        if recall is not None:
            rare = min(labels, key=labels.get)
            of_rare = [(label, text) for label, text in test if label == rare]
            share = sum(label == rare == answer
                        for answer, (label, _) in zip(found, test)) / len(of_rare)
            expect(share >= recall, f"{name}: recall of the rarest label {share}")


# ---- collections ---------------------------------------------------------------------------------


def check_sizes():
    every = [DEFAULT, FAST, PLAIN, BEST] if ALL else [DEFAULT]
    two = Topics(2, 0.08)
    check("2 labels, 100 documents", two.documents([50, 50], 80), two.documents([300, 300], 80),
          [DEFAULT, FAST, PLAIN, BEST])
    four = Topics(4, 0.6)
    check("5 words", four.documents([100] * 4, 5), four.documents([200] * 4, 5), every)
    check("1 word", four.documents([100] * 4, 1), four.documents([200] * 4, 1), every,
          error=0.25 if ALL else 0.15)
    long = Topics(2, 0.01)
    check("50,000 words", long.documents([6, 6], 50_000), long.documents([4, 4], 50_000), every,
          error=0.2)
    mixed, lengths = Topics(3, 0.3), [5] * 19 + [50_000]
    check("5 or 50,000 words", mixed.documents([60] * 3, lengths), mixed.documents([200] * 3, 5),
          every, behind=0.05, error=0.15)
    labels, per_label = (150, 100) if ALL else (15, 20)
    many = Topics(labels, 0.4)
    check(f"{per_label} short documents per label", many.documents([per_label] * labels, 15),
          many.documents([5] * labels, 15), every)
    # For the calibration, one document of every other label or so is left out.
    labels = 1000 if ALL else 100
    names = Topics(labels, 0.4)
    check("3 documents per label", names.documents([3] * labels, 40),
          names.documents([1] * labels, 40), every)


def check_imbalance():
    every = [DEFAULT, ["--class-weight", "balanced"]] + ([FAST] if ALL else [])
    counts = [20_000, 20] if ALL else [10_000, 10]
    topics = Topics(2, 0.3)
    check("1 to 1,000", topics.documents(counts, 30), topics.documents([500, 100], 30), every,
          recall=0.8)
    # Nothing of a label with one document can be left out or held out.
    single = Topics(6, 0.3)
    check("1 document in a label", single.documents([40] * 5 + [1], 80),
          single.documents([60] * 5 + [10], 80), [DEFAULT, ["--valid-fraction", "0.1"]], recall=0.1)


def check_copies():
    every = [DEFAULT, FAST, PLAIN] if ALL else [DEFAULT]
    for words, share in ((15, 0.25), (80, 0.06)):  # as keys, short texts differ from long ones
        topics = Topics(4, share)
        documents = 10 * topics.documents([30] * 4, words)
        topics.random.shuffle(documents)
        check(f"{words} words, 10 copies of each", documents, topics.documents([150] * 4, words),
              every, error=0.2)
    topics = Topics(4, 0.08)
    same = [("label0", topics.text(0, 80))]
    check("a label's documents all alike", 50 * same + topics.documents([0, 50, 50, 50], 80),
          50 * same + topics.documents([0, 150, 150, 150], 80), every)
    # Every text has two documents of one label and one of another: these are their shares.
    topics, documents, test = Topics(2, 0.3), [], []
    for goal, count in ((documents, 80), (test, 100)):
        for label, text in topics.documents([count, count], 40):
            goal += 2 * [(label, text)] + [(label + "b", text)]
    check("copies with other labels", documents, test, every, error=0.15)
    text = topics.text(0, 30)
    model, _, _ = train([("a", text)] * 30 + [("b", text)] * 10)
    share = probabilities(model, [text])[0]["a"]
    expect(abs(share - 0.75) < 0.1, f"equal documents, 75 % of label a: {share}")


def check_noise():
    every = [DEFAULT, FAST, PLAIN, BEST] if ALL else [DEFAULT]
    topics, labels = Topics(4, 0.2), [f"label{label}" for label in range(4)]

    def with_mistakes(documents):
        return [(topics.random.choice(labels) if topics.random.random() < 0.3 else label, text)
                for label, text in documents]
    check("3 in 10 labels at random", with_mistakes(topics.documents([150] * 4, 80)),
          with_mistakes(topics.documents([300] * 4, 80)), every, behind=0.05, error=0.13)
    # Nothing can be learned; ten times too much confidence would be an error of 0.6.
    chance = [(f"label{topics.random.randrange(3)}", text)
              for _, text in topics.documents([1200], 60)]
    check("all labels at random", chance[:300], chance[300:], every, behind=0.06, error=0.2)


def check_few():
    """Up to four documents, which leave nothing for a calibration."""
    topics = Topics(2, 0.5)
    test = topics.documents([50, 50], 40)
    for counts in ([1, 1], [2, 1], [2, 2]):
        check(f"{counts[0]} and {counts[1]} documents", topics.documents(counts, 40), test,
              [DEFAULT, FAST, PLAIN, BEST] if ALL else [DEFAULT], behind=0.05, error=0.3)
    # A few held-out documents, all answered correctly, are no proof of certainty.
    for counts in ([2, 2], [10, 10]):
        check(f"{counts[0]} per label", topics.documents(counts, 40), test,
              [["--valid-fraction", "0.3"], ["--valid-fraction", "0.3", "--no-refit"]], error=0.3)
    for given in (["--no-calibration"], ["--members", "1", *PLAIN, "--no-calibration"]):
        documents = topics.documents([20, 20], 40)
        check("20 per label", documents, test, [given], error=0.3)
        expect(train(documents, *given)[1] == 1, f"{given}: calibrated")
    # Without n-grams of characters, or only with them, some networks have nothing to read.
    characters = [("a", "\u5c71\u6c34"), ("b", "\u6728\u91d1")] * 20
    check("characters as words", characters, characters, [DEFAULT, FAST, BEST])
    short = topics.documents([20, 20], 5)
    for given in (DEFAULT, FAST, BEST):
        probabilities(train(short, *given, "--max-features", "1")[0], ["", short[0][1]])
    run = newsclf("train", "-", "--format", "jsonl", "-o", FOLDER / "model", "--force",
                  stdin=records_of([("a", ""), ("b", " ")]))
    expect(run.returncode == 1 and b"contain no tokens" in run.stderr, run.stderr.decode())


def main():
    print(f"{'':48} {'texts':>6} {'lbls':>5} {'ours':>6} {'NB':>6} {'SVC':>6} {'error':>6} "
          f"{'temp':>6} {'CPU s':>6}")
    for part in (check_few, check_sizes, check_imbalance, check_copies, check_noise):
        part()


if __name__ == "__main__":
    main()
