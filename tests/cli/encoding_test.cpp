// SPDX-License-Identifier: MIT
// Encodings of documents and the spelling of labels, through the binary.
#include <iconv.h>

#include <nlohmann/json.hpp>

#include "cli/model_folder.hpp"
#include "cli/train.hpp"
#include "corpus/compressed.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// Encodes UTF-8.
std::string encoded(std::string text, const char* encoding) {
  const iconv_t encoder = ::iconv_open(encoding, "UTF-8");
  REQUIRE(encoder != reinterpret_cast<iconv_t>(-1));
  std::string out(4 * text.size() + 16, '\0');
  char *from = text.data(), *to = out.data();
  std::size_t left = text.size(), room = out.size();
  REQUIRE(::iconv(encoder, &from, &left, &to, &room) == 0);
  ::iconv(encoder, nullptr, nullptr, &to, &room);
  ::iconv_close(encoder);
  out.resize(out.size() - room);
  return out;
}

/// A CSV file of two labels, with the words of each repeated in eight records.
std::string csv_of(const std::string& one, const std::string& other) {
  std::string csv = "label,text\n";
  for (int i = 0; i < 8; ++i)
    csv += "été,\"" + one + "\n" + std::to_string(i) + "\"\nÜbung," + other + " " +
           std::to_string(i) + "\n";
  return csv;
}

Outcome train_small(const std::string& data, const std::string& model,
                    std::vector<std::string> more = {}, std::string_view input = {}) {
  std::vector<std::string> arguments = {"train", data, "-o", model, "--hidden", "8,4"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_newsclf(arguments, input);
}

std::size_t warnings_in(const std::string& messages) {
  std::size_t count = 0;
  for (std::size_t i = 0; (i = messages.find("newsclf: warning: ", i)) != std::string::npos; ++i)
    ++count;
  return count;
}

}  // namespace

TEST_CASE("data in any encoding gives the same model and predictions as its UTF-8 twin") {
  struct Case {
    const char* encoding;
    std::string one, other;
  };
  const TempDir folder;
  for (const auto& [encoding, one, other] :
       {Case{"windows-1252", "café crème “brûlée” 5 €", "Straße über Köln"},
        Case{"iso-8859-15", "café crème 5 €", "Straße über Köln"},
        Case{"utf-16", "café 月 crème", "Straße 日 über"}}) {
    INFO(encoding);
    const std::string csv = csv_of(one, other);
    const std::string utf8 = folder.write("utf8.csv", csv);
    const std::string twin = folder.write("twin.csv", encoded(csv, encoding));
    REQUIRE(train_small(utf8, folder / "a", {"-q", "--force"}).status == 0);
    const Outcome trained = train_small(twin, folder / "b", {"--encoding", encoding, "--force"});
    REQUIRE(trained.status == 0);
    CHECK_THAT(trained.err, Contains("twin.csv (csv, " + std::string(encoding) + ", header row") &&
                                !Contains("warning"));
    CHECK(same_weights(folder / "a", folder / "b"));
    CHECK(load_model(folder / "b").labels.labels() == std::vector<std::string>{"Übung", "été"});
    const Outcome answers = run_newsclf({"predict", folder / "a", utf8});
    CHECK(answers.out.find('\n') != std::string::npos);
    CHECK(run_newsclf({"predict", folder / "b", twin, "--encoding", encoding}).out == answers.out);
  }
}

