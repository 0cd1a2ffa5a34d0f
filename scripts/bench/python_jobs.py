# SPDX-License-Identifier: MIT
"""Labels lines in a running interpreter, for python_speed.py; prints seconds as JSON.

    python_jobs.py newsclf|scikit-learn|fasttext-predict MODEL LINES
"""
import json
import pickle
import statistics
import sys
import time
from pathlib import Path


def load_newsclf(model):
    import newsclf
    return lambda: newsclf.load(model).predict


def load_scikit_learn(model):
    """A model of peer_jobs.py."""
    import sklearn.feature_extraction.text
    import sklearn.svm  # noqa: F401

    def load():
        vectorizer, classifier = pickle.loads(Path(model).read_bytes())
        return lambda texts: classifier.predict(vectorizer.transform(texts))
    return load


def load_fasttext(model):
    import fasttext

    def load():
        predict = fasttext.load_model(model).predict
        return lambda texts: [predict(text) for text in texts]
    return load


IMPORTS = {"newsclf": load_newsclf, "scikit-learn": load_scikit_learn,
           "fasttext-predict": load_fasttext}


def timed(function, *arguments):
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


def main():
    name, model, lines = sys.argv[1:]
    texts = Path(lines).read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    import_s, load = timed(IMPORTS[name], model)
    load_s, predict = timed(load)
    first_s, _ = timed(predict, texts[:1])
    line_s = statistics.median(timed(predict, [text])[0] for text in texts[:200])
    all_s, answers = timed(predict, texts)
    assert len(answers) == len(texts)
    print(json.dumps({"import_s": import_s, "load_and_first_s": load_s + first_s, "line_s": line_s,
                      "all_s": all_s}))


if __name__ == "__main__":
    main()
