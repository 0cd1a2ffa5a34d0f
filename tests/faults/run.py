#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes system calls and allocations of newsclf fail one after the other, kills it, and takes away
memory, disk space, descriptors, threads and streams. No run may crash, hang, change a result
without a word, damage the model that was there, or leave a temporary file behind.

    python run.py NEWSCLF MALLOC_LIBRARY [--all] [--only PART,...] [--commands NAME,...] [--seed N]

Without --all, a sample of the failures in about half a minute. MALLOC_LIBRARY is the build of
failing_malloc.cpp. Parts: calls, malloc, kills, disk, limits, streams. Prints the number of runs of
each part, and every run that broke a rule. Exit status 77 if strace cannot trace here.
"""
import argparse
import collections
import concurrent.futures
import fcntl
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
NOBODY = 65534
TIMEOUT_S = 120
OLD = b"an old model"
MOST_OF_ALL = 500  # of one call of one command: training changes the protection of memory often
# System calls, and the errors that they get.
CALLS = {
    "openat": ["EMFILE", "EIO", "EACCES"], "read": ["EIO", "EINTR"], "write": ["ENOSPC", "EAGAIN"],
    "pread64": ["EIO"], "getdents64": ["EIO"], "newfstatat,fstat,statx": ["EIO"],
    "fsync": ["EIO"], "rename,renameat,renameat2": ["EIO"], "unlink,unlinkat": ["EACCES"],
    "mmap": ["ENOMEM"], "mprotect": ["ENOMEM"], "brk": ["ENOMEM"], "close": ["EIO"],
    "clone,clone3": ["EAGAIN"], "flock": ["ENOLCK"], "lseek": ["EIO"], "fchmod": ["EPERM"],
    "sync_file_range": ["EIO"], "sched_getaffinity": ["EPERM"], "madvise": ["ENOMEM"],
    "poll": ["EINTR"],
}
MUST_FAIL = {"sync_file_range"}  # it reports that a disk has lost what was written before
KILLED_AT = ["write", "fsync", "rename,renameat,renameat2", "unlink,unlinkat", "openat", "close"]
REMOVED = []  # one for each temporary file of a killed run that the next run removed
BROKEN = (b"terminate called", b"please report", b"Assertion", b"stack smashing")


class Command:
    """A command line, and what it prints and writes when nothing fails."""

    def __init__(self, name, words, stdin=b"", out=None):
        self.name, self.words, self.stdin, self.out = name, words, stdin, out
        self.is_slow = name in ("train", "train-from-disk", "compress")  # they load LibTorch

    def argv(self, folder):
        return [str(BINARY)] + [word.replace("OUT", str(folder)) for word in self.words]


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


def new_folder(command, parent=None):
    folder = Path(tempfile.mkdtemp(dir=parent or WORK))
    if command.out:
        (folder / command.out).write_bytes(OLD)
    return folder


def run(command, folder, before=(), environment=None, prepare=None, kill_after=None, by=None):
    """Runs a command; `prepare` is called in the child, and the signal `by` sent after a while."""
    try:
        preload = {} if before else PRELOAD  # strace sets it for its child
        child = subprocess.Popen([*before, *command.argv(folder)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=prepare,
                                 env={**os.environ, **preload, **(environment or {})})
    except BlockingIOError as error:  # too many processes
        return Result(1, b"", str(error).encode())
    try:
        if kill_after is not None:
            time.sleep(kill_after)
            child.send_signal(by)
        out, err = child.communicate(command.stdin, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        return Result("hangs", *child.communicate())
    return Result(child.returncode, out, err)


def leftovers(folder):
    return [path for path in folder.iterdir() if ".newsclf-" in path.name]


def messages(err, folder):
    """The messages of a run, without the folder and speeds, which differ between runs."""
    err = err.replace(os.fsencode(folder), b"OUT")
    return set(re.sub(rb"[\d,]+ documents/s", b"", err).splitlines())


def crashed_elsewhere(result):
    """Whether LibTorch or libarchive crashed, or the dynamic loader, before it loaded
    MALLOC_LIBRARY. They do not check all of their calls."""
    return re.search(rb"faults: crashed in lib(torch|c10|gomp|iomp|mkl|archive)", result.err) or \
        (result.status == -signal.SIGSEGV and not result.out + result.err)


def judge(command, folder, result, may_leave=False, may_differ=False, sent=(), streams_lost=False):
    """What is wrong with the result of a run, or None.

    may_leave: a temporary file may be left, but not after the next run
    may_differ: another result is a success if there is a message
    sent: signals that the run may have died of
    streams_lost: stdout or stderr was closed
    """
    status, out, err = result.status, result.out, result.err
    if status == "hangs":
        return "hangs"
    if status < 0 and -status not in sent and not crashed_elsewhere(result):
        return f"died of {signal.Signals(-status).name}"
    if any(word in err for word in BROKEN):
        return "unexpected error"
    written = (folder / command.out).read_bytes() if command.out else None
    says_more = messages(err, folder) - command.messages
    if status > 0 and not says_more and not streams_lost:
        return "failed without a word"
    if not (may_differ and says_more):
        if status == 0 and written != command.written:
            return "success with another result"
        if status == 0 and out != command.result.out and not streams_lost:
            return "success with other output"
        if written not in (OLD, None, command.written):
            return "the old file is damaged"
        if not command.result.out.startswith(out) and command.name.startswith("predict"):
            return "wrong answers"
    if status > 128 and not err.endswith((b"interrupted\n", b"terminated\n")):
        return "ended without a word"
    if leftovers(folder):
        if not may_leave:
            return "left a temporary file"
        if run(command, folder).status != 0 or leftovers(folder):
            return "the next run left the temporary file"
        REMOVED.append(command.name)
    return None


def kind_of(result):
    if result.status == "hangs":
        return "hangs"
    if result.status < 0 and crashed_elsewhere(result):
        return "crashes of other libraries"
    if result.status == 0:
        return "successes"
    return "errors" if 0 < result.status < 128 else "ended by a signal"


class Part:
    """Runs many tests of a kind in parallel, and counts them."""

    def __init__(self, name):
        self.name, self.jobs, self.lost, self.outcomes = name, [], 0, collections.Counter()

    def add(self, what, command, test):
        self.jobs.append((what, command, test))

    def do(self):
        def one(job):
            what, command, test = job
            folder = new_folder(command)
            try:
                result, problem = test(folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            if problem:
                print(f"LOST {command.name}, {what}: {problem}: status {result.status}: "
                      f"{result.err.decode(errors='replace')[-300:]!r}", flush=True)
            return kind_of(result), problem
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for kind, problem in pool.map(one, self.jobs):
                self.lost += problem is not None
                self.outcomes[kind] += 1
        outcomes = ", ".join(f"{count:,} {what}" for what, count in sorted(self.outcomes.items()))
        print(f"{self.name}: {len(self.jobs):,} runs ({outcomes or 'none'}), {self.lost} lost, "
              f"{time.monotonic() - begin:.0f} s", flush=True)
        return self.lost


def sample(count, most):
    """`most` of the numbers 1 to `count`: the last ones, which write results, and others."""
    if ALL:
        most = MOST_OF_ALL
    if count <= most:
        return range(1, count + 1)
    last = (most + 3) // 4
    step = (count - last) / max(1, most - last)
    return sorted({1 + int(i * step + random.random() * step) for i in range(most - last)} |
                  set(range(count - last + 1, count + 1)))


# ---- parts ---------------------------------------------------------------------------------------


def strace(*options):
    return ["strace", "-f", "-qq", "-E", f"LD_PRELOAD={LIBRARY}", *options]


def injecting(group, what, n):
    """strace that injects `what` at the n-th call of each thread to a system call of the group."""
    # Only the traced calls stop; with this, strace 6.1 injects errors but no signals.
    fast = ["--seccomp-bpf"] if what.startswith("error") else []
    return strace(*fast, "-o", "/dev/null", "-e", f"trace={group}",
                  "-e", f"inject={group}:{what}:when={n}")


def count_calls(command):
    """The number of calls of each group, in the thread that makes most of them."""
    folder, log = new_folder(command), WORK / f"{command.name}.calls"
    run(command, folder, strace("--seccomp-bpf", "-o", str(log), "-e", "trace=" + ",".join(CALLS)))
    counts = collections.Counter(
        tuple(line.split(None, 1)[:1]) + (re.match(r"\d+ +(\w+)\(", line).group(1),)
        for line in log.read_text(errors="replace").splitlines() if re.match(r"\d+ +\w+\(", line))
    return {group: max((n for (_, call), n in counts.items() if call in group.split(",")), default=0)
            for group in CALLS}


def add_calls(part, commands):
    for command in commands:
        for group, count in count_calls(command).items():
            for error in CALLS[group]:
                most = 1 if command.is_slow else 4
                for n in sample(count, most):
                    def test(folder, command=command, group=group, error=error, n=n):
                        # A failing brk returns the present break, not an error number.
                        what = "retval=0" if group == "brk" else f"error={error}"
                        result = run(command, folder, injecting(group, what, n))
                        if group in MUST_FAIL and result.status == 0:
                            return result, "success although the disk failed"
                        return result, judge(command, folder, result, may_leave="unlink" in group,
                                             may_differ=error == "EACCES")
                    part.add(f"{group} {n} of {count}: {error}", command, test)


def add_malloc(part, commands):
    def environment(folder, at, every):
        file = folder / "counter"
        file.write_bytes(bytes(8))
        return {"FAULTS_COUNTER": str(file),
                "FAULTS_MALLOC_AT": str(at), **({"FAULTS_MALLOC_ALL": "1"} if every else {})}
    for command in commands:
        folder = new_folder(command)
        run(command, folder, environment=environment(folder, 0, False))
        count = struct.unpack("q", (folder / "counter").read_bytes())[0]
        most = (400 if ALL else 4) if command.is_slow else (1500 if ALL else 12)
        # Uniform, and as many among the last ones: most allocations of train load LibTorch.
        numbers = {random.randint(1, count) for _ in range(most // 2)}
        numbers |= {max(1, count - int(count ** random.random())) for _ in range(most // 2)}
        for n in sorted(numbers):
            for every in (False, True):
                def test(folder, command=command, n=n, every=every):
                    result = run(command, folder, environment=environment(folder, n, every))
                    return result, judge(command, folder, result)
                part.add(f"malloc {n} of {count}{' and later' if every else ''}", command, test)


def add_kills(part, commands):
    for command in commands:
        begin = time.monotonic()
        run(command, new_folder(command))
        duration = time.monotonic() - begin
        for by in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
            most = (40 if by == signal.SIGKILL else 20) if ALL else 1 if command.is_slow else 3
            for _ in range(most):
                def test(folder, command=command, by=by, after=random.uniform(0, duration)):
                    result = run(command, folder, kill_after=after, by=by)
                    problem = judge(command, folder, result, may_leave=by == signal.SIGKILL,
                                    sent=[by])
                    return result, problem
                part.add(f"{by.name} at a random moment", command, test)
    if not CAN_TRACE:
        return
    for command in commands:
        counts = count_calls(command)
        for group in KILLED_AT:
            for n in sample(min(counts[group], 40), 1 if command.is_slow else 2):
                n = counts[group] + 1 - n  # the last calls write the results
                for by in (signal.SIGKILL, signal.SIGTERM):
                    def test(folder, command=command, group=group, n=n, by=by):
                        result = run(command, folder,
                                     injecting(group, f"signal={by.name}", n))
                        return result, judge(command, folder, result, sent=[by],
                                             may_leave=by == signal.SIGKILL)
                    part.add(f"{by.name} at {group} {n}", command, test)


def add_disk(part, commands):
    """A small disk, if one can be mounted; a limit on the size of files."""
    for command in commands:
        if not command.out:
            continue
        largest = len(command.written)
        for size in {int(largest * share) for share in
                     ([i / 20 for i in range(22)] if ALL else (0.5, 1.1))}:
            def limited(folder, command=command, size=size):
                result = run(command, folder, prepare=lambda: resource.setrlimit(
                    resource.RLIMIT_FSIZE, (size, size)))
                return result, judge(command, folder, result)

            def full(folder, command=command, size=size):
                disk = folder / "disk"
                disk.mkdir()
                if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={(size // 4096 + 2) * 4096}",
                                   "tmpfs", str(disk)], capture_output=True).returncode != 0:
                    return command.result, None
                try:
                    (disk / command.out).write_bytes(OLD)
                    result = run(command, disk)
                    return result, judge(command, disk, result)
                finally:
                    subprocess.run(["umount", "-l", str(disk)], check=True)
            part.add(f"files of at most {size} bytes", command, limited)
            if CAN_MOUNT:
                part.add(f"a disk of about {size} bytes", command, full)


def add_limits(part, commands):
    kinds = {
        "descriptors": (resource.RLIMIT_NOFILE, range(3, 40) if ALL else (3, 4, 5, 9)),
        "bytes of memory": (resource.RLIMIT_AS, [int(2e7 * 1.2 ** i) for i in range(32)] if ALL
                            else (3e7, 12e7, 1e9)),
        "processes": (resource.RLIMIT_NPROC, range(1, 8) if ALL else (1, 2)),
    }
    for command in commands:
        for what, (kind, limits) in kinds.items():
            if kind == resource.RLIMIT_NPROC and not CAN_BE_NOBODY and os.getuid() == 0:
                continue
            for limit in map(int, limits[:1] if command.is_slow and not ALL else limits):
                def prepare(kind=kind, limit=limit):
                    resource.setrlimit(kind, (limit, limit))
                    if kind == resource.RLIMIT_NPROC and os.getuid() == 0:  # root has no limit
                        os.setgroups([])
                        os.setuid(NOBODY)

                def test(folder, command=command, prepare=prepare):
                    for path in (folder, *folder.iterdir()):
                        os.chmod(path, 0o777)
                    result = run(command, folder, prepare=prepare)
                    return result, judge(command, folder, result)
                part.add(f"at most {limit} {what}", command, test)


def add_streams(part, commands):
    """Closed streams, and pipes that do not block with a slow process at the other end."""
    for command in commands:
        for closed in ([0], [1], [2], [0, 1, 2]) + (([0, 1], [1, 2], [0, 2]) if ALL else ()):
            def test(folder, command=command, closed=closed):
                result = run(command, folder, prepare=lambda: [os.close(fd) for fd in closed])
                needed = (0 in closed and command.stdin) or (1 in closed and command.result.out)
                if needed and result.status == 0:
                    return result, "success without its streams"
                return result, judge(command, folder, result, streams_lost=bool({1, 2} & {*closed}))
            part.add(f"streams {closed} closed", command, test)

        def slow(folder, command=command):
            result = run_slowly(command, folder)
            problem = judge(command, folder, result)
            return result, problem or (result.status != 0 and "failed") or None
        for _ in range(5 if ALL else 1):
            part.add("slow pipes that do not block", command, slow)


def run_slowly(command, folder):
    pipes = [os.pipe() for _ in range(3)]
    theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
    for fd in theirs:
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)
        fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, 4096)
    child = subprocess.Popen(command.argv(folder), stdin=theirs[0], stdout=theirs[1],
                             stderr=theirs[2], env={**os.environ, **PRELOAD})
    for fd in theirs:
        os.close(fd)

    def feed():
        with open(pipes[0][1], "wb", 0) as stdin:
            for begin in range(0, len(command.stdin), 3000):
                time.sleep(0.002)
                stdin.write(command.stdin[begin:begin + 3000])

    def drain(fd):
        read = []
        while piece := os.read(fd, 1000):
            read.append(piece)
            time.sleep(0.001)
        os.close(fd)
        return b"".join(read)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(feed), pool.submit(drain, pipes[1][0]), pool.submit(drain, pipes[2][0])]
        child.wait(TIMEOUT_S)
        return Result(child.returncode, jobs[1].result(), jobs[2].result())


# ---- commands ------------------------------------------------------------------------------------


def make_commands(seed):
    small = ["--hidden", "8,8", "--epochs", "1", "--threads", "2", "--seed", str(seed)]
    train = Command("train", ["train", str(SAMPLE / "test"), "-o", "OUT/model", "--force", *small],
                    out="model")
    model = WORK / "model"
    run(Command("model", train.words, out="model"), WORK)
    if not model.exists():
        sys.exit("run.py: cannot train a model")
    lines = b"".join(path.read_bytes().replace(b"\n", b" ") + b"\n"
                     for path in sorted((SAMPLE / "test").glob("*/*")))
    test, threads = str(SAMPLE / "test"), ["--threads", "2"]
    with tarfile.open(WORK / "test.tar.gz", "w:gz") as archive:
        archive.add(test, "test")
    commands = [
        train,
        Command("train-from-disk", [*train.words, "--cache", "OUT/cache"], out="model"),
        Command("eval", ["eval", str(model), test, "--json", "OUT/report.json", *threads],
                out="report.json"),
        Command("predict lines", ["predict", str(model), *threads], stdin=lines),
        Command("predict files", ["predict", str(model), test, *threads]),
        Command("predict archive", ["predict", str(model), str(WORK / "test.tar.gz"), *threads]),
        Command("compress", ["compress", str(model), "-o", "OUT/small", "--max-size", "60kB",
                             "--force", *threads], out="small"),
    ]
    for command in commands:
        folder = new_folder(command)
        command.result = run(command, folder)
        command.written = (folder / command.out).read_bytes() if command.out else None
        command.messages = messages(command.result.err, folder)
        if command.result.status != 0:
            sys.exit(f"run.py: {command.name}: {command.result.err.decode()}")
    return commands


PARTS = {"calls": add_calls, "malloc": add_malloc, "kills": add_kills, "disk": add_disk,
         "limits": add_limits, "streams": add_streams}


def main():
    lost = total = 0
    commands = [command for command in make_commands(SEED)
                if not options.commands or command.name.split()[0] in options.commands.split(",")]
    for name, add in PARTS.items():
        if options.only and name not in options.only.split(","):
            continue
        if name == "calls" and not CAN_TRACE:
            continue
        part = Part(name)
        add(part, commands)
        lost += part.do()
        total += len(part.jobs)
    print(f"faults: {total:,} runs with failures, {lost} lost; {len(REMOVED)} temporary files of "
          f"killed runs removed by the next (seed {SEED})")
    if lost == 0 and not CAN_TRACE:
        print("skipped: failing system calls; strace is missing or may not trace here")
        sys.exit(77)
    sys.exit(lost > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--commands", default="")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    BINARY, LIBRARY, ALL, SEED = (options.binary.resolve(), options.library.resolve(), options.all,
                                  options.seed)
    PRELOAD = {"LD_PRELOAD": str(LIBRARY)}
    random.seed(SEED)
    CAN_TRACE = shutil.which("strace") is not None and subprocess.run(
        [*injecting("close", "error=EIO", 1), "true"], capture_output=True).returncode == 0
    with tempfile.TemporaryDirectory() as work:
        WORK = Path(work)
        os.chmod(WORK, 0o777)
        CAN_MOUNT = os.getuid() == 0 and subprocess.run(
            ["unshare", "-m", "true"], capture_output=True).returncode == 0
        CAN_BE_NOBODY = os.getuid() == 0 and subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", "--clear-groups", BINARY, "--version"],
            capture_output=True).returncode == 0
        main()
