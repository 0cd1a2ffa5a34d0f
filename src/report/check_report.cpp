// SPDX-License-Identifier: MIT
#include "newsclf/report/check_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>
#include <string_view>
#include <utility>

#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/json_text.hpp"
#include "report/text_table.hpp"

namespace newsclf {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kExamplesOfGroup = 4;

/// What people read of a kind of finding.
struct Wording {
  FindingKind kind;
  std::string_view what;
  std::string_view remedy;
};
constexpr Wording kWordings[] = {
    {FindingKind::kNotUtf8, "documents that are not UTF-8",
     "convert them, or say how to read them: --invalid-utf8 latin1 or replace"},
    {FindingKind::kReplacementCharacter, "documents with U+FFFD",
     "characters were lost before they came here; get the documents from their source again"},
    {FindingKind::kLoneSurrogate, "documents with half a character",
     "a JSON escape such as \\ud83d stands alone, and is read as U+FFFD; write them anew"},
    {FindingKind::kMisreadUtf8, "documents of misread UTF-8",
     "they were read as Latin-1 once, so that an accent became two characters; undo that"},
    {FindingKind::kUtf16, "documents that look like UTF-16",
     "convert them: iconv -f UTF-16 -t UTF-8"},
    {FindingKind::kControlCharacters, "documents that look binary",
     "NUL or many control characters: other files than texts, or Windows-1252 read as Latin-1"},
    {FindingKind::kEmpty, "empty documents", "nothing can be learnt from them; take them out"},
    {FindingKind::kEmptyBody, "posts with an empty body",
     "their headers are all there is to learn from; take them out if that is not meant"},
    {FindingKind::kDuplicate, "copies under the same label",
     "they count several times, and may be held out from themselves; keep one of each"},
    {FindingKind::kContradiction, "copies under different labels",
     "only one of the labels can be learnt; decide which, or keep none"},
    {FindingKind::kInTest, "test documents with a copy in the data",
     "scores on them say nothing about new documents; take them out of one side"},
    {FindingKind::kRareLabel, "labels with few documents",
     "they will hardly be learnt; add documents, merge labels, or --class-weight balanced"},
    {FindingKind::kSimilarLabels, "labels that look alike",
     "if they mean the same, give them one name; otherwise leave them"},
    {FindingKind::kSingleLabel, "label, the only one",
     "there is nothing to tell apart; give documents of another label too"},
    {FindingKind::kUnknownTestLabel, "labels of the test data alone",
     "their documents can only be labelled wrongly; add such documents to the data"},
    {FindingKind::kSeveralLabels, "documents with several labels",
     "the first label is learnt, the others are not; put the best one first"},
    {FindingKind::kUnlabelled, "records without a label", "they are not read; label them"},
    {FindingKind::kUnreadable, "files that cannot be read", "check their permissions and the disk"},
    {FindingKind::kLink, "symbolic links",
     "they are not followed; put the files themselves there if they are to be read"},
    {FindingKind::kOutside, "files outside any label folder",
     "they are not read; put them into the folder of their label"},
    {FindingKind::kNotRegular, "pipes, sockets or devices", "they are not read; take them out"},
};

/// The document's id, with its label where the id does not begin with that.
std::string name_of_document(const Document& document) {
  if (document.id.starts_with(document.label + "/")) return document.id;
  return fmt::format("{} ({})", document.id, document.label);
}

/// "a = b = c"; test documents, if there are any, first.
std::string describe(const CheckReport& report, const CopyGroup& group) {
  std::vector<std::string> names;
  for (const std::size_t place : group.test)
    names.push_back(name_of_document(report.test.corpus.documents[place]));
  for (const std::size_t place : group.data)
    names.push_back(name_of_document(report.data.corpus.documents[place]));
  return first_of(std::move(names), kExamplesOfGroup, " = ");
}

/// All that was found, a string each; no more than `most` of them.
std::vector<std::string> describe(const CheckReport& report, const Finding& finding,
                                  std::size_t most) {
  std::vector<std::string> out;
  const auto add_all = [&](const auto& items, const auto& text_of) {
    for (const auto& item : items)
      if (out.size() < most) out.push_back(text_of(item));
  };
  const std::vector<LabelCount>& labels = report.inspection.labels;
  const auto with_count = [&](const std::string& label) {
    const auto known = std::ranges::find(labels, label, &LabelCount::label);
    return known == labels.end() ? label : fmt::format("{} ({})", label, known->documents);
  };
  add_all(finding.documents,
          [&](std::size_t place) { return report.data.corpus.documents[place].id; });
  add_all(finding.copies, [&](const CopyGroup& group) { return describe(report, group); });
  add_all(finding.labels, with_count);
  add_all(finding.similar, [&](const std::vector<std::string>& alike) {
    return fmt::format("{}", fmt::join(alike | std::views::transform(with_count), " ~ "));
  });
  add_all(finding.files, [](const std::string& file) { return file; });
  return out;
}

std::string describe(const CheckedData& data, std::int32_t labels) {
  const ReadCounts& counts = data.corpus.counts;
  std::string out = fmt::format("{}: {} documents, {} labels, {}\n",
                                Error::escape_controls(describe_places(data.places, data.formats)),
                                with_commas(counts.read), labels, file_size(counts.bytes));
  const auto passed_over = [&](std::int64_t count, const char* what) {
    if (count > 0) out += fmt::format("not read: {} {}\n", with_commas(count), what);
  };
  passed_over(counts.hidden, "files or folders whose name begins with a dot");
  passed_over(counts.other_labels, "records of labels that were not asked for");
  return out;
}

std::string label_table(const std::vector<LabelCount>& labels, std::int64_t documents) {
  const std::size_t width = widest("label", labels | std::views::transform(&LabelCount::label));
  std::string out = fmt::format("{}  {:>9}  {:>7}\n", padded("label", width), "documents", "share");
  for (const LabelCount& label : labels)
    out += fmt::format("{}  {:>9}  {:>5} %\n", padded(label.label, width),
                       with_commas(label.documents), percent(ratio(label.documents, documents)));
  return out;
}

std::string findings_table(const CheckReport& report) {
  std::string out = fmt::format("{:>9}  finding\n", "count");
  for (const Finding& finding : report.inspection.findings) {
    const Wording& wording = *std::ranges::find(kWordings, finding.kind, &Wording::kind);
    std::vector<std::string> examples = describe(report, finding, kExamples + 1);
    const bool more = examples.size() > kExamples;
    examples.resize(std::min(examples.size(), kExamples));
    out += fmt::format("{:>9}  {}\n", with_commas(finding.count), wording.what);
    for (std::size_t i = 0; i < examples.size(); ++i)
      out += fmt::format("{:>13}{}{}\n", "", Error::escape_controls(examples[i]),
                         more && i + 1 == examples.size() ? ", …" : "");
    out += fmt::format("{:>11}-> {}\n", "", wording.remedy);
  }
  return out;
}

Json to_json(const Corpus& corpus, const std::vector<std::size_t>& places) {
  Json out = Json::array();
  for (const std::size_t place : places)
    out.push_back({{"id", corpus.documents[place].id}, {"label", corpus.documents[place].label}});
  return out;
}

Json to_json(const CheckReport& report, const Finding& finding) {
  Json out = {{"kind", name_of(kFindingKinds, finding.kind)}, {"count", finding.count}};
  for (const std::size_t place : finding.documents)
    out["documents"].push_back(report.data.corpus.documents[place].id);
  for (const CopyGroup& copies : finding.copies) {
    Json group = {{"identical", copies.identical},
                  {"documents", to_json(report.data.corpus, copies.data)}};
    if (!copies.test.empty()) group["test"] = to_json(report.test.corpus, copies.test);
    out["groups"].push_back(std::move(group));
  }
  if (!finding.labels.empty()) out["labels"] = finding.labels;
  for (const std::vector<std::string>& alike : finding.similar)
    out["groups"].push_back({{"labels", alike}});
  if (!finding.files.empty()) out["files"] = finding.files;
  return out;
}

}  // namespace

