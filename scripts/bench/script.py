# SPDX-License-Identifier: MIT
"""What accuracy.py, folds.py and speed.py share: common options, the checks before anything is measured, and
where texts and figures are written."""
import argparse
import datetime
import shlex
import shutil
import sys
from pathlib import Path

from posts import folder_of
from report import SCRIPT, Failure, around_tables, processor, say, write_json, write_tables
from systems import ROOT


def run(main):
    """The one place where exceptions end."""
    try:
        main()
    except Failure as failure:
        say(failure)
        sys.exit(1)
    except OSError as error:
        say(f"{error.filename or 'stdout'}: {error.strerror}; see that it can be read and written")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


# ---- options ------------------------------------------------------------------------------------


def some_of(names):
    def parse(text):
        for name in text.split(","):
            if name not in names:
                raise argparse.ArgumentTypeError(f"must be from {', '.join(names)}, got '{name}'")
        return text.split(",")
    return parse


def positive(text):
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be an integer of at least 1, got '{text}'")
    return int(text)


def option_parser(description, parts, quick, no_install):
    """A parser with the options of all scripts; `quick` and `no_install` are help texts."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--parts", type=some_of(parts), default=list(parts), metavar="A,B",
        help=f"parts to measure, from {','.join(parts)} (default: all)")
    add("--data", type=Path, default=ROOT / "data/20news", metavar="FOLDER",
        help="folder of the posts (default: the project's data/20news)")
    add("--newsclf", type=Path, default=ROOT / "build/release/bin/newsclf", metavar="FILE",
        help="the program to measure (default: the release build)")
    add("--json", type=Path, metavar="FILE", help="write the figures of every run as JSON")
    add("--update", type=Path, metavar="FILE",
        help=f"replace the text between the lines '<!-- {SCRIPT} begin -->' and "
             f"'<!-- {SCRIPT} end -->' of this file with the tables")
    add("--quick", action="store_true", help=quick)
    add("--no-install", action="store_true", help=no_install)
    return parser


def check(args, parts=("train", "test")):
    """Fails, before anything is measured, if the program, the markers in the file to update or one
    of these parts of the posts is missing."""
    if not shutil.which(args.newsclf):
        raise Failure(f"{args.newsclf}: no such program; build it, or name it with --newsclf")
    args.newsclf = Path(shutil.which(args.newsclf)).resolve()
    if args.update:
        around_tables(args.update)
    for part in parts:
        folder_of(args.data, part)


# ---- results ------------------------------------------------------------------------------------


def circumstances(args, *options):
    """`options` are what repeats the run, without file arguments: tables must not show paths."""
    quick = ["--quick"] if args.quick else []
    return {"date": datetime.date.today().isoformat(),
            "command": shlex.join([f"scripts/bench/{SCRIPT}", *options, *quick]),
            "processor": processor()}


def figures_of(records, figure, **where):
    """This figure of every record that has it and matches `where`, in order."""
    return [record[figure] for record in records
            if where.items() <= record.items() and record.get(figure) is not None]


class Output:
    """Prints texts and keeps them for --update. Writes `facts`, which may grow later, to --json:
    immediately, so that an unwritable file is reported early, and again after each text."""

    def __init__(self, args, facts):
        self.args, self.facts, self.texts = args, facts, []
        write_json(args.json, facts)

    def show(self, text):
        print(("\n" if self.texts else "") + text, flush=True)
        self.texts.append(text)
        write_json(self.args.json, self.facts)

    def measure(self, bench, parts):
        """Shows the table of each part as soon as it is measured; `parts`: pairs of functions."""
        for measure, tabulate in parts:
            measure(bench)
            self.show(tabulate(bench))

    def update(self):
        if self.args.update:
            write_tables(self.args.update, "\n\n".join(self.texts))
