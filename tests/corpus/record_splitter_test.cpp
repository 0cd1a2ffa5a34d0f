// SPDX-License-Identifier: MIT
#include "corpus/record_splitter.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "corpus/records.hpp"

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

const RecordSyntax kQuoted{RecordSyntax::kQuoted};
const RecordSyntax kJson{RecordSyntax::kJson};

RecordSplitter lines_from(int fd, const RecordSyntax& syntax = {}) {
  return RecordSplitter(open_descriptor(fd, "stdin"), syntax);
}

Lines next_lines(RecordSplitter& reader) {
  Lines lines;
  for (const Record& record : reader.read()) lines.emplace_back(record.bytes);
  return lines;
}

Lines all_lines(int fd, const RecordSyntax& syntax = {}) {
  RecordSplitter reader = lines_from(fd, syntax);
  Lines all;
  for (Lines some; !(some = next_lines(reader)).empty();)
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

/// The lines of a stream of `bytes`, which must fit into a pipe.
Lines lines_of(std::string_view bytes, const RecordSyntax& syntax = {}) {
  Pipe pipe;
  pipe.write(bytes);
  pipe.close_writer();
  return all_lines(pipe.reader(), syntax);
}

/// The records of `bytes` for every number of bytes per read.
void check_records(std::string_view bytes, const RecordSyntax& syntax, const Lines& expected) {
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    RecordSplitter reader(std::make_unique<StringSource>(bytes, step), syntax);
    Lines all;
    for (Lines some; !(some = next_lines(reader)).empty();)
      all.insert(all.end(), some.begin(), some.end());
    INFO("bytes per read: " << step);
    CHECK(all == expected);
  }
}

/// The error of reading a JSON array, after the elements in `before`.
std::string array_error(std::string_view bytes, const Lines& before) {
  RecordSplitter reader(std::make_unique<StringSource>(bytes), kJson);
  Lines all;
  const std::string error = error_of([&] {
    for (Lines some; !(some = next_lines(reader)).empty();)
      all.insert(all.end(), some.begin(), some.end());
  });
  CHECK(all == before);
  CHECK(error_of([&] { reader.read(); }) == error);
  return error;
}