std::string count_findings(const Inspection& inspection) {
  const std::vector<Finding>& findings = inspection.findings;
  return findings.empty() ? "nothing found" : counted(std::ssize(findings), "finding");
}

std::string text_report(const CheckReport& report) {
  const Corpus& corpus = report.data.corpus;
  const Inspection& inspection = report.inspection;
  const Document& largest = corpus.documents[inspection.largest];
  std::string out = describe(report.data, static_cast<std::int32_t>(inspection.labels.size()));
  out += fmt::format("median size {}, largest {} ({})\n",
                     file_size(static_cast<std::int64_t>(inspection.median_bytes)),
                     file_size(static_cast<std::int64_t>(largest.text.size())),
                     Error::escape_controls(largest.id));
  if (!report.test.places.empty())
    out += "test data: " + describe(report.test, LabelSet::of(report.test.corpus.documents).size());
  out += '\n' + label_table(inspection.labels, corpus.counts.read) + '\n';
  if (!inspection.findings.empty()) out += findings_table(report) + '\n';
  return out + count_findings(inspection) + '\n';
}

std::string json_report(const CheckReport& report) {
  const Corpus& corpus = report.data.corpus;
  const Document& largest = corpus.documents[report.inspection.largest];
  Json out;
  out["format"] = report.data.formats;
  out["documents"] = corpus.counts.read;
  out["bytes"] = corpus.counts.bytes;
  out["sizes"] = {{"median", report.inspection.median_bytes},
                  {"largest", largest.text.size()},
                  {"largest_document", largest.id}};
  out["labels"] = Json::array();
  for (const LabelCount& label : report.inspection.labels)
    out["labels"].push_back({{"label", label.label}, {"documents", label.documents}});
  if (!report.test.places.empty())
    out["test"] = {{"format", report.test.formats},
                   {"documents", report.test.corpus.counts.read},
                   {"bytes", report.test.corpus.counts.bytes}};
  out["findings"] = Json::array();
  for (const Finding& finding : report.inspection.findings)
    out["findings"].push_back(to_json(report, finding));
  for (const ReadCountField& field : kReadCountFields)
    out["counts"][field.name] = corpus.counts.*field.count;
  out["counts"]["links"] = corpus.counts.links.size();
  out["counts"]["unreadable"] = corpus.counts.unreadable.size();
  return json_text(out) + "\n";
}

}  // namespace newsclf
