// SPDX-License-Identifier: MIT
// Signals, limits of the system and non-blocking streams.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "cli/model_folder.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace fs = std::filesystem;

namespace {

/// `newsclf predict MODEL` that has answered one line and waits for the next, with stdout and
/// stderr in the files `out` and `err` of the folder.
struct WaitingRun {
  FILE* input;
  pid_t pid;

  /// Ends the input. Returns the exit status, or minus the number of the signal that ended it.
  int wait() const {
    const int raw = ::pclose(input);
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : -WTERMSIG(raw);
  }
};

/// @param before shell command that runs before it, in the same process
WaitingRun start_run(const ModelFolder& folder, const std::string& before = {}) {
  std::string binary = run_shell("echo \"$NEWSCLF\"").out;
  binary.pop_back();
  const std::string out = folder / "out", err = folder / "err", pid = folder / "pid";
  fs::remove(out);
  FILE* const input = ::popen((before + "echo $$ > '" + pid + "'; exec '" + binary + "' predict '" +
                               folder.model() + "' > '" + out + "' 2> '" + err + "'")
                                  .c_str(),
                              "w");
  REQUIRE(input != nullptr);
  std::fputs("moon\n", input);
  std::fflush(input);
  std::error_code missing;
  for (int tries = 0; fs::file_size(out, missing) == 0 || missing; ++tries) {
    REQUIRE(tries < 6000);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return {input, std::stoi(read_file(pid))};
}

/// Sends `signal` to a waiting run.
Outcome interrupted(const ModelFolder& folder, int signal, const std::string& before = {}) {
  const WaitingRun run = start_run(folder, before);
  REQUIRE(::kill(run.pid, signal) == 0);
  const int status = run.wait();
  return {status, read_file(folder / "out"), read_file(folder / "err")};
}

/// Writes 60 files for `folder.model()`; returns their folder.
std::string write_data(const ModelFolder& folder) {
  for (int i = 0; i < 30; ++i) {
    folder.write("data/space/" + std::to_string(i), "moon");
    folder.write("data/baseball/" + std::to_string(i), "ball");
  }
  return folder / "data";
}

}  // namespace

TEST_CASE("signals that ask to end give one line and 128 plus their number") {
  const ModelFolder folder;
  for (const auto& [signal, status, line] :
       {std::tuple{SIGINT, 130, "newsclf: interrupted\n"},
        {SIGTERM, 143, "newsclf: terminated\n"},
        {SIGHUP, 129, "newsclf: ended: the terminal was closed\n"}}) {
    const Outcome outcome = interrupted(folder, signal);
    CHECK(outcome.status == status);
    CHECK(outcome.err == line);
    CHECK_THAT(outcome.out, Contains("space\t"));  // documents that have arrived are answered
  }
}

TEST_CASE("a second signal ends a run at once, even if the line for the first cannot be written") {
  const ModelFolder folder;
  const std::string err = folder / "err";
  REQUIRE(::mkfifo(err.c_str(), 0600) == 0);
  const int full = ::open(err.c_str(), O_RDWR | O_NONBLOCK);
  REQUIRE(full >= 0);
  while (::write(full, "x", 1) == 1) continue;
  const WaitingRun run = start_run(folder);
  REQUIRE(::kill(run.pid, SIGTERM) == 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  REQUIRE(::kill(run.pid, 0) == 0);  // it waits for the reader of stderr
  REQUIRE(::kill(run.pid, SIGINT) == 0);
  CHECK(run.wait() == 130);
  ::close(full);
}

TEST_CASE("a signal that the parent ignores stays ignored") {
  const ModelFolder folder;
  const Outcome outcome = interrupted(folder, SIGHUP, "trap '' HUP; ");
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
}

TEST_CASE("a file that becomes too large is an error, and leaves nothing") {
  const ModelFolder folder;
  const TempDir reports;
  const Outcome outcome =
      run_shell("ulimit -f 1; exec \"$NEWSCLF\" eval '" + folder.model() + "' '" +
                write_data(folder) + "' --report '" + (reports / "r.html") + "'");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("r.html: cannot write: File too large; check the folder"));
  CHECK(fs::is_empty(reports.path()));
}

TEST_CASE("temporary files of killed runs are removed by the next run, which says so") {
  const ModelFolder folder;
  const std::string dead = folder.write(".out.json.newsclf-0123abcd", "half");
  const std::string running = folder.write(".out.json.newsclf-4567abcd", "half");
  const int fd = ::open(running.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(fd, LOCK_EX) == 0);
  const Outcome outcome = run_newsclf({"info", folder.model(), "--json", folder / "out.json"});
  ::close(fd);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("removed " + dead + ", left by a run that was killed\n"));
  CHECK_FALSE(fs::exists(dead));
  CHECK(fs::exists(running));
}

