# SPDX-License-Identifier: MIT
"""Trains with several processes, started as torchrun or a Slurm script starts them.
  processes.py NEWSCLF [--torchrun FILE]   FILE: torchrun, for the test of restarts"""
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / "data/sample"
LONG = ["--epochs", "2000"]  # killed long before its end
NEWSCLF = TORCHRUN = None


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def place(rank, size, port):
    return os.environ | {"RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank),
                         "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}


def train_command(model, *options, data=SAMPLE / "train"):
    return [NEWSCLF, "train", data, "-o", model, "--threads", "1", *options]


def start(commands):
    """One process for each command."""
    port = free_port()
    return [subprocess.Popen(command, env=place(rank, len(commands), port), encoding="utf-8",
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
            for rank, command in enumerate(commands)]


def finish(processes, timeout=120):
    """The exit status and the messages of each process."""
    messages = [process.communicate(timeout=timeout)[1] for process in processes]
    return [(process.returncode, text) for process, text in zip(processes, messages)]


def output(*words):
    return subprocess.run([NEWSCLF, *words], check=True, capture_output=True,
                          encoding="utf-8").stdout


class Processes(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.model = self.folder / "model"

    def require_refusal(self, environment, message, *options):
        run = subprocess.run(train_command(self.model, *options), env=environment,
                             stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
        self.assertNotEqual(run.returncode, 0)
        self.assertEqual(run.stderr, message + "\n")
        self.assertFalse(self.model.exists())

    def train(self, size, *options):
        """The losses of the epochs, and the vocabulary and the answers of the model."""
        log = self.folder / "log"
        command = train_command(self.model, "--log", log, "--force", *options)
        ends = finish(start([command] * size)) if size > 1 else finish([subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")])
        for rank, (status, messages) in enumerate(ends):
            self.assertEqual(status, 0, messages)
            self.assertEqual("wrote" in messages, rank == 0, messages)
            if rank > 0:
                self.assertEqual(messages, "")
        losses = [json.loads(line)["loss"] for line in log.read_text().splitlines()]
        answers = output("predict", self.model, SAMPLE / "test", "--output-format", "labels")
        return losses, output("info", self.model, "--vocabulary"), answers

    def require_equal_trainings(self, *options):
        losses, *model = self.train(1, *options)
        for size in (2, 4):
            with self.subTest(processes=size):
                other_losses, *other_model = self.train(size, *options)
                self.assertEqual(other_model, model)
                self.assertEqual(len(other_losses), len(losses))
                for loss, other in zip(losses, other_losses):
                    self.assertAlmostEqual(other, loss, delta=1e-5)

    def test_any_number_of_processes_takes_the_same_steps(self):
        self.require_equal_trainings()

    def test_the_same_with_dropped_words_and_held_out_documents(self):
        self.require_equal_trainings("--word-dropout", "0.2", "--valid-fraction", "0.2",
                                     "--members", "2")

    def test_the_same_with_adam_on_all_weights(self):
        self.require_equal_trainings("--optimizer", "adam", "--epochs", "5")

    def test_the_same_with_a_model_to_begin_with(self):
        start_model = self.folder / "start"
        subprocess.run(train_command(start_model, "-q"), check=True)
        self.require_equal_trainings("--init", start_model)

    def test_two_runs_give_the_same_bytes(self):
        models = []
        for _ in range(2):
            self.train(2)
            models.append(self.model.read_bytes())
        self.assertEqual(models[0], models[1])

    def test_a_killed_process_ends_the_others(self):
        for victim in (0, 1):
            with self.subTest(victim=victim):
                processes = start([train_command(self.model, *LONG)] * 2)
                line = ""
                while "epoch 2/" not in line:  # all are training
                    line = processes[0].stderr.readline()
                processes[victim].kill()
                begin = time.monotonic()
                ends = finish(processes, timeout=20)
                self.assertLess(time.monotonic() - begin, 10)
                status, messages = ends[1 - victim]
                self.assertEqual(status, 1)
                last = messages.splitlines()[-1]
                self.assertTrue(last.startswith(f"newsclf: process {1 - victim} of 2: the "
                                                "connection to another process is lost: "), last)
                self.assertFalse(self.model.exists())

    def test_other_documents_or_options_are_refused(self):
        command = train_command(self.model)
        for other in (train_command(self.model, data=SAMPLE / "test"),
                      train_command(self.model, "--seed", "1")):
            for status, messages in finish(start([command, other])):
                self.assertEqual(status, 1)
                self.assertIn("newsclf: training: the processes have other documents or options; "
                              "start the same command in all processes\n", messages)
        self.assertFalse(self.model.exists())

    def test_an_incomplete_environment_is_refused(self):
        self.require_refusal(
            os.environ | {"RANK": "0", "WORLD_SIZE": "2"},
            "newsclf: environment: RANK=0, WORLD_SIZE=2 is set, but not MASTER_ADDR, MASTER_PORT; "
            "set all of them to train in several processes, as torchrun does, or unset RANK and "
            "WORLD_SIZE")
        self.require_refusal(
            place(2, 2, 1), "newsclf: RANK: must be a number from 0 to 1, got '2'; start the "
            "training with torchrun")

    def test_standard_input_and_a_cache_are_refused(self):
        for command, message in [
                ([NEWSCLF, "train", "-", "-o", self.model],
                 "standard input cannot be read by several processes; use a file"),
                (train_command(self.model, "--cache", self.folder / "cache"),
                 "--cache cannot be used by several processes; omit it")]:
            run = subprocess.run(command, env=place(0, 2, 1), stdin=subprocess.DEVNULL,
                                 capture_output=True, encoding="utf-8")
            self.assertEqual(run.returncode, 2)
            self.assertEqual(run.stderr, f"newsclf: {message}\n")
            self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_checkpoint_of_other_processes_is_refused(self):
        checkpoint = self.folder / "checkpoint"
        keep = ["--checkpoint", checkpoint, "--checkpoint-every", "0"]
        processes = start([train_command(self.model, *LONG, *keep)] * 2)
        while not checkpoint.exists():
            time.sleep(0.05)
        for process in processes:
            process.send_signal(signal.SIGTERM)
        finish(processes)
        run = subprocess.run(train_command(self.model, *LONG, "--resume", checkpoint),
                             capture_output=True, encoding="utf-8")
        self.assertEqual(run.returncode, 1)
        self.assertIn("processes is 2, here 1", run.stderr)

    def test_torchrun_starts_again_from_the_checkpoint(self):
        if TORCHRUN is None or not Path(TORCHRUN).exists():
            self.skipTest("no torchrun")
        options = ["--epochs", "150"]
        self.train(2, *options)
        uninterrupted = self.model.read_bytes()
        self.model.unlink()
        checkpoint = self.folder / "checkpoint"
        keep = ["--checkpoint", checkpoint, "--checkpoint-every", "0"]
        launcher = subprocess.Popen(
            [TORCHRUN, "--no-python", "--nproc-per-node", "2", "--max-restarts", "1",
             "--master-addr", "127.0.0.1", "--master-port", str(free_port()),
             *train_command(self.model, *options, *keep)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            encoding="utf-8")
        while not checkpoint.exists():
            self.assertIsNone(launcher.poll(), "the training ended before its first checkpoint")
            time.sleep(0.02)
        children = subprocess.run(["pgrep", "-P", str(launcher.pid), "newsclf"], check=True,
                                  capture_output=True, encoding="utf-8").stdout.split()
        os.kill(int(children[-1]), signal.SIGKILL)
        messages = launcher.communicate(timeout=120)[1]
        self.assertEqual(launcher.returncode, 0, messages)
        self.assertEqual(self.model.read_bytes(), uninterrupted)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("newsclf")
    parser.add_argument("--torchrun")
    arguments, rest = parser.parse_known_args()
    NEWSCLF, TORCHRUN = arguments.newsclf, arguments.torchrun
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
