#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a command and prints its time and the largest memory it had: RssAnon, which the kernel cannot
write back to a file, and RssFile, which it can drop. Sampled twenty times a second from /proc."""
import argparse
import re
import subprocess
import time

from report import say
from script import run


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the command and its arguments")
    command = parser.parse_args().command
    start, most = time.monotonic(), {"RssAnon": 0, "RssFile": 0}
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status") as status:
                    found = dict(re.findall(r"(RssAnon|RssFile):\s+(\d+) kB", status.read()))
            except OSError:  # it has just ended
                break
            for name, kib in found.items():
                most[name] = max(most[name], int(kib) * 1024)
            time.sleep(0.05)
    memory = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in most.items())
    say(f"{time.monotonic() - start:.0f} s, at most {memory}")
    raise SystemExit(process.returncode)


if __name__ == "__main__":
    run(main)
