// SPDX-License-Identifier: MIT
// JSON lines, read by DocumentReader.
#include "corpus/records.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

ReadRecords jsonl(std::string_view bytes, const ColumnOptions& columns = {}) {
  return read_records(bytes, DataFormat::kJsonl, columns);
}

/// Reads one document whose text is the JSON string "`written`".
ReadRecords text_written(const std::string& written) {
  ReadRecords records = jsonl("{\"label\":\"space\",\"text\":\"" + written + "\"}\n");
  CHECK(records.error.empty());
  REQUIRE(records.documents.size() == 1);
  return records;
}

std::string text_of(const std::string& written) { return text_written(written).documents[0].text; }

/// The error for `line` as line 2, after a valid line.
std::string error_for(const std::string& line) {
  const ReadRecords records = jsonl("{\"label\":\"space\",\"text\":\"moon\"}\n" + line + "\n");
  CHECK(records.rows() == Rows{{"space", "moon"}});
  return records.error;
}

}  // namespace

TEST_CASE("JSONL: an object is a document") {
  const ReadRecords records = jsonl(
      "{\"text\":\"moon orbit\",\"label\":\"space\"}\n{ \"label\" : \"baseball\", \"text\" : "
      "\"ball\" }");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon orbit"}, {"baseball", "ball"}});
  CHECK(records.lines == std::vector<std::int64_t>{1, 2});
  CHECK(records.description == "jsonl");
  CHECK(records.documents[0].parts.empty());
  CHECK(records.documents[0].may_be_post);
  CHECK(records.counts.read == 2);
}

TEST_CASE("JSONL: escape sequences are decoded") {
  CHECK(text_of(R"(\" \\ \/ \b \f \n \r \t)") == "\" \\ / \b \f \n \r \t");
  CHECK(text_of(R"(caf\u00e9 \u6708 \u00C9)") == "café 月 É");
  CHECK(text_of(R"(\ud83d\ude80 \uD83C\uDF15)") == "🚀 🌕");
  CHECK(text_of("café 月 🚀") == "café 月 🚀");
  CHECK(text_of(R"(a\u0000b)") == std::string("a\0b", 3));
  CHECK(text_of("\u2028 \u2029 \u0085 \x7f") == "\u2028 \u2029 \u0085 \x7f");
  CHECK(text_of(R"(\ufeff\uffff\ufffe)") == "\uFEFF\uFFFF\uFFFE");
  CHECK(text_of("") == "");
}

TEST_CASE("JSONL: a lone surrogate is read as U+FFFD") {
  CHECK(text_of(R"(\ud83d)") == "\uFFFD");
  CHECK(text_of(R"(a\uDE80b)") == "a\uFFFDb");
  CHECK(text_of(R"(\ude80\ud83d)") == "\uFFFD\uFFFD");
  CHECK(text_of(R"(\ud83d\ud83d\ude80)") == "\uFFFD🚀");
  CHECK(text_of(R"(\ud83d\ude80\ude80)") == "🚀\uFFFD");
  CHECK(text_of(R"(\ud83d\n\ude80)") == "\uFFFD\n\uFFFD");
  CHECK(text_of(R"(\ud83dde80)") ==
        "\uFFFD"
        "de80");
  CHECK(text_of(R"(\ud83d\u0041)") == "\uFFFDA");
}

TEST_CASE("JSONL: a document with lone surrogates is counted once") {
  CHECK(text_written(R"(\ud83d \ude80 \ud800)").counts.lone_surrogates == 1);
  CHECK(text_written(R"(\ud83d\ude80)").counts.lone_surrogates == 0);
  CHECK(text_written(R"(\ufffd)").counts.lone_surrogates == 0);
}

TEST_CASE("JSONL: an escaped backslash before u does not start a surrogate escape") {
  CHECK(text_of(R"(\\ud83d)") == "\\ud83d");
  CHECK(text_of(R"(\\\ud83d)") == "\\\uFFFD");
  CHECK(text_of(R"(\\\\ud83d)") == "\\\\ud83d");
  CHECK(text_written(R"(\\ud83d)").counts.lone_surrogates == 0);
}

