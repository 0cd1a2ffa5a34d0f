# SPDX-License-Identifier: MIT
"""NewsClassifier is a scikit-learn classifier of texts."""
import pickle

import pytest

pytest.importorskip("sklearn")

import numpy
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

import newsclf
from conftest import QUICK, needs_libtorch, sample
from newsclf.sklearn import NewsClassifier

pytestmark = needs_libtorch


class OfNumbers(NewsClassifier):
    """The checks of scikit-learn use matrices: this writes each row as a text."""

    def _texts(self, X, **options):
        X = validate_data(self, X, **options)
        return [" ".join(f"f{i}v{round(x)}" for i, x in enumerate(row)) for row in X]

    def fit(self, X, y):
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        validate_data(self, X, y)
        return super().fit(self._texts(X, reset=True), y)

    def predict(self, X):
        check_is_fitted(self)
        return super().predict(self._texts(X, reset=False))

    def predict_proba(self, X):
        check_is_fitted(self)
        return super().predict_proba(self._texts(X, reset=False))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.string = False
        return tags


@parametrize_with_checks(
    [OfNumbers(epochs=20, hidden=[4, 4], members=1, linear="words")],
    expected_failed_checks=lambda _: {
        "check_class_weight_classifiers":
            "weights of 1000 and 0.0001 weigh the loss, but calibration and tokens that speak for "
            "one class only still let the text decide"})
@pytest.mark.filterwarnings("ignore")
def test_the_checks_of_scikit_learn_pass(estimator, check):
    check(estimator)


def quick(**options):
    return NewsClassifier(**{**QUICK, "linear": "words", "members": 1, "epochs": 20, **options})


@pytest.fixture(scope="module")
def train():
    return sample("train")


@pytest.fixture(scope="module")
def test():
    return sample("test")


@pytest.fixture(scope="module")
def fitted(train):
    return quick().fit(*train)


def test_it_predicts_classes_and_probabilities_in_their_order(fitted, test):
    texts, truth = test
    assert fitted.classes_.tolist() == ["astronomy", "cycling", "gardening"]
    proba = fitted.predict_proba(texts)
    assert proba.shape == (len(texts), 3) and numpy.allclose(proba.sum(axis=1), 1)
    assert (fitted.predict(texts) == fitted.classes_[proba.argmax(axis=1)]).all()
    assert fitted.score(texts, truth) > 0.7


@pytest.mark.parametrize("classes", [
    [2, 10, -3], [False, True, True], [2.0, 10.0, 1.0], ["10", "9", "é"],
    [" space", "tab\there", "e\u0301"], numpy.array(["a", "b", "c"], dtype=object)])
def test_classes_may_be_of_any_type(train, test, classes):
    """Also such as the program orders differently, or would change."""
    def of(labels):
        return numpy.array([classes[sorted(set(train[1])).index(label)] for label in labels])

    fitted = quick().fit(train[0], of(train[1]))
    assert fitted.classes_.tolist() == sorted(set(classes)) and fitted.classes_.dtype == of(
        train[1]).dtype
    proba = fitted.predict_proba(test[0])
    assert (fitted.predict(test[0]) == fitted.classes_[proba.argmax(axis=1)]).all()
    assert fitted.score(test[0], of(test[1])) > 0.6


def test_parameters_are_options_of_the_training(train):
    classifier = quick(word_ngrams="1-2", min_df=2, seed=3, calibration=False,
                       class_weight={"cycling": 3, "astronomy": 1, "gardening": 1})
    info = classifier.fit(*train).model_.info()
    assert info["text"]["max_ngram"] == 2 and info["vocabulary"]["min_df"] == 2
    assert info["training"]["options"]["seed"] == 3
    assert "temperature" not in str(info["training"]) and info["training"]["class_weight"] != "none"
    assert classifier.set_params(min_df=1, word_ngrams=1).fit(*train).model_.info()["vocabulary"][
        "min_df"] == 1
    with pytest.raises(ValueError, match="--min-df"):
        quick(min_df=-1).fit(*train)
    assert quick(hidden=numpy.array([4, 3])).fit(*train).model_.info()["networks"][0][
        "hidden"] == [4, 3]


