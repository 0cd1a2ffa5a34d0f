// SPDX-License-Identifier: MIT
#include "corpus/format_detection.hpp"

#include <string>

#include "corpus/compressed.hpp"
#include "corpus/standard_input.hpp"
#include "corpus/written_pipe.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// What is detected in a file: "csv"; "auto" for none; "auto, like csv" if it is suspected.
std::string detected(std::string_view first, const ReadOptions& options = {},
                     bool one_suffices = false) {
  const DetectedFormat found = detect_format(first, options, one_suffices);
  std::string out(name_of(kDataFormats, found.format));
  if (found.suspected != DataFormat::kAuto)
    out.append(", like ").append(name_of(kDataFormats, found.suspected));
  return out;
}

/// The same for the start of a stream, in which one record is enough.
std::string detected_in_stream(std::string_view first) { return detected(first, {}, true); }

}  // namespace

TEST_CASE("fastText lines are detected if most of the first 20 lines have a label") {
  CHECK(detected("__label__a moon\n__label__b ball\n") == "fasttext");
  CHECK(detected("\n  __label__a moon") == "fasttext");
  CHECK(detected("a title\n__label__a moon\n__label__b ball\n") == "fasttext");
  CHECK(detected("__label__a moon\nno label\nno label\n") == "auto, like fasttext");
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += i < 11 ? "__label__a moon\n" : "moon\n";
  CHECK(detected(lines + "moon\nmoon\nmoon\n") == "fasttext");
  ReadOptions options;
  options.label_prefix = "@";
  CHECK(detected("@a moon\n", options) == "fasttext");
}

TEST_CASE("JSON lines are detected if most lines are objects") {
  CHECK(detected("{\"id\": 1}\n{\"id\": 2}\n") == "jsonl");
  CHECK(detected("{ \"id\": 1 }\r\n\r\n{}\r\n") == "jsonl");
  CHECK(detected("{\"id\": 1}\nmoon\norbit\n") == "auto, like jsonl");
  CHECK(detected("{\n  \"id\": 1,\n  \"text\": \"moon\"\n}\n") == "auto, like jsonl");
  CHECK(detected("{moon} orbit\n{ball} bat\n") == "auto");
  CHECK(detected("{\"id\": 1}\n{\"id\": 2}\n{\"id\": 3}\n{\"te") == "jsonl");
}

TEST_CASE("a single JSON object is a record of a file if it has a text key") {
  CHECK(detected("{\"Text\" : \"moon\"}") == "jsonl");
  CHECK(detected("{\"text\": \"" + std::string(70'000, 'x')) == "jsonl");
  CHECK(detected("{\"id\": 1}\n") == "auto, like jsonl");
  CHECK(detected_in_stream("{\"id\": 1}\n") == "jsonl");
  ReadOptions options;
  options.columns.text = {{"data.review"}};
  CHECK(detected("{\"data\": {\"review\": \"moon\"}}\n", options) == "jsonl");
  CHECK(detected("{\"text\": \"moon\"}\n", options) == "auto, like jsonl");
}

TEST_CASE("an array of JSON objects is detected, and a line with brackets is text") {
  CHECK(detected("[{\"text\": \"moon\"}]") == "jsonl");
  CHECK(detected("[\n  {\n    \"text\": \"moon\"") == "jsonl");
  CHECK(detected_in_stream("[\n") == "auto, like jsonl");
  CHECK(detected_in_stream("[sic] he said\n") == "auto");
}

TEST_CASE("a header with a known column is detected with its separator") {
  CHECK(detected("label,text\na,moon\n") == "csv");
  CHECK(detected("id\tText\n1\tmoon\n") == "tsv");
  CHECK(detected("\"id\";\"text\"\n1;moon\n") == "csv");
  CHECK(detected("sep=;\nid;text\n1;moon\n") == "csv");
  CHECK(detected("id|body\n1|moon\n") == "csv");
  CHECK(detected(",text\n0,\"moon\n") == "csv");
  ReadOptions options;
  options.columns.text = {{"review body"}};
  CHECK(detected("id,review body\n1,moon\n", options) == "csv");
}

TEST_CASE("a header alone is a document of a file, but the first line of a stream of records") {
  CHECK(detected("label,text\n") == "auto");
  CHECK(detected_in_stream("label,text\n") == "csv");
}

TEST_CASE("prose and posts are not tables") {
  CHECK(detected("Text, body and soul\nmoon, orbit\n") == "auto");
  CHECK(detected("text\nmoon\n") == "auto");
  CHECK(detected("Keywords: graphics,text\nLines: 5\n\nmoon\n") == "auto");
  CHECK(detected("Yes, moon.\nNo, orbit.\nWell, ball.\n") == "auto");
  CHECK(detected("") == "auto");
  CHECK(detected(" \n\n") == "auto");
}

TEST_CASE("lines with the same number of fields below names are suspected to be a table") {
  CHECK(detected("key,opinion\n1,moon\n2,ball\n") == "auto, like csv");
  CHECK(detected("key\topinion\n1\tthe moon\n2\tball\n") == "auto, like tsv");
  CHECK(detected("key,opinion\n1,moon\n2\n") == "auto");
}

TEST_CASE("opening a file looks at its first 64 KiB, even if it is compressed") {
  const TempDir folder;
  const std::string text(100'000, 'x');
  for (const std::string& bytes : {text, gzip(text)}) {
    const OpenedInput input = open_input(folder.write("a", bytes), DataFormat::kAuto, "auto");
    CHECK(input.first == text.substr(0, 64 << 10));
    CHECK(input.source->read_all() == text);
  }
}

TEST_CASE("the first bytes are decoded, unless they begin a tar archive") {
  const TempDir folder;
  const auto first = [&](const std::string& bytes, const std::string& encoding) {
    return open_input(folder.write("a", bytes), DataFormat::kAuto, encoding).first;
  };
  CHECK(first("\uFEFF{\"", "auto") == "{\"");
  CHECK(first(std::string("\xff\xfe{\0\"\0", 6), "auto") == "{\"");
  std::string tar(600, '\0');
  tar.replace(257, 5, "ustar");
  CHECK(first(tar, "UTF-16LE") == tar);
}

TEST_CASE("opening a pipe waits for its first line, not for its end") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "moon\nor", 7) == 7);
  {
    const StandardInput in(ends[0]);
    const OpenedInput input = open_input("-", DataFormat::kAuto, "auto");
    CHECK(input.first == "moon\nor");
    ::close(ends[1]);
    CHECK(input.source->read_all() == "moon\nor");
  }
  ::close(ends[0]);
}

TEST_CASE("the first line of a pipe may arrive in pieces") {
  WrittenPipe pipe("moon orbit\n", 1);
  auto source = open_descriptor(pipe.reader(), "pipe");
  CHECK(peek_line(source, 100) == "moon orbit\n");
  CHECK(peek_line(source, 4) == "moon");
  CHECK(source->read_all() == "moon orbit\n");
}
