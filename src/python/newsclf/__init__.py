# SPDX-License-Identifier: MIT
"""Label texts with newsclf models, and train them.

>>> import newsclf
>>> model = newsclf.load("news.safetensors")
>>> model.predict("the shuttle reached orbit")
'sci.space'

`newsclf.sklearn.NewsClassifier` is the same as a scikit-learn classifier.
"""
from ._library import Error, version
from ._model import Answer, Explanation, Model, load
from ._training import train

__version__ = version()
__all__ = ["Answer", "Error", "Explanation", "Model", "__version__", "load", "train"]
