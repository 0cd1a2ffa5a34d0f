# SPDX-License-Identifier: MIT
"""B10 of speed.py: how large a model is, how small it can be made and what that costs."""
import os
from pathlib import Path
from typing import NamedTuple

from processes import measured
from report import say, table
from speed_bench import Goal, Part, number
from systems import DEFAULTS, FAST, FASTTEXT, FASTTEXT_PAIRS, fasttext, quantize_fasttext


class Compressed(NamedTuple):
    """A size of a model, and how it is reached."""
    mb: float
    max_loss: float  # goal: points of test accuracy that `newsclf compress` may lose
    cutoff: int  # tokens in a model that fastText quantizes to about this size; 0: all


SIZES = (Compressed(10, 0.2, 0), Compressed(5, 0.6, 72000), Compressed(2, 1, 27800))
QUICK_SIZES = (Compressed(0.5, 20, 2000),)


class B10(Part):
    def __init__(self, bench):
        super().__init__(bench)
        self.sizes = QUICK_SIZES if bench.quick else SIZES

    def measure(self):
        ours = self.bench.systems[DEFAULTS]
        for name in (DEFAULTS, FAST):
            model = self.bench.trained_model(self.posts, name)
            self.score(name, model, ours.accuracy(self.posts, model))
        large = self.bench.trained_model(self.posts, DEFAULTS)
        for size in self.sizes:
            small = large.with_name("compressed.model")
            used = measured([self.bench.binary, "compress", large, "--max-size", f"{size.mb}MB",
                             "-o", small, "--force", "-q"])
            self.score(self.compress(size), small, ours.accuracy(self.posts, small), **used)
        if FASTTEXT in self.bench.peers:
            self.quantize()

    def quantize(self):
        for name in (FASTTEXT, FASTTEXT_PAIRS):
            model = self.bench.trained_model(self.posts, name)
            self.score(name, f"{model}.bin", self.bench.systems[name].accuracy(self.posts, model))
        large, quantized = self.bench.model(self.posts, FASTTEXT), fasttext(FASTTEXT, suffix="ftz")
        for size in self.sizes:
            small = large.with_name(f"quantized{size.cutoff}")
            os.link(f"{large}.bin", f"{small}.bin")  # fastText reads it under the output's name
            used = measured(quantize_fasttext(self.posts.lines / "train.fasttext", small,
                                              size.cutoff))
            cut = f" -cutoff {size.cutoff} -retrain" if size.cutoff else ""
            self.score(f"{FASTTEXT} `quantize -qnorm{cut}`", f"{small}.ftz",
                       quantized.accuracy(self.posts, small), **used)

    @staticmethod
    def compress(size):
        return f"newsclf `compress --max-size {size.mb}MB`"

    def score(self, case, model, percent, **used):
        self.record(case, round=1, model_mb=Path(model).stat().st_size / 1e6,
                    accuracy_percent=percent, **used)
        say(f"B10: {case}: {number(self.median(case, 'model_mb'))} MB, {percent:.2f} %")

    def table(self):
        return table(f"B10: size of the model of {self.posts.title}, and of what newsclf and "
                     "fastText make of their first model here; one run each. Seconds: of making "
                     "it smaller.",
                     ["", "model file, MB", "test accuracy, %", "seconds", "CPU seconds"],
                     [[case, *self.medians(case, "model_mb"),
                       f"{self.median(case, 'accuracy_percent'):.2f}",
                       *self.medians(case, "wall_s", "cpu_s")] for case in self.cases()])

    def goals(self):
        yield Goal("MB, defaults", "at most", 20, self.median(DEFAULTS, "model_mb"))
        before = self.median(DEFAULTS, "accuracy_percent")
        for size in self.sizes:
            yield Goal(f"points of test accuracy lost at {size.mb} MB", "at most", size.max_loss,
                       before - self.median(self.compress(size), "accuracy_percent"))
