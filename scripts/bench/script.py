# SPDX-License-Identifier: MIT
"""What accuracy.py and speed.py share: their common options, the checks before anything is
measured, and where texts and figures go."""
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
                raise argparse.ArgumentTypeError(f"no '{name}'; there are {', '.join(names)}")
        return text.split(",")
    return parse


def positive(text):
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 on")
    return int(text)


def option_parser(description, parts, quick, no_install):
    """Has the options of both scripts; `quick` and `no_install` are the help texts of these two."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--parts", type=some_of(parts), default=list(parts), metavar="A,B",
        help=f"what to measure, of {','.join(parts)} (default: all)")
    add("--data", type=Path, default=ROOT / "data/20news", metavar="FOLDER",
        help="folder of the posts (default: data/20news of the project)")
    add("--newsclf", type=Path, default=ROOT / "build/release/bin/newsclf", metavar="FILE",
        help="the program to measure (default: the release build)")
    add("--json", type=Path, metavar="FILE", help="write the figures of every single run")
    add("--readme", type=Path, metavar="FILE",
        help=f"replace the text between the lines '<!-- {SCRIPT} begin -->' and "
             f"'<!-- {SCRIPT} end -->' of this file by the tables")
    add("--quick", action="store_true", help=quick)
    add("--no-install", action="store_true", help=no_install)
    return parser


def check(args, parts=("train", "test")):
    """Fails before anything is measured where the program, the markers of the README or one of
    these parts of the posts are missing."""
    if not shutil.which(args.newsclf):
        raise Failure(f"{args.newsclf}: no such program; build it, or name it with --newsclf")
    args.newsclf = Path(shutil.which(args.newsclf)).resolve()
    if args.readme:
        around_tables(args.readme)
    for part in parts:
        folder_of(args.data, part)


# ---- results ------------------------------------------------------------------------------------


def circumstances(args, *options):
    """`options` are those to repeat the run with, without files: tables show nobody's paths."""
    quick = ["--quick"] if args.quick else []
    return {"date": datetime.date.today().isoformat(),
            "command": shlex.join([f"scripts/bench/{SCRIPT}", *options, *quick]),
            "processor": processor()}


def figures_of(records, figure, **where):
    """This figure of every record that has it and agrees with `where`, in order."""
    return [record[figure] for record in records
            if where.items() <= record.items() and record.get(figure) is not None]


class Output:
    """Prints texts and keeps them for --readme. `facts`, which may grow meanwhile, go to --json:
    at once, as a file that cannot be written is better reported early, and after each text."""

    def __init__(self, args, facts):
        self.args, self.facts, self.texts = args, facts, []
        write_json(args.json, facts)

    def show(self, text):
        print(("\n" if self.texts else "") + text, flush=True)
        self.texts.append(text)
        write_json(self.args.json, self.facts)

    def write_readme(self):
        if self.args.readme:
            write_tables(self.args.readme, "\n\n".join(self.texts))
