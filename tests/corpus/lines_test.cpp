// SPDX-License-Identifier: MIT
// The formats fasttext and lines, read by DocumentReader.
#include "corpus/records.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

ReadRecords fasttext(std::string_view bytes, Need need = Need::kLabels) {
  return read_records(bytes, DataFormat::kFasttext, ReadOptions{}, need);
}

ReadRecords lines(std::string_view bytes) {
  return read_records(bytes, DataFormat::kLines, ReadOptions{}, Need::kTexts);
}

}  // namespace

TEST_CASE("fastText: the label precedes the text") {
  const ReadRecords records =
      fasttext("__label__space moon orbit\n__label__baseball ball , bat\r\n");
  CHECK(records.error.empty());
  CHECK(records.rows() == Rows{{"space", "moon orbit"}, {"baseball", "ball , bat"}});
  CHECK(records.lines == std::vector<std::int64_t>{1, 2});
  CHECK(records.description == "fasttext");
  CHECK_FALSE(records.documents[0].may_be_post);
  CHECK(records.documents[0].parts.empty());
}

TEST_CASE("fastText: spaces and tabs before and after the label are skipped") {
  CHECK(fasttext(" \t__label__space\t \tmoon\torbit ").rows() == Rows{{"space", "moon\torbit "}});
}

TEST_CASE("fastText: the first of several labels is used, and such lines are counted") {
  const ReadRecords records = fasttext(
      "__label__space __label__moon orbit\n__label__space moon\n"
      "__label__a __label__b __label__c x\n");
  CHECK(records.rows() == Rows{{"space", "orbit"}, {"space", "moon"}, {"a", "x"}});
  CHECK(records.counts.more_labels == 2);
}

TEST_CASE("fastText: a token with the label prefix within the text is text, and so is </s>") {
  CHECK(fasttext("__label__space the __label__moon </s>\n").rows() ==
        Rows{{"space", "the __label__moon </s>"}});
}

TEST_CASE("fastText: a label needs no text and may contain anything except spaces") {
  const ReadRecords records = fasttext("__label__space\n__label__a,b\"c\" \n__label__月 moon\n");
  CHECK(records.rows() == Rows{{"space", ""}, {"a,b\"c\"", ""}, {"月", "moon"}});
  CHECK(records.counts.empty == 2);
}

TEST_CASE("fastText: if labels are required, unlabelled and blank lines are skipped and counted") {
  const std::string_view bytes("moon\n\n__label__ orbit\n \t\n__label__space moon\n");
  const ReadRecords records = fasttext(bytes);
  CHECK(records.rows() == Rows{{"space", "moon"}});
  CHECK(records.lines == std::vector<std::int64_t>{5});
  CHECK(records.counts.unlabelled == 2);
  CHECK(records.counts.blank == 2);
  const ReadRecords all = fasttext(bytes, Need::kTexts);
  CHECK(all.texts() == Words{"moon", "", "orbit", "", "moon"});
  CHECK(all.counts.read == 5);
  CHECK(all.counts.blank == 0);
}

TEST_CASE("fastText: an option sets the label prefix") {
  ReadOptions options;
  options.label_prefix = "#";
  const ReadRecords records =
      read_records("#space moon\n__label__space moon\n", DataFormat::kFasttext, options);
  CHECK(records.rows() == Rows{{"space", "moon"}});
  CHECK(records.counts.unlabelled == 1);
  CHECK(records.description == "fasttext, label prefix #");
}

TEST_CASE("lines: every line is a document, even an empty one") {
  const ReadRecords records =
      lines("moon\n\n__label__space \"x\n{\"text\":1}\na\tb\r\n \n</s>\nend");
  CHECK(records.texts() ==
        Words{"moon", "", "__label__space \"x", "{\"text\":1}", "a\tb", " ", "</s>", "end"});
  CHECK(records.lines == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(records.counts.read == 8);
  CHECK(records.counts.empty == 2);
  CHECK(records.counts.blank == 0);
  CHECK(records.description == "lines");
}

TEST_CASE("lines: bytes that are not UTF-8 are read as Windows-1252 and counted") {
  const ReadRecords records = lines("caf\xe9\n\xff\x81\ncafé\n");
  CHECK(records.texts() == Words{"café", "ÿ\uFFFD", "café"});
  CHECK(records.counts.repaired == 2);
  CHECK(records.counts.guessed == 1);
}