TEST_CASE("lines and JSON in KOI8-R and Shift JIS are read through a pipe") {
  const TempDir folder;
  const std::string train = "__label__мир Привет мир\n__label__луна орбита луны\n";
  for (const char* encoding : {"koi8-r", "windows-1251"}) {
    REQUIRE(train_small("-", folder / "m", {"--force", "--encoding", encoding, "-q"},
                        encoded(train, encoding))
                .status == 0);
    const Outcome outcome = run_newsclf({"predict", folder / "m", "--encoding", encoding},
                                        encoded("Привет\nорбита\n", encoding));
    CHECK(labels_in(outcome.out) == std::vector<std::string>{"мир", "луна"});
  }
  const std::string jsonl =
      "{\"label\":\"a\",\"text\":\"テスト ソ\"}\n{\"label\":\"b\",\"text\":\"月 表\"}\n";
  const std::string file = folder.write("a.jsonl", encoded(jsonl, "shift_jis"));
  CHECK_THAT(
      train_small(file, folder / "m", {"--force", "--encoding", "shift_jis", "--dropout", "0"}).err,
      Contains("(jsonl, shift_jis)") || Contains("(jsonl, shift_jis,"));
  const Outcome outcome = run_newsclf({"predict", folder / "m", file, "--encoding", "shift_jis"});
  CHECK(labels_in(outcome.out) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("UTF-16 with a byte order mark is read without an option, also compressed") {
  const TempDir folder;
  const std::string csv = "\uFEFF" + csv_of("café 月", "Straße");
  REQUIRE(train_small(folder.write("utf8.csv", csv), folder / "a", {"-q"}).status == 0);
  for (const char* encoding : {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"}) {
    INFO(encoding);
    const std::string bytes = encoded(csv, encoding);
    const Outcome piped = train_small("-", folder / "b", {"--format", "csv", "--force"}, bytes);
    CHECK(piped.status == 0);
    CHECK_THAT(piped.err, Contains("standard input (csv, " + std::string(encoding)));
    CHECK(same_weights(folder / "a", folder / "b"));
    const std::string packed = folder.write("twin.csv.gz", gzip(bytes));
    CHECK(train_small(packed, folder / "b", {"-q", "--force"}).status == 0);
    CHECK(same_weights(folder / "a", folder / "b"));
    CHECK(run_newsclf({"predict", folder / "a", packed}).out ==
          run_newsclf({"predict", folder / "a", folder / "utf8.csv"}).out);
  }
  const ModelFolder model;
  CHECK(model.predict({"--document"}, encoded("\uFEFFmoon", "UTF-16BE")).out ==
        model.predict({"--document"}, "moon").out);
  CHECK(model.predict({}, encoded("\uFEFFmoon\nball\n", "UTF-16LE")).out ==
        model.predict({}, "moon\nball\n").out);
}

TEST_CASE("labelled data without a format name is detected in its encoding") {
  const TempDir folder;
  const std::string lines =
      "{\"label\":\"a\",\"text\":\"moon\"}\n{\"label\":\"b\",\"text\":\"bat\"}\n";
  CHECK_THAT(train_small("-", folder / "m", {}, encoded("\uFEFF" + lines, "UTF-16LE")).err,
             Contains("standard input (jsonl, UTF-16LE"));
  CHECK_THAT(train_small("-", folder / "m", {"--force", "--encoding", "utf-16be"},
                         encoded(lines, "UTF-16BE"))
                 .err,
             Contains("standard input (jsonl, utf-16be"));
}

TEST_CASE("an unknown encoding is an error of the command line") {
  const Outcome outcome = run_newsclf({"check", "nothing", "--encoding", "windows-1259"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err ==
        "newsclf: --encoding: unknown encoding 'windows-1259'; iconv -l lists the names; see "
        "newsclf check --help\n");
}

TEST_CASE("bytes that cannot be decoded are replaced, read as Latin-1 or refused") {
  const TempDir folder;
  std::string csv = "label,text\n";
  for (int i = 0; i < 30; ++i) csv += i % 2 == 0 ? "space,moon\n" : "ball,bat\n";
  const std::string data = folder.write("a.csv", csv + "space,caf\xe9 \x81\n");
  const auto check = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"check", data});
    return run_newsclf(more);
  };
  CHECK_THAT(check({}).err, Contains(", 1 not UTF-8 (replace)\n") && !Contains("warning"));
  CHECK_THAT(check({"--encoding", "windows-1252"}).err,
             Contains(", 1 not windows-1252 (replace)\n"));
  CHECK_THAT(check({"--encoding", "windows-1252", "--invalid-utf8", "latin1"}).err,
             Contains(", 1 not windows-1252 (latin1)\n"));
  const Outcome refused = check({"--encoding", "windows-1252", "--invalid-utf8", "error"});
  CHECK(refused.status == 1);
  CHECK(refused.err == "newsclf: " + data +
                           ", line 32: the byte 0x81 is not valid in windows-1252; name the "
                           "encoding with --encoding, or use --invalid-utf8 replace or latin1\n");
}

TEST_CASE("many documents that are not in their encoding give one warning that names the option") {
  const TempDir folder;
  const auto train_with = [&](int documents, int others, std::vector<std::string> more) {
    std::string csv = "label,text\n";
    for (int i = 0; i < documents; ++i)
      csv += std::string(i % 2 == 0 ? "space,moon" : "ball,bat") + (i < others ? " \xe9\n" : "\n");
    more.insert(more.end(), {"--force", "--epochs", "1"});
    return train_small(folder.write("a.csv", csv), folder / "m", more).err;
  };
  CHECK(warnings_in(train_with(100, 10, {})) == 0);
  const std::string many = train_with(100, 11, {});
  CHECK(warnings_in(many) == 1);
  CHECK_THAT(many, Contains(", 11 decoded as windows-1252\n") &&
                       Contains("newsclf: warning: 11 of 100 documents are not valid UTF-8 (11 "
                                "decoded as windows-1252, a guess); name the encoding with "
                                "--encoding\n"));
  CHECK(warnings_in(train_with(2000, 15, {})) == 0);  // less than 1 %
  CHECK(warnings_in(train_with(4, 2, {})) == 1);      // half of a small collection
  CHECK(warnings_in(train_with(100, 50, {"--encoding", "windows-1252"})) == 0);
  CHECK(warnings_in(train_with(100, 50, {"--invalid-utf8", "latin1"})) == 0);
  CHECK_THAT(train_with(100, 50, {"--encoding", "ascii"}),
             Contains("50 of 100 documents are not valid ascii (50 with U+FFFD for invalid bytes); "
                      "check --encoding\n"));

  const ModelFolder model;
  CHECK_THAT(model.predict({}, "moon \xe9\n").err,
             Contains("newsclf: warning: 1 of 1 document is not valid UTF-8 (1 decoded as "
                      "windows-1252, a guess); name the encoding with --encoding\n") &&
                 !Contains("were decoded"));
}

TEST_CASE("a label that is not valid text is an error that names the option for encodings") {
  const TempDir folder;
  const std::string data = folder.write("a.csv", "label,text\nspace,moon\ncaf\x81,bat\n");
  const Outcome outcome = train_small(data, folder / "m", {"-q"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "newsclf: " + data +
                           ", line 3: the label 'caf\uFFFD' contains bytes that are not valid in "
                           "UTF-8; name the encoding with --encoding, such as windows-1252\n");
}

TEST_CASE("labels that differ in white space or Unicode form are one label, also in options") {
  const TempDir folder;
  std::string csv = "label,text\n";
  for (int i = 0; i < 6; ++i)
    csv += "caf\u00e9,moon\ncafe\u0301,moon orbit\n\u00a0caf\u00e9 ,orbit\nball,bat\n";
  const std::string data = folder.write("a.csv", csv);
  const Outcome trained = train_small(data, folder / "m");
  CHECK_THAT(trained.err, Contains("24 documents, 2 labels, ") &&
                              Contains(", 12 with a label that was trimmed or composed (NFC)\n"));
  CHECK(load_model(folder / "m").labels.labels() == std::vector<std::string>{"ball", "caf\u00e9"});
  const Outcome scored = run_newsclf({"eval", folder / "m", data, "--labels", "cafe\u0301 "});
  CHECK(scored.status == 0);
  CHECK_THAT(scored.err, Contains("18 documents, 1 label, "));
  CHECK_THAT(run_newsclf({"check", data, "-q"}).out,
             Contains("       12  documents with white space around the label, or not in NFC\n"));
}

TEST_CASE("labels that differ only in case stay apart, with a warning of up to ten pairs") {
  const TempDir folder;
  std::string csv = "label,text\n";
  for (char c = 'a'; c < 'a' + 12; ++c)
    csv += std::string(1, c) + "x,moon\n" + static_cast<char>(c - 32) + "x,bat\n";
  const std::string data = folder.write("a.csv", csv);
  for (const std::string command : {"train", "check"}) {
    std::vector<std::string> arguments = {command, data};
    if (command == "train") arguments.insert(arguments.end(), {"-o", folder / "m"});
    const Outcome outcome = run_newsclf(arguments);
    CHECK_THAT(outcome.err,
               Contains("24 labels") &&
                   Contains("newsclf: warning: labels that differ only in case are different "
                            "labels: 'Ax' and 'ax', 'Bx' and 'bx', ") &&
                   Contains("'Jx' and 'jx' and 2 more\n"));
    CHECK(warnings_in(outcome.err) == 1);
  }
  CHECK(warnings_in(run_newsclf({"eval", folder / "m", data}).err) == 0);
}

TEST_CASE(
    "check finds guessed encodings, text columns that are empty and those that look like ids") {
  const TempDir folder;
  std::string csv = "label,title,text,key\n";
  for (int i = 0; i < 24; ++i)
    csv += (i % 2 == 0 ? "space,,moon " : "ball,,bat ") + std::to_string(i) +
           (i < 2 ? " \xe9" : "") + ",A-" + std::to_string(i) + "\n";
  const std::string data = folder.write("a.csv", csv);
  std::vector<std::string> arguments = {"check", data, "-q"};
  for (const char* column : {"title", "text", "key"})
    arguments.insert(arguments.end(), {"--text-column", column});
  CHECK_THAT(run_newsclf(arguments).out,
             Contains("        2  documents that are not UTF-8, read as windows-1252 (a guess)\n"
                      "             " +
                      data + ":2\n") &&
                 Contains("        1  text columns that are nearly always empty\n"
                          "             title (empty in 24 of 24 documents)\n"
                          "           -> ") &&
                 Contains("        1  text columns that look like ids\n"
                          "             key (empty in 0 of 24 documents)\n"));
  arguments.insert(arguments.end(), {"--json", "-"});
  const auto report = nlohmann::json::parse(run_newsclf(arguments).out);
  CHECK(report["counts"]["repaired"] == 2);
  CHECK(report["counts"]["guessed"] == 2);
  CHECK(report["counts"]["cleaned_labels"] == 0);
  CHECK(report["findings"][1] == nlohmann::json::parse(R"({"kind": "empty_column", "count": 1,
      "columns": [{"column": "title", "documents": 24, "empty": 24}]})"));
  CHECK(report["findings"][2]["kind"] == "id_column");
}
