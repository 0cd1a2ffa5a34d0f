// SPDX-License-Identifier: MIT
#include "corpus/record_splitter.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Lines = std::vector<std::string>;

/// A pipe that the test writes to.
class Pipe {
 public:
  Pipe() { REQUIRE(::pipe(ends_) == 0); }
  ~Pipe() {
    close_writer();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reader() const { return ends_[0]; }
  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(ends_[1], bytes.data(), bytes.size());
      if (n < 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// Waits until everything written before has been read, at most 20 s, and then writes.
  void write_apart(std::string_view bytes) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (int unread = 1; std::chrono::steady_clock::now() < deadline; std::this_thread::yield())
      if (::ioctl(ends_[0], FIONREAD, &unread) == 0 && unread == 0) break;
    write(bytes);
  }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

RecordSplitter lines_from(int fd, bool quoted = false) {
  return {open_descriptor(fd, "stdin"), quoted};
}

Lines next_lines(RecordSplitter& reader) {
  Lines lines;
  for (const Record& record : reader.read()) lines.emplace_back(record.bytes);
  return lines;
}

Lines all_lines(int fd, bool quoted = false) {
  RecordSplitter reader = lines_from(fd, quoted);
  Lines all;
  for (Lines some; !(some = next_lines(reader)).empty();)
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

/// The lines of a stream of `bytes`, which must fit into a pipe.
Lines lines_of(std::string_view bytes, bool quoted = false) {
  Pipe pipe;
  pipe.write(bytes);
  pipe.close_writer();
  return all_lines(pipe.reader(), quoted);
}

/// The line numbers on which the records of `bytes` begin.
std::vector<std::int64_t> beginnings_of(std::string_view bytes, bool quoted) {
  Pipe pipe;
  pipe.write(bytes);
  pipe.close_writer();
  RecordSplitter reader = lines_from(pipe.reader(), quoted);
  std::vector<std::int64_t> lines;
  for (auto records = reader.read(); !records.empty(); records = reader.read())
    for (const Record& record : records) lines.push_back(record.line);
  return lines;
}

}  // namespace

TEST_CASE("lines are returned in order, without line ends") {
  CHECK(lines_of("moon\norbit\nball\n") == Lines{"moon", "orbit", "ball"});
}

TEST_CASE("the last line needs no newline") {
  CHECK(lines_of("moon\norbit") == Lines{"moon", "orbit"});
  CHECK(lines_of("moon") == Lines{"moon"});
}

TEST_CASE("empty lines are returned") {
  CHECK(lines_of("\n\nmoon\n\n") == Lines{"", "", "moon", ""});
  CHECK(lines_of("\n") == Lines{""});
}

TEST_CASE("an empty stream has no lines") { CHECK(lines_of("").empty()); }

TEST_CASE("one CR before the end of a line is dropped, and other CRs are kept") {
  CHECK(lines_of("moon\r\norbit\r\r\n\r\nb\rall\n") == Lines{"moon", "orbit\r", "", "b\rall"});
}

TEST_CASE("a CR at the end of a last line without LF is dropped") {
  CHECK(lines_of("moon\r\norbit\r") == Lines{"moon", "orbit"});
}

TEST_CASE("NUL bytes, control characters and ill-formed bytes are kept in the line") {
  const std::string_view bytes("mo\0on\n\f\v\x1a\xff\n", 11);
  CHECK(lines_of(bytes) == Lines{std::string("mo\0on", 5), "\f\v\x1a\xff"});
}

TEST_CASE("a line is returned before the writer closes the pipe") {
  Pipe pipe;
  RecordSplitter reader = lines_from(pipe.reader());
  pipe.write("moon\norb");
  CHECK(next_lines(reader) == Lines{"moon"});
  pipe.write("it\nball\n");
  CHECK(next_lines(reader) == Lines{"orbit", "ball"});
  pipe.write("bat");
  pipe.write("\nba");
  CHECK(next_lines(reader) == Lines{"bat"});
  pipe.write("\n");
  CHECK(next_lines(reader) == Lines{"ba"});
  pipe.close_writer();
  CHECK(next_lines(reader).empty());
}

TEST_CASE("a line that arrives in several writes is one line") {
  Pipe pipe;
  std::thread writer([&] {
    for (const char* bytes : {"mo", "on", "\r", "\n", "or", "bit"}) pipe.write_apart(bytes);
    pipe.close_writer();
  });
  const Lines lines = all_lines(pipe.reader());
  writer.join();
  CHECK(lines == Lines{"moon", "orbit"});
}

TEST_CASE("a line of ten megabytes is returned completely, and so are its neighbors") {
  const std::string megabytes(10'000'000, 'x');
  Pipe pipe;
  std::thread writer([&] {
    pipe.write("moon\n" + megabytes + "\r\norbit\n");
    pipe.close_writer();
  });
  const Lines lines = all_lines(pipe.reader());
  writer.join();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "moon");
  CHECK((lines[1] == megabytes));
  CHECK(lines[2] == "orbit");
}

TEST_CASE("a long stream is returned in several parts without losing a line") {
  std::string bytes;
  Lines expected;
  for (int i = 0; i < 50'000; ++i) {
    expected.push_back("document " + std::to_string(i));
    bytes += expected.back() + '\n';
  }
  const TempDir folder;
  const int fd = ::open(folder.write("lines", bytes).c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  RecordSplitter reader = lines_from(fd);
  Lines all = next_lines(reader);
  CHECK(all.size() < expected.size() / 2);
  for (Lines some; !(some = next_lines(reader)).empty();)
    all.insert(all.end(), some.begin(), some.end());
  ::close(fd);
  CHECK((all == expected));
}

TEST_CASE("at most 4096 lines are returned per read, and none is lost") {
  const TempDir folder;
  const std::string path = folder.write("lines", std::string(10'000, '\n') + "end");
  RecordSplitter reader(open_bytes(path), false);
  Lines all;
  for (Lines some; !(some = next_lines(reader)).empty();) {
    CHECK(some.size() <= 4096);
    all.insert(all.end(), some.begin(), some.end());
  }
  REQUIRE(all.size() == 10'001);
  CHECK(all.back() == "end");
  CHECK(std::count(all.begin(), all.end(), "") == 10'000);
}

TEST_CASE("reads after the end of the stream return nothing") {
  Pipe pipe;
  pipe.write("moon");
  pipe.close_writer();
  RecordSplitter reader = lines_from(pipe.reader());
  CHECK(next_lines(reader) == Lines{"moon"});
  CHECK(reader.read().empty());
  CHECK(reader.read().empty());
}

TEST_CASE("a stream that cannot be read is an error that shows the stream's name") {
  const TempDir folder;
  const int fd = ::open(folder.path().c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  CHECK(error_of([&] { lines_from(fd).read(); }) == "stdin: cannot read: Is a directory");
  ::close(fd);
}

TEST_CASE("a quoted field may contain newlines, and its record has the number of the first line") {
  const std::string bytes = "a,\"x\ny\n\"\nb,\"\"\"\n\"\"\"\r\nc,d";
  CHECK(lines_of(bytes, true) == Lines{"a,\"x\ny\n\"", "b,\"\"\"\n\"\"\"", "c,d"});
  CHECK(beginnings_of(bytes, true) == std::vector<std::int64_t>{1, 4, 6});
  CHECK(beginnings_of(bytes, false) == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a quoted field that arrives in several writes stays in one record") {
  Pipe pipe;
  RecordSplitter reader = lines_from(pipe.reader(), true);
  std::thread writer([&] {
    for (const char* bytes : {"a,\"", "x\n", "\"", "\"\n", "\"", "\nb\n"}) pipe.write_apart(bytes);
    pipe.close_writer();
  });
  Lines all;
  for (Lines some; !(some = next_lines(reader)).empty();)
    all.insert(all.end(), some.begin(), some.end());
  writer.join();
  CHECK(all == Lines{"a,\"x\n\"\"\n\"", "b"});
}

TEST_CASE("a byte order mark at the beginning of the stream is removed") {
  CHECK(lines_of("\uFEFFmoon\n\uFEFForbit\n") == Lines{"moon", "\uFEFForbit"});
  CHECK(lines_of("\uFEFF").empty());
  CHECK(lines_of("\xef\xbb") == Lines{"\xef\xbb"});
}

TEST_CASE("a record that is longer than the limit is an error with its first line") {
  const TempDir folder;
  const std::string end = "moon\n\"a\n" + std::string(3 << 20, 'x');
  const std::string path = folder.write("data", end);
  for (const bool quoted : {false, true}) {
    RecordSplitter reader(open_bytes(path), quoted, 2 << 20);
    REQUIRE(reader.read().size() == (quoted ? 1 : 2));
    CHECK(error_of([&] { reader.read(); }) ==
          path + (quoted ? ", line 2: this record is longer than 2 MiB; close the quote that is "
                           "open, or check that this is text"
                         : ", line 3: this record is longer than 2 MiB; check that this is text "
                           "with line ends"));
    RecordSplitter enough(open_bytes(path), quoted, 4 << 20);
    while (!enough.read().empty()) continue;
  }
}