TEST_CASE("JSONL: the last value of a repeated key is used") {
  CHECK(jsonl(R"({"label":"a","text":"moon","text":"orbit","label":"space"})").rows() ==
        Rows{{"space", "orbit"}});
}

TEST_CASE("JSONL: numbers and booleans are read as written, and null is empty") {
  const ReadRecords records = jsonl(
      "{\"label\":3,\"text\":17}\n{\"label\":true,\"text\":-2.5}\n{\"label\":18446744073709551615,"
      "\"text\":null}\n{\"label\":null,\"text\":\"moon\"}\n");
  CHECK(records.rows() == Rows{{"3", "17"}, {"true", "-2.5"}, {"18446744073709551615", ""}});
  CHECK(records.counts.unlabelled == 1);
  CHECK(records.counts.empty == 1);
}

TEST_CASE("JSONL: a record without a label is skipped and counted if labels are required") {
  const std::string_view bytes(
      "{\"text\":\"moon\"}\n{\"label\":\"\",\"text\":\"a\"}\n"
      "{\"label\":\"space\",\"text\":\"orbit\"}\n");
  const ReadRecords records = jsonl(bytes);
  CHECK(records.rows() == Rows{{"space", "orbit"}});
  CHECK(records.lines == std::vector<std::int64_t>{3});
  CHECK(records.counts.unlabelled == 2);
  CHECK(jsonl(bytes, {.label = "label"}).counts.unlabelled == 2);
  const ReadRecords texts = read_records(bytes, DataFormat::kJsonl, ReadOptions{}, Need::kTexts);
  CHECK(texts.texts() == Words{"moon", "a", "orbit"});
  CHECK(texts.counts.unlabelled == 0);
}

TEST_CASE("JSONL: arrays of strings are text, other arrays and objects are refused or ignored") {
  CHECK(jsonl(R"({"meta":{"text":"x","a":[1,{}]},"tags":["a"],"label":"space","text":"moon"})")
            .rows() == Rows{{"space", "moon"}});
  CHECK(jsonl(R"({"label":"space","text":["the moon","",null,7,"orbit"]})").rows() ==
        Rows{{"space", "the moon\n\n\n7\norbit"}});
  CHECK(jsonl(R"({"label":"space","text":[]})").counts.empty == 1);
  const ReadRecords weighted = jsonl(R"({"label":"space","t":["a","b"]})", {.text = {{"t", 3}}});
  CHECK(weighted.rows() == Rows{{"space", "a\nb"}});
  REQUIRE(weighted.documents.at(0).parts.size() == 1);
  CHECK(weighted.documents[0].parts[0].end == 3);
  CHECK(
      error_for(R"({"label":"space","text":[["moon"]]})") ==
      "data, line 2: \"text\": expected an array of strings, found an array in it; write the value "
      "as a string");
  CHECK(error_for(R"({"label":["a"],"text":"moon"})") ==
        "data, line 2: \"label\": expected a string, found an array; write the value as a string");
  CHECK(error_for(R"({"label":{},"text":"moon"})") ==
        "data, line 2: \"label\": expected a string, found an object; write the value as a string, "
        "or name a key of it, such as a.b");
}