def test_weights_are_numbers_above_0_of_classes(train):
    with pytest.raises(ValueError, match="class_weight contains 'other', which is no class of y"):
        quick(class_weight={"other": 1}).fit(*train)
    numbers = numpy.unique(train[1], return_inverse=True)[1]
    with pytest.raises(ValueError, match="class_weight contains '1'"):
        quick(class_weight={"1": 1}).fit(train[0], numbers)
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"class_weight\['1'\] must be a number above 0, got"):
            quick(class_weight={1: wrong}).fit(train[0], numbers)


def test_a_fit_that_fails_changes_nothing(train, test):
    classifier, renamed = quick(), [label.upper() for label in train[1]]
    with pytest.raises(ValueError, match="--epochs"):
        classifier.set_params(epochs=0).fit(*train)
    with pytest.raises(NotFittedError):
        classifier.predict(test[0])
    expected = classifier.set_params(epochs=3).fit(*train).predict(test[0]).tolist()
    with pytest.raises(ValueError, match="--epochs"):
        classifier.set_params(epochs=0).fit(train[0], renamed)
    assert classifier.predict(test[0]).tolist() == expected


def test_two_classes_are_needed():
    for labels in ([], ["a", "a"]):
        with pytest.raises(ValueError, match="at least two classes"):
            quick().fit(["text"] * len(labels), labels)


def test_warnings_name_the_line_that_calls_fit(train):
    with pytest.warns(UserWarning, match="newsclf: ") as warned:
        quick(min_df=1, epochs=1).fit(train[0], ["Cycling" if label == "astronomy" else label
                                                 for label in train[1]])
    assert {warning.filename for warning in warned} == {__file__}


def test_clones_and_pickles(fitted, test):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(["a"])
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict_proba(test[0]) == fitted.predict_proba(test[0])).all()


def test_one_text_instead_of_several_is_refused(fitted, train):
    for use in (fitted.predict, fitted.predict_proba, lambda text: quick().fit(text, train[1])):
        with pytest.raises(TypeError, match="must be a list"):
            use("one text")
    with pytest.raises(TypeError, match=r"texts\[0\] must be a str, got float"):
        fitted.predict([1.5])
    with pytest.raises(ValueError, match="Unknown label type"):
        quick().fit(train[0], numpy.linspace(0, 1, len(train[0])))
    with pytest.raises(ValueError, match="as many labels"):
        quick().fit(train[0][1:], train[1])


def test_it_works_in_pipelines_searches_and_cross_validation(train, test):
    upper = FunctionTransformer(lambda texts: [text.upper() for text in texts])
    pipeline = make_pipeline(upper, quick())
    assert pipeline.fit(*train).score(*test) > 0.7
    assert cross_val_score(quick(), *train, cv=3).mean() > 0.5
    search = GridSearchCV(quick(), {"members": [1, 2], "linear": ["words", "none"]}, cv=2)
    assert search.fit(*train).score(*test) > 0.6
    assert set(search.best_params_) == {"members", "linear"}


def test_it_works_in_calibrated_classifiers(train, test):
    calibrated = CalibratedClassifierCV(quick(), cv=2).fit(numpy.array(train[0], dtype=object),
                                                           train[1])
    assert calibrated.score(*test) > 0.6
    assert numpy.allclose(calibrated.predict_proba(test[0]).sum(axis=1), 1)


def test_cleanlab_finds_wrong_labels_with_it(train):
    classification = pytest.importorskip("cleanlab.classification")
    texts, labels = numpy.array(train[0], dtype=object), numpy.unique(train[1],
                                                                      return_inverse=True)[1]
    labels = labels.copy()
    wrong = [5, 40, 70, 90]
    labels[wrong] = (labels[wrong] + 1) % 3
    found = classification.CleanLearning(quick(), cv_n_folds=3).find_label_issues(texts, labels)
    suspects = found.sort_values("label_quality").index[:12]
    assert len(set(wrong) & set(suspects)) >= 2
