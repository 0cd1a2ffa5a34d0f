// SPDX-License-Identifier: MIT
#include "newsclf/corpus/inspection.hpp"

#include <algorithm>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Places = std::vector<std::size_t>;
using Names = std::vector<std::string>;

Inspection look(const Corpus& data, const Corpus& test = {},
                InvalidUtf8 policy = InvalidUtf8::kReplace) {
  Workers workers(2);
  ReadOptions options;
  options.invalid_utf8 = policy;
  return inspect_corpus(data, test, options, workers);
}

/// The findings of `kind`.
std::vector<Finding> found(const Inspection& inspection, FindingKind kind) {
  std::vector<Finding> findings;
  for (const Finding& finding : inspection.findings)
    if (finding.kind == kind) findings.push_back(finding);
  return findings;
}

/// Adds `count` distinct documents with `label`.
void add_documents(Corpus& corpus, const std::string& label, int count) {
  for (int i = 0; i < count; ++i)
    corpus.documents.push_back(
        {label + "/" + std::to_string(i), label, label + " number " + std::to_string(i)});
}

/// Five documents of each of two labels, without any finding.
Corpus good() {
  Corpus corpus;
  add_documents(corpus, "baseball", 5);
  add_documents(corpus, "space", 5);
  return corpus;
}

Corpus good_and(std::vector<Document> more) {
  Corpus corpus = good();
  for (Document& document : more) corpus.documents.push_back(std::move(document));
  return corpus;
}

}  // namespace

TEST_CASE("valid documents have no findings, and their sizes and labels are reported") {
  Corpus data;
  data.documents = corpus({{"b", "1234567"}, {"a", "1"}, {"b", "123"}, {"b", "7654321"}});
  const Inspection inspection = look(data);
  CHECK(inspection.median_bytes == 3);  // of 1, 3, 7, 7
  CHECK(inspection.largest == 0);
  REQUIRE(inspection.labels.size() == 2);
  CHECK(inspection.labels[0].label == "a");
  CHECK(inspection.labels[0].documents == 1);
  CHECK(inspection.labels[1].documents == 3);
  CHECK(look(good()).findings.empty());
  CHECK(look(good(), good_and({})).findings.size() == 1);  // all documents are in both
}

TEST_CASE("repaired documents are listed if only they contain U+FFFD") {
  Corpus data = good_and({{"x", "space", "caf\uFFFD"}});
  data.counts.repaired = 1;
  const auto ours = look(data).findings;
  REQUIRE(ours.size() == 1);
  CHECK(ours[0].kind == FindingKind::kNotUtf8);
  CHECK(ours[0].documents == Places{10});

  data.documents.push_back({"y", "space", "na\uFFFDve"});
  const auto mixed = look(data).findings;
  REQUIRE(mixed.size() == 2);
  CHECK(mixed[0].kind == FindingKind::kNotUtf8);
  CHECK(mixed[0].count == 1);
  CHECK(mixed[0].documents.empty());
  CHECK(mixed[1].kind == FindingKind::kReplacementCharacter);
  CHECK(mixed[1].count == 2);
  CHECK(mixed[1].documents == Places{10, 11});
}

TEST_CASE("documents with a guessed encoding are listed, and do not count as not UTF-8") {
  Corpus data = good_and({{"x", "space", "a café"}});
  data.documents.back().guessed_encoding = true;
  data.counts.repaired = data.counts.guessed = 1;
  const auto findings = look(data).findings;
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kGuessedEncoding);
  CHECK(findings[0].documents == Places{10});
}

TEST_CASE("text columns that are nearly always empty or look like ids are findings") {
  Corpus data;
  ReadOptions options;
  options.columns.text = {{"title", 1}, {"text", 1}, {"key", 1}};
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    const std::string title = i == 7 ? "a title" : " ", text = "moon and " + number;
    Document document{number, i % 2 == 0 ? "space" : "ball", title + text + "a-" + number};
    document.parts = {
        {title.size(), 1}, {title.size() + text.size(), 1}, {document.text.size(), 1}};
    data.documents.push_back(document);
  }
  Workers workers(1);
  const auto look_at = [&] {
    std::vector<std::pair<FindingKind, std::string>> found;
    for (const Finding& finding : inspect_corpus(data, {}, options, workers).findings)
      for (const FoundColumn& column : finding.columns)
        found.emplace_back(finding.kind, column.column);
    return found;
  };
  using Found = std::vector<std::pair<FindingKind, std::string>>;
  CHECK(look_at() == Found{{FindingKind::kEmptyColumn, "title"}, {FindingKind::kIdColumn, "key"}});
  options.columns.text.clear();
  CHECK(look_at() == Found{{FindingKind::kEmptyColumn, "1"}, {FindingKind::kIdColumn, "3"}});
  data.documents.pop_back();  // too few values
  CHECK(look_at().empty());
}

