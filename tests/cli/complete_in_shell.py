#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Types at the prompt of a shell, presses Tab and checks the resulting command line.

usage: complete_in_shell.py NEWSCLF bash|zsh|fish
Exit status 77 (skipped) if the shell is missing.
"""
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import time

# The typed text and the command line after Tab.
CASES = [
    ("newsclf tr", "newsclf train "),
    ("newsclf hel", "newsclf help "),
    ("newsclf help compa", "newsclf help compare "),
    ("newsclf train --help-", "newsclf train --help-all "),
    ("newsclf train --weighti", "newsclf train --weighting "),
    ("newsclf train --weighting tf", "newsclf train --weighting tfidf "),
    ("newsclf train --weighting=bi", "newsclf train --weighting=binary "),
    ("newsclf train --strip quotes,f", "newsclf train --strip quotes,footers"),
    ("newsclf train --output fil", "newsclf train --output file.model "),
    ("newsclf train --valid fol", "newsclf train --valid folder/"),
    ("newsclf train fol", "newsclf train folder/"),
    ("newsclf info fil", "newsclf info file.model "),
    ("newsclf completion zs", "newsclf completion zsh "),
    ("newsclf train --epochs fil", "newsclf train --epochs fil"),
    ("newsclf train --class-weight bal", "newsclf train --class-weight balanced "),
]

SETUP = {
    "bash": 'PS1="> "; source <(newsclf completion bash)',
    "zsh": 'PS1="> "; autoload -Uz compinit; compinit -u -D; bindkey -e; unsetopt AUTO_MENU BEEP;'
           " setopt NO_LIST_AMBIGUOUS NO_AUTO_LIST; source <(newsclf completion zsh)",
}
COMMAND = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}


class Prompt:
    """An interactive shell on its own pseudo-terminal."""

    def __init__(self, shell, folder, environment):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(COMMAND[shell][0], COMMAND[shell], environment)
        self.send(SETUP[shell] + "; echo rea''dy\r")
        self.wait_for("ready\r")

    def send(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, pattern):
        """Returns the output up to `pattern`; raises TimeoutError after 20 s."""
        arrived = ""
        deadline = time.monotonic() + 20
        while not re.search(pattern, arrived):
            ready, _, _ = select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError(f"no {pattern!r} in {arrived!r}")
            arrived += os.read(self.terminal, 65536).decode(errors="replace")
        return arrived

    def sleeps(self):
        """The number of times the shell has gone to sleep."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", status).group(1))

    def waits_for_a_key(self):
        """Returns whether the shell sleeps, has no child process and has read all input."""
        parents = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                state, parent = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
            except OSError:
                continue  # the process has ended meanwhile
            if int(parent) == self.pid:
                return False
            parents[stat.parent.name] = state
        try:
            with open(f"/proc/{self.pid}/fd/0", "rb", buffering=0,
                      opener=lambda path, flags: os.open(path, flags | os.O_NOCTTY)) as typed:
                unread = int.from_bytes(fcntl.ioctl(typed, termios.FIONREAD, bytes(4)), sys.byteorder)
        except OSError:
            return False  # during a redirection the shell's input is not a terminal
        return parents[str(self.pid)] == "S" and unread == 0

    def type(self, keys):
        """Sends keys and waits until the shell has processed them, at most 20 s."""
        before, deadline = self.sleeps(), time.monotonic() + 20
        self.send(keys)
        while self.sleeps() == before or not self.waits_for_a_key():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the shell has not processed {keys!r}")
            time.sleep(0.01)

    def complete(self, line):
        self.type(line)
        self.type("\t")  # a key typed during completion would cancel it
        # Ctrl-A and Ctrl-E move to both ends, so the line becomes the argument of an echo.
        self.send("\x01echo 'L''INE<\x05>'\r")
        arrived = self.wait_for(r"(?s)LINE<.*?>")
        return re.search(r"(?s)LINE<(.*?)>", arrived).group(1)


def fish_completes(line, folder, environment):
    """The line completed with the only candidate; fish needs no terminal for this."""
    ask = "newsclf completion fish | source; complete -C " + "'" + line + "'"
    answer = subprocess.run(["fish", "--no-config", "-c", ask], cwd=folder, env=environment,
                            capture_output=True, text=True, check=True).stdout.splitlines()
    if not answer:
        return line
    assert len(answer) == 1, f"{line!r}: {answer}"
    return line[:line.rindex(" ") + 1] + answer[0].split("\t")[0]


def main():
    newsclf, shell = sys.argv[1:]
    if not shutil.which(shell):
        print(f"no {shell}; scripts/setup.sh --all installs it", file=sys.stderr)
        return 77
    failures = 0
    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home, "work")
        folder.joinpath("folder").mkdir(parents=True)
        folder.joinpath("file.model").touch()
        environment = {"PATH": f"{pathlib.Path(newsclf).resolve().parent}:{os.environ['PATH']}",
                       "HOME": home, "TERM": "dumb" if shell == "zsh" else "vt100", "LC_ALL": "C"}
        prompt = None if shell == "fish" else Prompt(shell, folder, environment)
        for typed, expected in CASES:
            if shell == "fish":
                completed = fish_completes(typed, folder, environment)
            else:
                completed = prompt.complete(typed)
            # Shells append different things to a word that may continue: a space, a slash, nothing.
            if completed.rstrip(" /") != expected.rstrip(" /"):
                print(f"{typed!r} became {completed!r}, not {expected!r}", file=sys.stderr)
                failures += 1
    print(f"{shell}: {len(CASES) - failures} of {len(CASES)} command lines completed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
