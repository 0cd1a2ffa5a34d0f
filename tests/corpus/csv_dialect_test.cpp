// SPDX-License-Identifier: MIT
#include "corpus/csv_dialect.hpp"

#include "corpus/records.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("the delimiter of a header gives the most known names") {
  CHECK(delimiter_of_header("label,text", {}) == ',');
  CHECK(delimiter_of_header("nr;Label;x", {}) == ';');
  CHECK(delimiter_of_header("\"x;y\"\t\"text\"", {}) == '\t');
  CHECK(delimiter_of_header("a|b,c|body", {}) == '|');
  CHECK(delimiter_of_header("label,x;text;class", {}) == ';');
  CHECK(delimiter_of_header("text,x;label,x", {}) == ',');
  CHECK(delimiter_of_header("Betreff;Klasse", {.text = {{"Betreff"}}}) == ';');
  CHECK(delimiter_of_header("nr;Klasse", {.label = "Klasse"}) == ';');
}

TEST_CASE("a line without a known name, or of a single field, gives no delimiter") {
  CHECK(delimiter_of_header("", {}) == std::nullopt);
  CHECK(delimiter_of_header("text", {}) == std::nullopt);
  CHECK(delimiter_of_header("the label, and the text; of it", {}) == std::nullopt);
  CHECK(delimiter_of_header("\"label,text", {}) == std::nullopt);
}

TEST_CASE("the delimiter of several lines gives the same number of fields in all of them") {
  CHECK(delimiter_of_lines("a;b,c\nd;e\n") == ';');
  CHECK(delimiter_of_lines("a;b|c\nd;e|f\n") == ';');
  CHECK(delimiter_of_lines("a;b|c|d\nd;e|f|g\n") == '|');
  CHECK(delimiter_of_lines("a,b;c\nd,e;f\n") == ',');
  CHECK(delimiter_of_lines("\n\"a;\n\"\"\";b\r\n\r\nc;d\r\n") == ';');
  CHECK(delimiter_of_lines("a;b\nc\n") == std::nullopt);
  CHECK(delimiter_of_lines("a;b\n") == std::nullopt);
  CHECK(delimiter_of_lines("a;b\nc;d") == std::nullopt);
  CHECK(delimiter_of_lines("") == std::nullopt);
  CHECK(delimiter_of_lines("a\"b;c\n\"d;e\n", {.quoted = false}) == ';');
  CHECK(delimiter_of_lines("a;\"b\rc\"\rd;e\r", {.line_end = '\r'}) == ';');
}

TEST_CASE("only the first twenty records decide about the delimiter") {
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += "a;b\n";
  CHECK(delimiter_of_lines(lines + "a\n") == ';');
  CHECK(delimiter_of_lines("a\n" + lines) == std::nullopt);
}

TEST_CASE("the delimiter does not depend on how the bytes arrive") {
  std::string bytes = "a;b, c\n";
  for (int i = 0; i < 30; ++i) bytes += i % 2 == 0 ? "d;e\n" : "\"d\n;\";f, g, h\n";
  for (const std::size_t step : {1, 7, 100'000}) {
    RecordSplitter splitter(std::make_unique<StringSource>(bytes, step));
    CHECK(find_dialect(splitter, DataFormat::kCsv, {}).delimiter == ';');
  }
}

TEST_CASE("a header with known names is enough: a pipe is answered before more lines arrive") {
  RecordSplitter splitter(std::make_unique<StringSource>("text;label\nmoon;space\n", 11));
  CHECK(find_dialect(splitter, DataFormat::kCsv, {}).delimiter == ';');
  CHECK(splitter.source().consumed() == 11);
}
