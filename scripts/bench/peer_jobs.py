# SPDX-License-Identifier: MIT
"""Jobs as a user of scikit-learn or PyTorch would write them, run by speed.py as whole processes.
They need a Python that has these packages.

    peer_jobs.py svc-train TRAIN MODEL [LABEL...]
    peer_jobs.py svc-predict MODEL < LINES
    peer_jobs.py dense-train TRAIN TEST MODEL [LABEL...]
    peer_jobs.py dense-score MODEL TEST [LABEL...]
"""
import pickle
import sys
from pathlib import Path


def read_tree(folder, labels):
    """(texts, label of each); of all labels if none is named."""
    texts, truth = [], []
    for label in sorted(labels or (path.name for path in Path(folder).iterdir())):
        for file in sorted(Path(folder, label).iterdir()):
            texts.append(file.read_text(encoding="utf-8", errors="replace"))
            truth.append(label)
    return texts, truth


# ---- scikit-learn: TF-IDF + LinearSVC -----------------------------------------------------------


def tf_idf(**settings):
    from sklearn.feature_extraction.text import TfidfVectorizer
    return TfidfVectorizer(sublinear_tf=True, token_pattern=r"\w+", **settings)


def linear_svc():
    from sklearn.svm import LinearSVC
    return LinearSVC(random_state=0)


def svc_train(train, model, *labels):
    texts, truth = read_tree(train, labels)
    vectorizer = tf_idf()
    classifier = linear_svc().fit(vectorizer.fit_transform(texts), truth)
    Path(model).write_bytes(pickle.dumps((vectorizer, classifier)))


def svc_predict(model):
    vectorizer, classifier = pickle.loads(Path(model).read_bytes())
    lines = sys.stdin.buffer.read().decode("utf-8", errors="replace").split("\n")[:-1]
    print("\n".join(classifier.predict(vectorizer.transform(lines))))


# ---- PyTorch: the published recipe --------------------------------------------------------------
# Dense count vectors over the words of training and test text as split(' ') gives them, two hidden
# layers of 100, Adam at 0.01, 10 epochs of batches of 150, the last partial batch dropped. The
# documents are in random order, as fetch_20newsgroups returns them, the same in every epoch.


def shuffled(texts, truth):
    import random
    pairs = list(zip(texts, truth))
    random.Random(42).shuffle(pairs)
    return zip(*pairs)


def dense_rows(texts, index_of):
    import numpy
    import torch
    rows = []
    for text in texts:
        row = numpy.zeros(len(index_of), dtype=float)
        for word in text.split(" "):
            row[index_of[word.lower()]] += 1
        rows.append(row)
    return torch.FloatTensor(numpy.array(rows))


def dense_network(words, labels):
    from torch import nn
    return nn.Sequential(nn.Linear(words, 100), nn.ReLU(), nn.Linear(100, 100), nn.ReLU(),
                         nn.Linear(100, labels))


def dense_train(train, test, model, *labels):
    import torch
    torch.manual_seed(0)
    texts, truth = shuffled(*read_tree(train, labels))
    names = sorted(set(truth))
    words = dict.fromkeys(word.lower() for text in (*texts, *read_tree(test, labels)[0])
                          for word in text.split(" "))
    index_of = {word: index for index, word in enumerate(words)}
    network = dense_network(len(index_of), len(names))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    targets = torch.tensor([names.index(label) for label in truth])
    for _ in range(10):
        for first in range(0, len(texts) - 149, 150):
            optimizer.zero_grad()
            logits = network(dense_rows(texts[first:first + 150], index_of))
            torch.nn.functional.cross_entropy(logits, targets[first:first + 150]).backward()
            optimizer.step()
    torch.save({"network": network.state_dict(), "index_of": index_of, "names": names}, model)


def dense_score(model, test, *labels):
    import torch
    saved = torch.load(model)
    network = dense_network(len(saved["index_of"]), len(saved["names"]))
    network.load_state_dict(saved["network"])
    texts, truth = read_tree(test, labels)
    right = 0
    with torch.no_grad():
        for text, label in zip(texts, truth):
            answer = network(dense_rows([text], saved["index_of"])).argmax()
            right += saved["names"][answer] == label
    print(100 * right / len(texts))


JOBS = {"svc-train": svc_train, "svc-predict": svc_predict,
        "dense-train": dense_train, "dense-score": dense_score}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
