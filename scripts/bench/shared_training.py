#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains on 20 Newsgroups with 1, 2 and 4 processes on this machine, as a table for BENCHMARKS.md.

    scripts/bench/shared_training.py [--parts 1,2,4] [--json FILE] [--update BENCHMARKS.md]

Each process has one thread. The processes are started by hand, with the variables that torchrun
sets, so that the start of Python is not part of the figures. What a step exchanges follows from the
model: the sums of the first layers for the documents of a batch, as 32-bit floats.

Tables go to stdout, progress to stderr, every figure to the file given to --json.
"""
import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from processes import output_of
from report import Failure, say, table
from script import Output, check, circumstances, option_parser, run
from speed_bench import QUICK_POSTS, Bench, number
from systems import evaluate

PROCESSES = {"1": 1, "2": 2, "4": 4}
FLOAT_BYTES = 4


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def train(command, count):
    """Runs `command` in so many processes; returns the seconds and the CPU seconds of each."""
    port = free_port()
    begin = time.perf_counter()
    running = [subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"RANK": str(rank), "WORLD_SIZE": str(count), "LOCAL_RANK": str(rank),
                          "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)})
               for rank in range(count)]
    cpu = []
    for process in running:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise Failure(f"{command[0]}: status {process.returncode} of {count} processes")
        cpu.append(usage.ru_utime + usage.ru_stime)
    return {"wall_s": time.perf_counter() - begin, "cpu_s": cpu}


def exchanged_bytes(info):
    """What a process contributes to a step."""
    options = info["training"]["options"]
    units = sum(network["members"] * network["hidden"][0] if network["hidden"]
                else len(info["labels"]) for network in info["networks"])
    return options["batch_size"] * units * FLOAT_BYTES


def measure(bench, name):
    posts, count = bench.posts[20], PROCESSES[name]
    model, log = bench.work / f"model.{count}", bench.work / f"log.{count}"
    used = train([bench.binary, "train", posts.tree / "train", "-o", model, "-q", "--threads", "1",
                  "--log", log], count)
    epochs = [json.loads(line) for line in log.read_text().splitlines()]
    percent = 100 * evaluate(bench.binary, model, posts.tree / "test")["accuracy"]
    info = json.loads(output_of(bench.binary, "info", model, "--json", "-"))
    bench.records.append({"processes": count, **used, "losses": [e["loss"] for e in epochs],
                          "epochs_s": epochs[-1]["elapsed_s"], "test_percent": percent,
                          "step_bytes": exchanged_bytes(info),
                          "batch_size": info["training"]["options"]["batch_size"]})
    say(f"{count} processes: {percent:.2f} % in {used['wall_s']:.2f} s")


def result_table(bench):
    first = bench.records[0]

    def row(figures):
        difference = max(abs(loss - other)
                         for loss, other in zip(figures["losses"], first["losses"]))
        return [str(figures["processes"]), number(figures["wall_s"]), number(figures["epochs_s"]),
                number(max(figures["cpu_s"])), f"{figures['test_percent']:.2f}",
                f"{difference:.1e}"]

    return table(f"Training on {bench.posts[20].title} with processes of one thread on a machine "
                 f"with {os.cpu_count()} processors, one run each. A step of {first['batch_size']} "
                 f"documents exchanges {first['step_bytes'] / 1e3:,.0f} kB per process.",
                 ["processes", "seconds", "of these in epochs", "CPU seconds of a process",
                  "test accuracy, %", f"largest difference of a loss from {first['processes']}"],
                 [row(figures) for figures in bench.records])


def parse_arguments():
    return option_parser(
        __doc__, PROCESSES, quick=f"{QUICK_POSTS} posts of each of 3 groups: checks that the "
        "script works, not how fast anything is", no_install="has no effect here").parse_args()


def main():
    args = parse_arguments()
    check(args)
    with tempfile.TemporaryDirectory(prefix="newsclf-shared-") as work:
        bench = Bench(args, Path(work), peers=[])
        facts = {**circumstances(args, "--parts", ",".join(args.parts)),
                 "versions": [output_of(args.newsclf, "--version").splitlines()[0]],
                 "records": bench.records}
        output = Output(args, facts)
        output.show("Measured {date} by `{command}` on {processor}; {}.".format(
            ", ".join(facts["versions"]), **facts))
        bench.lay_out_posts()
        for name in args.parts:
            measure(bench, name)
        output.show(result_table(bench))
        output.update()


if __name__ == "__main__":
    run(main)