TEST_CASE("JSONL: a hundred thousand levels of nesting are read or refused without a crash") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(jsonl("{\"x\":" + deep + ",\"label\":\"space\",\"text\":\"moon\"}").rows() ==
        Rows{{"space", "moon"}});
  CHECK_THAT(error_for(std::string(100'000, '[')), StartsWith("data, line 2, column 100001: "));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK_THAT(error_for(objects), StartsWith("data, line 2, column 500001: "));
}

TEST_CASE("JSONL: invalid JSON is refused with line and column") {
  const std::string remedy =
      ": invalid JSON; write one JSON object per line, or one array of objects";
  CHECK(error_for(R"({"label":"space" "text":"moon"})") == "data, line 2, column 23" + remedy);
  CHECK(error_for("moon") == "data, line 2, column 1" + remedy);
  CHECK(error_for(R"({"label":"space","text":"\x41"})") == "data, line 2, column 27" + remedy);
  CHECK(error_for(R"({"label":"space","text":"\u12g4"})") == "data, line 2, column 30" + remedy);
  CHECK(error_for("{'label':'space'}") == "data, line 2, column 2" + remedy);
  CHECK(error_for("{\"label\":\"space\",\"text\":\"a\tb\"}") == "data, line 2, column 27" + remedy);
  CHECK(error_for(R"({"label":"space","text":"moon",})") == "data, line 2, column 32" + remedy);
  CHECK(error_for(R"({"label":NaN,"text":"moon"})") == "data, line 2, column 10" + remedy);
}

TEST_CASE("JSONL: an object over several lines is refused with advice") {
  const std::string problem =
      ": the JSON object does not end on its line; write one object per line, or all objects as "
      "one array: [{...}, {...}]";
  CHECK(error_for("{") == "data, line 2, column 2" + problem);
  CHECK(error_for(R"({"label":"space","text":"moon)") == "data, line 2, column 30" + problem);
  CHECK(jsonl("{\n  \"label\": \"space\",\n  \"text\": \"moon\"\n}\n").error ==
        "data, line 1, column 2" + problem);
}

TEST_CASE("JSONL: any text after the object is refused, including a NUL byte") {
  const std::string object = R"({"label":"space","text":"moon"})";
  CHECK_THAT(error_for(object + " x"), StartsWith("data, line 2, column 33: "));
  CHECK_THAT(error_for(object + object), StartsWith("data, line 2, column 32: "));
  CHECK_THAT(error_for(object + std::string("\0{", 2)), StartsWith("data, line 2, column 32: "));
  CHECK_THAT(error_for(object + std::string(1, '\0')), StartsWith("data, line 2, column 32: "));
  CHECK_THAT(error_for(std::string("{\"text\":\"a\0\"}", 13)),
             StartsWith("data, line 2, column 11: "));
  CHECK(jsonl(object + " \t\r\n").rows() == Rows{{"space", "moon"}});
}

TEST_CASE("JSONL: a number too large for a double is refused as an error in the data") {
  CHECK(error_for(R"({"label":"space","text":"moon","x":1e999})") ==
        "data, line 2: a number in this object is too large; write it as a string");
}

TEST_CASE("JSONL: a value that is not an object is refused, and its type is shown") {
  const std::string remedy = "; write one JSON object per line";
  CHECK(error_for("[1,2]") == "data, line 2: expected a JSON object, found an array" + remedy);
  CHECK(error_for("\"moon\"") == "data, line 2: expected a JSON object, found a string" + remedy);
  CHECK(error_for("17") == "data, line 2: expected a JSON object, found a number" + remedy);
  CHECK(error_for("null") == "data, line 2: expected a JSON object, found a null" + remedy);
  CHECK(error_for("{}") ==
        "data, line 2: no text key (tried text, body, content, message, document, title, subject, "
        "sentence, question, review, description)");
}

TEST_CASE("JSONL: blank lines are counted, and CRLF and a byte order mark are removed") {
  const ReadRecords records = jsonl(
      "\uFEFF\r\n{\"label\":\"space\",\"text\":\"moon\"}\r\n \t\r\n\n{\"label\":\"space\","
      "\"text\":\"orbit\"}\r");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon"}, {"space", "orbit"}});
  CHECK(records.lines == std::vector<std::int64_t>{2, 5});
  CHECK(records.counts.blank == 3);
}

TEST_CASE("JSONL: well-known keys match in any case, and earlier names take precedence") {
  CHECK(jsonl(R"({"Class":"space","TEXT":"moon"})").rows() == Rows{{"space", "moon"}});
  CHECK(jsonl(R"({"title":"orbit","body":"moon","topic":"x","category":"space"})").rows() ==
        Rows{{"space", "moon"}});
}

TEST_CASE("JSONL: options select the keys") {
  const ReadRecords records =
      jsonl(R"({"nr":7,"kind":"space","title":"Moon!","text":"the moon"})",
            {.text = {{"title", 5}, {"text"}}, .label = "kind", .id = "nr"});
  CHECK(records.rows() == Rows{{"space", "Moon!\nthe moon"}});
  CHECK(records.ids() == Words{"7"});
  CHECK(records.description ==
        "jsonl, label in \"kind\", text in \"title\" (5 times) and \"text\", id in \"nr\"");
  REQUIRE(records.documents[0].parts.size() == 2);
  CHECK(records.documents[0].parts[0].end == 5);
  CHECK(records.documents[0].parts[0].weight == 5);
}

TEST_CASE("JSONL: an unknown key is an error that suggests a close match") {
  const std::string line = R"({"label":"space","text":"moon"})";
  CHECK(jsonl(line, {.text = {{"txt"}}}).error ==
        "data, line 1: no key 'txt' for the text (did you mean 'text'?)");
  CHECK(jsonl(line, {.text = {{"headline"}}}).error ==
        "data, line 1: no key 'headline' for the text (the keys are label, text)");
  CHECK(jsonl(line, {.id = "nr"}).error ==
        "data, line 1: no key 'nr' for the id (the keys are label, text)");
}

TEST_CASE("JSONL: a key with a dot names a key of an inner object, unless there is such a key") {
  const ColumnOptions columns{.text = {{"data.text"}}, .label = "data.meta.kind", .id = "data.nr"};
  const ReadRecords records = jsonl(
      "{\"data\":{\"text\":\"moon\",\"meta\":{\"kind\":\"space\"},\"nr\":7}}\n"
      "{\"data.text\":\"orbit\",\"data\":{\"text\":\"x\",\"meta.kind\":\"space\",\"nr\":8}}\n"
      "{\"data.meta\":{\"kind\":\"ball\"},\"data\":{\"text\":[\"a\",\"bat\"],\"nr\":9}}\n",
      columns);
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon"}, {"space", "orbit"}, {"ball", "a\nbat"}});
  CHECK(records.ids() == Words{"7", "8", "9"});
  CHECK(records.description ==
        "jsonl, label in \"data.meta.kind\", text in \"data.text\", id in \"data.nr\"");
  CHECK(jsonl(R"({"data":{"text":"moon","a":{"b":1}},"x":2})", {.text = {{"data.txt"}}}).error ==
        "data, line 1: no key 'data.txt' for the text (did you mean 'data.text'?)");
  CHECK(jsonl(R"({"data":{"a":{"b":{"c":1}}},"x":2})", {.text = {{"headline"}}}).error ==
        "data, line 1: no key 'headline' for the text (the keys are data.a.b, x)");
  CHECK(jsonl(R"({"data":"moon"})", {.text = {{"data.text"}}}).error ==
        "data, line 1: no key 'data.text' for the text (the keys are data)");
  CHECK(
      jsonl(R"({"data":{"text":"moon"}})", {.text = {{"data"}}}).error ==
      "data, line 1: \"data\": expected a string, found an object; write the value as a string, or "
      "name a key of it, such as a.b");
}

TEST_CASE("JSONL: an id is found by its key") {
  CHECK(jsonl(R"({"Id":7,"label":"space","text":"moon"})").ids() == Words{"7"});
  CHECK(jsonl(R"({"doc_id":"a","label":"space","text":"moon"})").ids() == Words{"a"});
  CHECK(jsonl(R"({"id":{"$oid":"a"},"label":"space","text":"moon"})").ids() == Words{""});
  CHECK(jsonl(R"({"id":"space","text":"moon"})", {.label = "id"}).ids() == Words{""});
  CHECK(jsonl(R"({"id":7,"nr":8,"label":"space","text":"moon"})", {.id = "nr"}).ids() ==
        Words{"8"});
  CHECK(jsonl(R"({"label":"space","text":"moon"})", {.id = "nr", .id_may_lack = true}).ids() ==
        Words{""});
}

TEST_CASE("JSON array: every element is a document") {
  const ReadRecords records = jsonl(
      "[\n  {\n    \"label\": \"space\",\n    \"text\": \"moon [{\"\n  },\n"
      "  {\"label\": \"ball\", \"text\": \"bat\"}, {\"label\": \"ball\", \"text\": \"\"}\n]\n");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon [{"}, {"ball", "bat"}, {"ball", ""}});
  CHECK(records.description == "JSON array");
  CHECK(records.lines == std::vector<std::int64_t>{1, 2, 3});
  CHECK(records.counts.blank == 0);
  CHECK(jsonl("[]").documents.empty());
}

TEST_CASE("JSON array: an error names the element and its line") {
  const auto error = [](std::string_view bytes) {
    const ReadRecords records = jsonl(bytes);
    CHECK(records.rows() == Rows{{"space", "moon"}});
    return records.error;
  };
  const std::string first = "[{\"label\":\"space\",\"text\":\"moon\"},\n";
  CHECK(error(first + "{\"label\":\"ball\",\n\"text\" \"bat\"}]") ==
        "data, element 2, line 3, column 12: invalid JSON; write one JSON object per line, or one "
        "array of objects");
  CHECK(
      error(first + "[1]]") ==
      "data, element 2, line 2: expected a JSON object, found an array; write one JSON object per "
      "line");
  CHECK(
      error(first + "{\"label\":\"ball\"}]") ==
      "data, element 2, line 2: no text key (tried text, body, content, message, document, title, "
      "subject, sentence, question, review, description)");
  CHECK(
      error(first + "{\"label\":") ==
      "data, line 2: the JSON array has no closing ]; the file may be truncated: create it again");
  CHECK(
      error(first) ==
      "data, line 2: the JSON array has no closing ]; the file may be truncated: create it again");
  CHECK(error("[{\"label\":\"space\",\"text\":\"moon\"}]\n\n{}") ==
        "data, line 3: text after the end of the JSON array; write one array");
}

TEST_CASE("JSON array: a hundred thousand elements on one line are read in blocks") {
  std::string bytes = "[";
  for (int i = 0; i < 100'000; ++i)
    bytes += (i == 0 ? "{" : ",{") + std::string("\"label\":\"space\",\"text\":\"moon\"}");
  bytes += ']';
  Workers workers(1);
  DocumentReader reader(std::make_unique<StringSource>(bytes), DataFormat::kJsonl, {}, true);
  CHECK(reader.read(workers).size() <= 4096);
  CHECK(reader.source().consumed() < 300'000);
  CHECK(jsonl(bytes).documents.size() == 100'000);
}

TEST_CASE("JSONL: a key chosen for label, text or id is not used for another of them") {
  CHECK(jsonl(R"({"title":"space","sentence":"moon"})", {.label = "title"}).rows() ==
        Rows{{"space", "moon"}});
  CHECK(jsonl(R"({"title":"7","sentence":"moon","label":"space"})", {.id = "title"}).rows() ==
        Rows{{"space", "moon"}});
  CHECK(jsonl(R"({"class":"moon","topic":"space"})", {.text = {{"class"}}}).rows() ==
        Rows{{"space", "moon"}});
  CHECK(read_records(R"({"title":"space","sentence":"moon"})", DataFormat::kJsonl,
                     ColumnOptions{.label = "title"}, Need::kTexts)
            .texts() == Words{"moon"});
}

TEST_CASE("JSONL: UTF-16 is detected by its byte order mark, and labels are composed") {
  const std::string lines = "\uFEFF{\"label\":\" cafe\u0301\",\"text\":\"月\"}\n";
  CHECK(read_records(utf16(lines), DataFormat::kJsonl).rows() == Rows{{"caf\u00e9", "月"}});
}

TEST_CASE("JSONL: invalid UTF-8 is repaired before parsing, or refused") {
  const std::string line = "{\"label\":\"space\",\"text\":\"caf\xe9\"}\n";
  ReadOptions options;
  CHECK(read_records(line, DataFormat::kJsonl, options).texts() == Words{"café"});
  options.encoding = "utf-8";
  CHECK(read_records(line, DataFormat::kJsonl, options).texts() == Words{"caf\uFFFD"});
  options.invalid_utf8 = InvalidUtf8::kLatin1;
  CHECK(read_records(line, DataFormat::kJsonl, options).texts() == Words{"café"});
  options.invalid_utf8 = InvalidUtf8::kError;
  CHECK_THAT(read_records(line, DataFormat::kJsonl, options).error,
             StartsWith("data, line 1: byte 28 (0xe9) is not UTF-8"));
}
