// SPDX-License-Identifier: MIT
#include "io/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "newsclf/io/byte_source.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// A pipe, both ends of which do not block.
struct NonBlockingPipe {
  NonBlockingPipe() { REQUIRE(::pipe2(ends, O_NONBLOCK) == 0); }
  ~NonBlockingPipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  int ends[2] = {-1, -1};
};

void wait_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

}  // namespace

TEST_CASE("errors of the machine differ from properties of a file") {
  for (const int error : {EIO, EMFILE, ENFILE, ENOMEM, EINTR, ESTALE, ENOSPC, ETIMEDOUT})
    CHECK(is_machine_error(error));
  for (const int error : {0, EACCES, EPERM, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EISDIR, EFBIG})
    CHECK_FALSE(is_machine_error(error));
  const Error gone = file_error("a", "cannot open", ENOENT, "check the name");
  CHECK(gone.what() == std::string("a: cannot open: No such file or directory; check the name"));
  CHECK(gone.code() == ErrorCode::kNoFile);
  CHECK(file_error("a", "cannot open", EACCES).code() == ErrorCode::kUnusableFile);
  const Error disk = file_error("a", "cannot open", EIO, "check the name");
  CHECK(disk.what() == std::string("a: cannot open: Input/output error"));
  CHECK(disk.code() == ErrorCode::kMachine);
}

TEST_CASE("reading a non-blocking pipe waits for its writer") {
  NonBlockingPipe pipe;
  const auto source = open_descriptor(pipe.ends[0], "pipe");
  std::thread writer([&] {
    for (const char* const text : {"moon", "orbit"}) {
      wait_a_little();
      write_all(pipe.ends[1], text);
    }
    ::close(std::exchange(pipe.ends[1], -1));
  });
  CHECK(source->read_all() == "moonorbit");
  writer.join();
}

TEST_CASE("writing to a full non-blocking pipe waits for its reader") {
  NonBlockingPipe pipe;
  const std::string bytes(1 << 20, 'x');
  std::string read;
  std::thread reader([&] {
    wait_a_little();
    char piece[4096];
    for (ssize_t n = 0; (n = read_some(pipe.ends[0], piece, sizeof piece)) > 0;)
      read.append(piece, static_cast<std::size_t>(n));
  });
  CHECK(write_all(pipe.ends[1], bytes) == 0);
  ::close(std::exchange(pipe.ends[1], -1));
  reader.join();
  CHECK(read == bytes);
}

TEST_CASE("writing to a pipe without a reader is an error, also while waiting") {
  std::signal(SIGPIPE, SIG_IGN);
  NonBlockingPipe pipe;
  std::thread reader([&] {
    wait_a_little();
    ::close(std::exchange(pipe.ends[0], -1));
  });
  CHECK(write_all(pipe.ends[1], std::string(1 << 20, 'x')) == EPIPE);
  reader.join();
}

TEST_CASE("a failing disk is an error of the machine") {
  // Address 0 of a process is not mapped, so reading it fails as a bad block of a disk does.
  try {
    open_bytes("/proc/self/mem")->read_all();
    FAIL("no error was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kMachine);
    CHECK(error.what() == std::string("/proc/self/mem: cannot read: Input/output error"));
  }
}
