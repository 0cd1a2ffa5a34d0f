# SPDX-License-Identifier: MIT
"""Kills trainings at random moments and lets them go on from their checkpoints, until they end:
the model has to be the one of a training that was not interrupted.
  checkpoint_kills.py NEWSCLF [--kills N]   N: in all (default 12; 200 in a long run)"""
import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data/sample/train"
TRAININGS = (  # each takes a second or more
    ["--epochs", "200"],
    ["--epochs", "60", "--valid-fraction", "0.2", "--patience", "20"],
    ["--epochs", "20", "--optimizer", "adam", "--members", "2"],
)


def start(newsclf, folder, options, *more):
    return subprocess.Popen(
        [newsclf, "train", DATA, "-o", folder / "model", "-q", *options, *more],
        stderr=subprocess.PIPE, encoding="utf-8")


def finish(process):
    _, messages = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, process.args))}: status {process.returncode}\n{messages}")


def uninterrupted(newsclf, options):
    """The bytes of the model, and the seconds of the run."""
    with tempfile.TemporaryDirectory() as name:
        begin = time.monotonic()
        finish(start(newsclf, Path(name), options))
        return (Path(name) / "model").read_bytes(), time.monotonic() - begin


def interrupted(newsclf, options, seconds, rng, kills):
    """Kills up to so many runs; returns how many it killed, and the bytes of the model."""
    killed = 0
    with tempfile.TemporaryDirectory() as name:
        checkpoint = Path(name) / "checkpoint"
        keep = ["--checkpoint", checkpoint, "--checkpoint-every", "0"]
        while True:
            resume = ["--resume", checkpoint] if checkpoint.exists() else []
            process = start(newsclf, Path(name), options, *keep, *resume)
            if killed == kills:
                finish(process)
                break
            try:
                process.wait(rng.uniform(0, 1.2 * seconds))
                finish(process)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
                process.communicate()
                killed += 1
                if (Path(name) / "model").exists():  # killed after it was written
                    checkpoint.unlink(missing_ok=True)
                    break
        left = sorted(path.name for path in Path(name).iterdir())
        if left != ["model"]:
            sys.exit(f"files were left: {left}")
        return killed, (Path(name) / "model").read_bytes()


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("newsclf")
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    wanted = [uninterrupted(args.newsclf, options) for options in TRAININGS]
    killed = runs = 0
    while killed < args.kills:
        options, (model, seconds) = rng.choice(list(zip(TRAININGS, wanted)))
        more, found = interrupted(args.newsclf, options, seconds, rng, args.kills - killed)
        if found != model:
            sys.exit(f"{' '.join(options)}: another model after {more} kills")
        killed, runs = killed + more, runs + 1
    print(f"{killed} kills in {runs} trainings: each model is that of a run without interruption")


if __name__ == "__main__":
    main()