TEST_CASE("values look like ids only if they are short, distinct, without spaces and with digits") {
  const auto like_ids = [](std::vector<std::string> values) {
    std::vector<Document> documents;
    for (std::string& value : values) documents.push_back({{}, {}, std::move(value)});
    return inspect_columns(documents).at(0).like_ids;
  };
  CHECK(like_ids({"17", "18\n", "x9", "abc"}));
  CHECK(like_ids({"https://a.example/1", "https://a.example/2", ""}));
  CHECK_FALSE(like_ids({"17", "17"}));
  CHECK_FALSE(like_ids({"17", "a 18"}));
  CHECK_FALSE(like_ids({"Smith", "Jones"}));
  CHECK_FALSE(like_ids({"月1", "日2"}));
  CHECK_FALSE(like_ids({"1" + std::string(64, 'x')}));
  CHECK_FALSE(like_ids({"", " "}));
}

TEST_CASE("U+FFFD in valid UTF-8 or in text read as Latin-1 is reported as part of the input") {
  Corpus data = good_and({{"x", "space", "caf\uFFFD"}});
  const auto before = look(data).findings;
  REQUIRE(before.size() == 1);
  CHECK(before[0].kind == FindingKind::kReplacementCharacter);

  data.counts.repaired = 1;
  const auto latin1 = look(data, {}, InvalidUtf8::kLatin1).findings;
  REQUIRE(latin1.size() == 2);
  CHECK(latin1[0].kind == FindingKind::kNotUtf8);
  CHECK(latin1[0].documents.empty());
  CHECK(latin1[1].documents == Places{10});
}

TEST_CASE("U+FFFD from a lone surrogate is not reported as part of the input") {
  Corpus data = good_and({{"x", "space", "moon \uFFFD"}});
  data.counts.lone_surrogates = 1;
  const auto findings = look(data).findings;
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kLoneSurrogate);
  CHECK(findings[0].count == 1);
}

TEST_CASE("documents with signs of another encoding are listed") {
  const Inspection inspection = look(good_and({{"x", "space", "a cafÃ©"},
                                               {"y", "space", std::string("m\0o\0", 4)},
                                               {"z", "space", std::string("moon orbit\0", 11)}}));
  REQUIRE(inspection.findings.size() == 3);
  CHECK(found(inspection, FindingKind::kMisreadUtf8).at(0).documents == Places{10});
  CHECK(found(inspection, FindingKind::kUtf16).at(0).documents == Places{11});
  CHECK(found(inspection, FindingKind::kControlCharacters).at(0).documents == Places{12});
}

TEST_CASE("empty documents and posts with an empty body are separate findings") {
  Corpus data = good_and({{"x", "space", " \n\u3000\t"}, {"y", "space", ""}});
  data.documents.push_back({"z", "space", "Subject: moon\nLines: 0\n\n \n", true});
  data.documents.push_back({"no post", "space", "Subject: sun\nLines: 0\n\n \n", false});
  const Inspection inspection = look(data);
  REQUIRE(inspection.findings.size() == 2);
  CHECK(found(inspection, FindingKind::kEmpty).at(0).documents == Places{10, 11});
  CHECK(found(inspection, FindingKind::kEmptyBody).at(0).documents == Places{12});
}

TEST_CASE("duplicates count all copies but the first, and contradictions count every copy") {
  const Inspection inspection = look(good_and({{"a", "space", "moon"},
                                               {"b", "baseball", "moon"},
                                               {"c", "space", "moon"},
                                               {"d", "space", "Moon"},
                                               {"e", "baseball", "bat"},
                                               {"f", "baseball", "bat"}}));
  REQUIRE(inspection.findings.size() == 2);
  const Finding duplicate = found(inspection, FindingKind::kDuplicate).at(0);
  CHECK(duplicate.count == 3);
  REQUIRE(duplicate.copies.size() == 2);
  CHECK(duplicate.copies[0].data == Places{10, 12, 13});
  CHECK_FALSE(duplicate.copies[0].identical);
  CHECK(duplicate.copies[1].data == Places{14, 15});
  CHECK(duplicate.copies[1].identical);
  const Finding contradiction = found(inspection, FindingKind::kContradiction).at(0);
  CHECK(contradiction.count == 4);
  REQUIRE(contradiction.copies.size() == 1);
  CHECK(contradiction.copies[0].data == Places{10, 11, 12, 13});
}