/// The line numbers on which the records of `bytes` begin.
std::vector<std::int64_t> beginnings_of(std::string_view bytes, const RecordSyntax& syntax) {
  Pipe pipe;
  pipe.write(bytes);
  pipe.close_writer();
  RecordSplitter reader = lines_from(pipe.reader(), syntax);
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
  RecordSplitter reader(open_bytes(path));
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
  CHECK(lines_of(bytes, kQuoted) == Lines{"a,\"x\ny\n\"", "b,\"\"\"\n\"\"\"", "c,d"});
  CHECK(beginnings_of(bytes, kQuoted) == std::vector<std::int64_t>{1, 4, 6});
  CHECK(beginnings_of(bytes, {}) == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a quoted field that arrives in several writes stays in one record") {
  Pipe pipe;
  RecordSplitter reader = lines_from(pipe.reader(), kQuoted);
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

TEST_CASE("a quote opens a field only at its start") {
  check_records("a,5\" disk\nb,\"x\n\"\n\"\n\",c\n", kQuoted,
                {"a,5\" disk", "b,\"x\n\"", "\"\n\",c"});
  check_records("37°36'37.8\"N,\"a\n\"\"\n\"\n\"\"\n", kQuoted,
                {"37°36'37.8\"N,\"a\n\"\"\n\"", "\"\""});
  check_records("\"a\" \"b\n\"c\"\"\"d\n\"e\"f\"\n", kQuoted,
                {"\"a\" \"b", "\"c\"\"\"d", "\"e\"f\""});
  check_records("\"\"\"a,\n\"\"\",b\nc", kQuoted, {"\"\"\"a,\n\"\"\",b", "c"});
  check_records("a,\"b\"\n\"", kQuoted, {"a,\"b\"", "\""});
  RecordSyntax semicolon = kQuoted;
  semicolon.delimiter = ';';
  check_records("a,\"b\nc;\"d\n\"\n", semicolon, {"a,\"b", "c;\"d\n\""});
}

TEST_CASE("a line without end, of many quoted fields and doubled quotes, is split within 5 s") {
  std::string fields, quotes;
  for (int i = 0; i < 500'000; ++i) fields += "\"a\",";
  for (int i = 0; i < 1'000'000; ++i) quotes += "\"\"";
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string& line : {fields, quotes, '"' + quotes}) {
    RecordSplitter reader(std::make_unique<StringSource>(line, 100'000), kQuoted);
    const auto records = reader.read();
    REQUIRE(records.size() == 1);
    CHECK((records[0].bytes == line));
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("records may end at CR") {
  RecordSyntax mac = kQuoted;
  mac.line_end = '\r';
  check_records("a,b\r\"c\rd\",e\r\rf", mac, {"a,b", "\"c\rd\",e", "", "f"});
  CHECK(beginnings_of("a,b\r\"c\rd\",e\rf", mac) == std::vector<std::int64_t>{1, 2, 4});
}

TEST_CASE("the first lines can be read before the syntax is set, and one can be skipped") {
  RecordSplitter reader(std::make_unique<StringSource>("\uFEFF\r\n\nsep=;\na;\"b\nc\"\nd;e\n", 3));
  CHECK(reader.preview(1) == "sep=;\n");
  CHECK(reader.preview(2) == "sep=;\na;\"b\n");
  CHECK(reader.preview(9) == "sep=;\na;\"b\nc\"\nd;e\n");
  RecordSyntax syntax = kQuoted;
  syntax.delimiter = ';';
  reader.set_syntax(syntax);
  reader.skip_line();
  Lines lines;
  std::vector<std::int64_t> numbers;
  for (auto records = reader.read(); !records.empty(); records = reader.read())
    for (const Record& record : records) {
      lines.emplace_back(record.bytes);
      numbers.push_back(record.line);
    }
  CHECK(lines == Lines{"a;\"b\nc\"", "d;e"});
  CHECK(numbers == std::vector<std::int64_t>{4, 6});
}

TEST_CASE("a preview is at most 64 KiB of whole lines, or of one longer line") {
  const std::string line(1000, 'x');
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += line + '\n';
  CHECK(RecordSplitter(std::make_unique<StringSource>(lines)).preview(2000).size() == 65 * 1001);
  CHECK(RecordSplitter(std::make_unique<StringSource>(std::string(100'000, 'x') + '\n'))
            .preview(1)
            .size() == 65'536);
  CHECK(RecordSplitter(std::make_unique<StringSource>("")).preview(1).empty());
  CHECK(RecordSplitter(std::make_unique<StringSource>("\n\r\n")).preview(1).empty());
}

TEST_CASE("the elements of a JSON array are records") {
  const std::string_view array(
      " \n[\n  {\"a\": [1, {\"b\": \"],}\\\\\"}]},\r\n\"x, \\\"]\",7\n,{\"c\":\n{}}\n]\n ");
  check_records(array, kJson,
                {"{\"a\": [1, {\"b\": \"],}\\\\\"}]}", "\"x, \\\"]\"", "7\n", "{\"c\":\n{}}\n"});
  RecordSplitter reader(std::make_unique<StringSource>(array), kJson);
  const auto records = reader.read();
  CHECK(reader.is_array());
  REQUIRE(records.size() == 4);
  CHECK(records[0].line == 3);
  CHECK(records[0].element == 1);
  CHECK(records[3].line == 5);
  CHECK(records[3].element == 4);
  check_records("[]", kJson, {});
  check_records("[{}\n,\n[]\n]", kJson, {"{}\n", "[]\n"});
}

TEST_CASE("a stream that does not begin with a bracket is no array") {
  check_records("\n{}\n[1,\n2]\n", kJson, {"", "{}", "[1,", "2]"});
  CHECK(lines_of("[1,\n2]\n") == Lines{"[1,", "2]"});
}

TEST_CASE("an array that is malformed between its elements is an error after those before") {
  CHECK(array_error("[{},\n{},]", {"{}", "{}"}) ==
        "data, line 2: the JSON array has a comma without an element; remove it");
  CHECK(array_error("[{},\n\n,{}]", {"{}"}) ==
        "data, line 3: the JSON array has a comma without an element; remove it");
  CHECK(array_error("[,]", {}) ==
        "data, line 1: the JSON array has a comma without an element; remove it");
  CHECK(array_error("[{}]\n[{}]", {"{}"}) ==
        "data, line 2: text after the end of the JSON array; write one array");
  const std::string truncated =
      ": the JSON array has no closing ]; the file may be truncated: create it again";
  CHECK(array_error("[{},\n{}\n", {"{}", "{}\n"}) == "data, line 3" + truncated);
  CHECK(array_error("[{},\n{\"a\":", {"{}"}) == "data, line 2" + truncated);
  CHECK(array_error("[{},\n\"a", {"{}"}) == "data, line 2" + truncated);
  CHECK(array_error("[", {}) == "data, line 1" + truncated);
  // The parser of the element refuses it.
  check_records("[{}},{}]", kJson, {"{}}", "{}"});
}

TEST_CASE("a record that is longer than the limit is an error with its first line") {
  const TempDir folder;
  const std::string end = "moon\n\"a\n" + std::string(3 << 20, 'x');
  const std::string path = folder.write("data", end);
  for (const bool quoted : {false, true}) {
    RecordSplitter reader(open_bytes(path), quoted ? kQuoted : RecordSyntax{}, {2 << 20});
    REQUIRE(reader.read().size() == (quoted ? 1 : 2));
    CHECK(error_of([&] { reader.read(); }) ==
          path + (quoted
                      ? ", line 2: this record is longer than 2 MiB (perhaps a quote is not closed)"
                      : ", line 3: this record is longer than 2 MiB"));
    RecordSplitter enough(open_bytes(path), quoted ? kQuoted : RecordSyntax{}, {4 << 20});
    while (!enough.read().empty()) continue;
  }
}
