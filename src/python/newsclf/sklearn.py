# SPDX-License-Identifier: MIT
"""newsclf as a scikit-learn classifier of texts."""
from __future__ import annotations

import os
import unicodedata
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Union

import numpy
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from ._model import Model
from ._texts import one_dimensional
from ._training import train_for_caller

__all__ = ["NewsClassifier"]


class NewsClassifier(ClassifierMixin, BaseEstimator):
    """Classifier of texts: tf-idf, an ensemble of multilayer perceptrons and a linear classifier.

    It replaces a pipeline of a vectorizer and a classifier: X are texts, not numbers.

    Parameters
    ----------
    preset, members, linear, inputs, hidden, dropout, word_ngrams, char_ngrams, min_df, max_df, \
max_features, stop_words, weighting, epochs, batch_size, lr, weight_decay, class_weight, weights, \
seed, threads : optional
        The options of ``newsclf train``, as in `newsclf.train`; None: the program's default, which
        may depend on the data. The keys of `class_weight` are classes.
    calibration : bool
        Whether a temperature calibrates the probabilities.
    verbose : bool
        Print the progress of the training to stderr.

    Attributes
    ----------
    classes_ : ndarray [C]
        The classes, sorted: the order of the columns of `predict_proba`.
    model_ : newsclf.Model
        The trained model, for `Model.explain` and `Model.save`. Its labels are the classes as str.
    """

    def __init__(self, *, preset: Optional[str] = None, members: Optional[int] = None,
                 linear: Optional[str] = None, inputs: Union[str, Sequence[str], None] = None,
                 hidden: Union[Sequence[int], NDArray[Any], None] = None,
                 dropout: Optional[float] = None,
                 word_ngrams: Union[str, int, None] = None, char_ngrams: Optional[str] = None,
                 min_df: Optional[int] = None, max_df: Optional[float] = None,
                 max_features: Optional[int] = None,
                 stop_words: Union[str, os.PathLike[str], None] = None,
                 weighting: Optional[str] = None, epochs: Optional[int] = None,
                 batch_size: Optional[int] = None, lr: Optional[float] = None,
                 weight_decay: Optional[float] = None,
                 class_weight: Union[str, os.PathLike[str], Mapping[Any, float], None] = None,
                 calibration: bool = True, weights: Optional[str] = None,
                 seed: Optional[int] = None, threads: Optional[int] = None,
                 verbose: bool = False) -> None:
        self.preset = preset
        self.members = members
        self.linear = linear
        self.inputs = inputs
        self.hidden = hidden
        self.dropout = dropout
        self.word_ngrams = word_ngrams
        self.char_ngrams = char_ngrams
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.stop_words = stop_words
        self.weighting = weighting
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.weight_decay = weight_decay
        self.class_weight = class_weight
        self.calibration = calibration
        self.weights = weights
        self.seed = seed
        self.threads = threads
        self.verbose = verbose

    def fit(self, X: Iterable[str], y: ArrayLike) -> NewsClassifier:
        """Train on the texts X [n] with the classes y [n] of any type that scikit-learn accepts.

        Raises the exceptions of `newsclf.train`.
        """
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        classes, codes = numpy.unique(y, return_inverse=True)
        if len(classes) < 2:
            got = f"one class, {classes[0]}" if len(classes) else "none"
            raise ValueError(f"y must contain at least two classes, got {got}")
        names = _names(classes)
        options: Dict[str, Any] = self.get_params(deep=False)
        verbose = options.pop("verbose")
        options["no_calibration"] = not options.pop("calibration")
        if isinstance(self.class_weight, Mapping):
            name_of = dict(zip(classes.tolist(), names))
            unknown = [label for label in self.class_weight if label not in name_of]
            if unknown:
                raise ValueError(f"class_weight contains {unknown[0]!r}, which is no class of y")
            options["class_weight"] = {name_of[label]: weight
                                       for label, weight in self.class_weight.items()}
        model = train_for_caller(X, [names[code] for code in codes], verbose, options)
        self.classes_: NDArray[Any] = classes
        self.model_: Model = model
        # Columns of the model, in byte order of the names, in the order of the classes.
        self._order = numpy.array([model.labels.index(name) for name in names])
        return self

    def predict(self, X: Iterable[str]) -> NDArray[Any]:
        """Return the most probable class of each text [n]."""
        check_is_fitted(self)
        class_of = {self.model_.labels[column]: number for number, column in enumerate(self._order)}
        numbers = [class_of[name] for name in self.model_.predict(one_dimensional(X, "X"))]
        predicted: NDArray[Any] = self.classes_[numpy.array(numbers, dtype=int)]
        return predicted

    def predict_proba(self, X: Iterable[str]) -> NDArray[numpy.float32]:
        """Return the probability of every class [n, C]."""
        check_is_fitted(self)
        return self.model_.predict_proba(one_dimensional(X, "X"))[:, self._order]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.non_deterministic = False
        return tags


def _names(classes: NDArray[Any]) -> List[str]:
    """The classes as str; their numbers if the program would change a name, or refuse it."""
    names = [str(label) for label in classes]
    return names if all(
        name and name == unicodedata.normalize("NFC", name.strip()) and name.isprintable()
        for name in names) else [str(number) for number in range(len(names))]