TEST_CASE("test documents are counted if they have a copy in the data, not only in the test data") {
  Corpus test;
  test.documents = corpus({{"space", "SPACE number 3"},
                           {"space", "orbit"},
                           {"baseball", "orbit"},
                           {"baseball", "space  number 3"}});
  const Inspection inspection = look(good(), test);
  REQUIRE(inspection.findings.size() == 1);
  const Finding& finding = inspection.findings[0];
  CHECK(finding.kind == FindingKind::kInTest);
  CHECK(finding.count == 2);
  REQUIRE(finding.copies.size() == 1);
  CHECK(finding.copies[0].data == Places{8});
  CHECK(finding.copies[0].test == Places{0, 3});
}

TEST_CASE("a label with under 5 documents or under a hundredth of the largest label is rare") {
  const auto rare = [](std::initializer_list<std::pair<const char*, int>> labels) {
    Corpus data;
    for (const auto& [label, count] : labels) add_documents(data, label, count);
    const auto findings = found(look(data), FindingKind::kRareLabel);
    return findings.empty() ? Names() : findings[0].labels;
  };
  CHECK(rare({{"big", 5}, {"few", 4}, {"none", 5}}) == Names{"few"});
  CHECK(rare({{"big", 700}, {"six", 6}, {"seven", 7}}) == Names{"six"});
  CHECK(rare({{"one", 1}, {"two", 2}}) == Names{"one", "two"});
}

TEST_CASE("similar labels and a single label are findings") {
  Corpus data = good();
  add_documents(data, "basebal", 5);
  add_documents(data, "Space", 5);
  const Inspection inspection = look(data);
  const Finding similar = found(inspection, FindingKind::kSimilarLabels).at(0);
  CHECK(similar.count == 4);
  CHECK(similar.similar == std::vector<Names>{{"Space", "space"}, {"basebal", "baseball"}});

  Corpus single;
  add_documents(single, "space", 5);
  const auto findings = look(single).findings;
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kSingleLabel);
  CHECK(findings[0].labels == Names{"space"});
}

TEST_CASE("labels that only the test data has are a finding") {
  Corpus test;
  test.documents =
      corpus({{"hockey", "puck"}, {"space", "orbit"}, {"atheism", "x"}, {"hockey", "y"}});
  const auto findings = look(good(), test).findings;
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kUnknownTestLabel);
  CHECK(findings[0].count == 2);
  CHECK(findings[0].labels == Names{"atheism", "hockey"});
}

TEST_CASE("skipped input is a finding, except hidden files, blank lines and other labels") {
  Corpus data = good();
  data.counts.hidden = 1;
  data.counts.blank = 2;
  data.counts.other_labels = 3;
  CHECK(look(data).findings.empty());

  data.counts.cleaned_labels = 5;
  data.counts.more_labels = 1;
  data.counts.unlabelled = 2;
  data.counts.unreadable = {"a/1: Permission denied"};
  data.counts.links = {"a/2", "a/3"};
  data.counts.outside = 3;
  data.counts.not_regular = 4;
  std::vector<std::pair<FindingKind, std::int64_t>> findings;
  for (const Finding& finding : look(data).findings)
    findings.emplace_back(finding.kind, finding.count);
  CHECK(findings ==
        std::vector<std::pair<FindingKind, std::int64_t>>{{FindingKind::kCleanedLabel, 5},
                                                          {FindingKind::kSeveralLabels, 1},
                                                          {FindingKind::kUnlabelled, 2},
                                                          {FindingKind::kUnreadable, 1},
                                                          {FindingKind::kLink, 2},
                                                          {FindingKind::kOutside, 3},
                                                          {FindingKind::kNotRegular, 4}});
  CHECK(found(look(data), FindingKind::kLink).at(0).files == Names{"a/2", "a/3"});
}
