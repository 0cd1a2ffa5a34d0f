# SPDX-License-Identifier: MIT
"""What every part of speed.py is built on: the systems and posts to measure, rounds of processes,
records of their figures, goals."""
import math
import operator
import os
import statistics
from typing import List, NamedTuple, Optional

from posts import THREE
from processes import in_child, measured
from report import say
from script import figures_of
from systems import (DEFAULTS, FAST, FASTTEXT, ONE_MEMBER, PACKAGES, Posts, find_peers, lay_out,
                     newsclf)

QUICK_POSTS = 100  # per label


class Bench:
    """The systems, the posts, and `records`: one for every run."""

    def __init__(self, args, work, peers=None):
        """`peers`: names, if not those that the parts of speed.py need."""
        self.args, self.binary, self.quick, self.work = args, args.newsclf, args.quick, work
        self.peers, self.versions, self.left_out = find_peers(
            peers_of(args) if peers is None else peers, not (args.no_install or args.quick))
        self.systems = {**self.peers, **{system.name: system for system in (
            newsclf(self.binary, DEFAULTS), newsclf(self.binary, FAST, "--preset fast"),
            newsclf(self.binary, ONE_MEMBER, "--members 1"))}}
        self.records = []
        self.trained = set()  # (posts, system's name) whose model is written
        self.not_run = {}  # part: why

    def lay_out_posts(self):
        say("laying out the posts")
        tree = self.work / "posts"
        in_child(lay_out, self.args.data, tree, THREE if self.quick else None,
                 QUICK_POSTS if self.quick else None, THREE)
        labels = tuple(sorted(path.name for path in (tree / "train").iterdir()))
        title = (f"3 groups, {QUICK_POSTS} posts per label" if self.quick
                 else f"{len(labels)} groups")
        three = title if self.quick else "3 groups"
        self.posts = {20: Posts(title, tree, tree / "all", labels, ()),
                      3: Posts(three, tree, tree / "three", THREE, THREE)}

    def model(self, posts, name):
        """The path of this system's model, which need not exist yet."""
        return posts.lines / ("".join(filter(str.isalnum, name)) + ".model")

    def train_command(self, posts, name):
        return self.systems[name].train(posts, self.model(posts, name))

    def trained_model(self, posts, name):
        """Trains the model, unmeasured, unless some part has already trained it."""
        if (posts, name) not in self.trained:
            say(f"training {name} on {posts.title}")
            measured(self.train_command(posts, name))
            self.trained.add((posts, name))
        return self.model(posts, name)


def peers_of(args):
    """The names of the peers that the parts need."""
    names = [name for name in PACKAGES if name != "torch"] + [FASTTEXT]
    wanted = names if {"B1", "B2", "B3", "B4"} & set(args.parts) else []
    wanted = wanted or [name for name, part in (("scikit-learn", "B7"), (FASTTEXT, "B10"))
                        if part in args.parts]
    return wanted + (["torch"] if "B2" in args.parts and not args.quick else [])


# ---- figures as text ----------------------------------------------------------------------------


def number(value):
    """Three significant digits, or the whole integer part if that is longer."""
    if value is None:
        return ""
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(0, digits)}f}"


def ratio(value, other):
    return value / other if value is not None and other else None


def short(name):
    """The name of newsclf with some options, for a goal of newsclf."""
    return name.removeprefix("newsclf").lstrip(", ")


class Goal(NamedTuple):
    """What a part should reach; `value` is None if it was not measured."""
    text: str
    sense: str  # a key of SENSES
    limit: float
    value: Optional[float]

    def cells(self):
        limit = f"{self.sense} {number(self.limit)}"
        if self.value is None:
            return [self.text, limit, "not measured", ""]
        met = SENSES[self.sense](self.value, self.limit)
        return [self.text, limit, number(self.value), "yes" if met else self._distance()]

    def _distance(self):
        if self.limit == 0:
            return f"no, by {number(abs(self.value))}"
        return f"no, by {100 * abs(self.value / self.limit - 1):.0f} %"


SENSES = {"at most": operator.le, "at least": operator.ge, "more than": operator.gt}


# ---- a part -------------------------------------------------------------------------------------


class Job(NamedTuple):
    """One process of a round."""
    case: str
    command: List
    stdin: object = os.devnull
    stdout: object = os.devnull
    repetitions: Optional[int] = None  # None: the part's number


class Part:
    """Base of the parts, which define `measure` and `table`; the class name is the part's name."""
    groups = 20  # which posts it uses: a key of Bench.posts

    def __init__(self, bench):
        self.bench, self.name, self.posts = bench, type(self).__name__, bench.posts[self.groups]
        self.repetitions = 1 if bench.quick else bench.args.repetitions

    def goals(self):
        return ()

    def take_turns(self, jobs):
        """Runs all jobs in rounds; round 0 is a warm-up and does not count."""
        repetitions = [job.repetitions or self.repetitions for job in jobs]
        for round_ in range(1 if self.bench.quick else 0, 1 + max(repetitions)):
            for job, last in zip(jobs, repetitions):
                if round_ <= last:
                    figures = measured(job.command, job.stdin, job.stdout)
                    self.record(job.case, round=round_, **figures)
            if round_ <= self.repetitions:
                say(f"{self.name}: round {round_} done" + ("" if round_ else " (not counted)"))

    def record(self, case, **figures):
        self.bench.records.append({"part": self.name, "case": case, **figures})

    def cases(self):
        return list(dict.fromkeys(record["case"] for record in self.bench.records
                                  if record["part"] == self.name))

    def values(self, case, figure="wall_s"):
        """This figure of every counted run that has it, in order."""
        counted = (record for record in self.bench.records if record.get("round") != 0)
        return figures_of(counted, figure, part=self.name, case=case)

    def median(self, case, figure="wall_s"):
        """None if it was not measured."""
        values = self.values(case, figure)
        return statistics.median(values) if values else None

    def over(self, case, other, figure="wall_s"):
        return ratio(self.median(case, figure), self.median(other, figure))

    def medians(self, case, *figures):
        """Cells of a table."""
        return [number(self.median(case, figure)) for figure in figures]

    def with_range(self, case, figure="wall_s", scale=1):
        """A table cell: the median, with the range if there were several runs."""
        values = [scale * value for value in self.values(case, figure)]
        if len(values) < 2:
            return number(values[0] if values else None)
        return f"{number(statistics.median(values))} ({number(min(values))}-{number(max(values))})"

    def runs(self):
        """For the caption of a table."""
        return ("one run" if self.repetitions == 1
                else f"medians (range) of {self.repetitions} runs, systems taking turns")