TEST_CASE("a limit on open files never changes a result") {
  const ModelFolder folder;
  const std::string command =
      "exec \"$NEWSCLF\" eval '" + folder.model() + "' '" + write_data(folder) + "' --threads 8";
  const Outcome expected = run_shell(command);
  REQUIRE(expected.status == 0);
  for (const char* const limit : {"4", "5", "6"}) {
    // Whoever runs the tests may have left descriptors open.
    const Outcome outcome =
        run_shell("exec 3>&- 4>&- 5>&-; ulimit -n " + std::string(limit) + "; " + command);
    if (outcome.status == 0) {
      CHECK(outcome.out == expected.out);
    } else {
      CHECK(outcome.status == 1);
      CHECK_THAT(outcome.err, Contains("Too many open files; check the disk, free memory and"));
    }
  }
}

TEST_CASE("a file argument that the machine cannot read ends predict") {
  const ModelFolder folder;
  const std::string good = folder.write("good", "moon"), gone = folder / "gone";
  const Outcome machine = folder.predict({good, "/proc/self/mem", good});
  CHECK(machine.status == 1);
  CHECK(machine.err ==
        "newsclf: /proc/self/mem: cannot read: Input/output error; check the disk, free memory and "
        "the limit of open files (ulimit -n), then run it again\n");
  const Outcome file = folder.predict({good, gone, good});
  CHECK(file.status == 1);
  CHECK(std::count(file.out.begin(), file.out.end(), '\n') == 2);
}

TEST_CASE("answers are complete if stdout is a non-blocking pipe with a slow reader") {
  const ModelFolder folder;
  std::string input, read;
  for (int i = 0; i < 20'000; ++i) input += "moon orbit\n";
  const std::string expected = folder.predict({}, input).out;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
  ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  std::thread reader([&] {
    char piece[16384];
    for (ssize_t n = 0; (n = ::read(ends[0], piece, sizeof piece)) > 0;) {
      read.append(piece, static_cast<std::size_t>(n));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const std::string end = std::to_string(ends[1]);
  const Outcome outcome =
      run_shell("\"$NEWSCLF\" predict '" + folder.model() + "' >&" + end, input);
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  CHECK(outcome.status == 0);
  CHECK(read == expected);
}

TEST_CASE("files that are not permitted are skipped on request") {
  const ModelFolder folder;
  for (const char* const name : {"data/space/1", "data/space/2", "data/space/3", "data/baseball/1"})
    folder.write(name, "moon ball");
  for (const char* const name : {"data/space/1", "data/space/2"})
    fs::permissions(folder / name, fs::perms::none);
  fs::permissions(folder.path(), fs::perms(0755));
  const std::string as_user = ::geteuid() == 0 ? "setpriv --reuid=65534 --clear-groups " : "";
  const std::string eval =
      as_user + "\"$NEWSCLF\" eval '" + folder.model() + "' '" + (folder / "data") + "' ";
  if (run_shell(as_user + "\"$NEWSCLF\" --version").status != 0) {
    WARN("not checked: superuser rights cannot be dropped here");
    return;
  }
  const Outcome refused = run_shell(eval);
  CHECK(refused.status == 1);
  CHECK(refused.err == "newsclf: " + (folder / "data") + ": 2 of 4 files cannot be read (" +
                           (folder / "data/space/2") +
                           ": Permission denied); check their permissions, or skip them with "
                           "--skip-unreadable\n");
  const Outcome skipped = run_shell(eval + "--skip-unreadable");
  CHECK(skipped.status == 0);
  CHECK_THAT(skipped.err, Contains("newsclf: warning: could not read 2 files, the first is " +
                                   (folder / "data/space/1") + ": Permission denied\n"));
}
