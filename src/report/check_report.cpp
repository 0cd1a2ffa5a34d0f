// SPDX-License-Identifier: MIT
#include "newsclf/report/check_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
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

/// The text for a kind of finding.
struct Wording {
  FindingKind kind;
  std::string_view what;
  std::string_view remedy;
};
constexpr Wording kWordings[] = {
    {FindingKind::kGuessedEncoding, "documents that are not UTF-8, read as windows-1252 (a guess)",
     "name their encoding with --encoding, or convert them to UTF-8"},
    {FindingKind::kNotUtf8, "documents that are not UTF-8, or not in the encoding of --encoding",
     "name their encoding with --encoding, or convert them to UTF-8"},
    {FindingKind::kReplacementCharacter, "documents with U+FFFD",
     "an earlier conversion lost characters; get the documents from their source again"},
    {FindingKind::kLoneSurrogate, "documents with a lone surrogate",
     "a JSON escape such as \\ud83d lacks its pair and is read as U+FFFD; export them again"},
    {FindingKind::kMisreadUtf8, "documents with misread UTF-8",
     "UTF-8 was read as Latin-1, so that an accent became two characters; convert them back"},
    {FindingKind::kUtf16, "documents that look like UTF-16",
     "name their encoding: --encoding utf-16le or utf-16be"},
    {FindingKind::kControlCharacters, "documents that look binary",
     "they have NUL or many control characters: not text, or Windows-1252 read as Latin-1"},
    {FindingKind::kEmpty, "empty documents", "a model learns nothing from them; remove them"},
    {FindingKind::kEmptyBody, "posts with an empty body",
     "a model learns only from their headers; remove them if you do not want that"},
    {FindingKind::kEmptyColumn, "text columns that are nearly always empty",
     "a model learns nothing from them; check --text-column and the export of the data"},
    {FindingKind::kIdColumn, "text columns that look like ids",
     "a model cannot learn from values that never repeat; use --id-column, or leave them out"},
    {FindingKind::kDuplicate, "copies under the same label",
     "they count several times, and held-out ones may have copies in training; keep one of each"},
    {FindingKind::kContradiction, "copies under different labels",
     "a model can learn only one of the labels; keep one copy, or none"},
    {FindingKind::kInTest, "test documents with a copy in the data",
     "scores on them do not apply to new documents; remove them from the data or the test data"},
    {FindingKind::kRareLabel, "labels with few documents",
     "a model rarely predicts them; add documents, merge labels or use --class-weight balanced"},
    {FindingKind::kSimilarLabels, "labels that look alike",
     "if they mean the same, give them one name; otherwise keep them"},
    {FindingKind::kCleanedLabel, "documents with white space around the label, or not in NFC",
     "such labels are read trimmed and in NFC; clean them, since other programs may not do so"},
    {FindingKind::kSingleLabel, "only one label",
     "a classifier needs at least two labels; add documents with another label"},
    {FindingKind::kUnknownTestLabel, "labels only in the test data",
     "a model cannot predict them; add documents with these labels to the data"},
    {FindingKind::kSeveralLabels, "documents with several labels",
     "only the first label is used; put the best one first"},
    {FindingKind::kUnlabelled, "records without a label", "they are skipped; label them"},
    {FindingKind::kUnreadable, "files that cannot be read", "check their permissions and the disk"},
    {FindingKind::kLink, "symbolic links",
     "they are skipped; replace the links by the files to read them"},
    {FindingKind::kOutside, "files outside any label folder",
     "they are skipped; move them into the folder of their label"},
    {FindingKind::kNotRegular, "pipes, sockets or devices", "they are skipped; remove them"},
};

/// The document's id, followed by its label unless the id begins with the label.
std::string name_of_document(const Document& document) {
  if (document.id.starts_with(document.label + "/")) return document.id;
  return fmt::format("{} ({})", document.id, document.label);
}

/// "a = b = c"; test documents come first.
std::string describe(const CheckReport& report, const CopyGroup& group) {
  std::vector<std::string> names;
  for (const std::size_t place : group.test)
    names.push_back(name_of_document(report.test.corpus.documents[place]));
  for (const std::size_t place : group.data)
    names.push_back(name_of_document(report.data.corpus.documents[place]));
  return first_of(std::move(names), kExamplesOfGroup, " = ");
}

/// The first `most` examples of a finding.
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
    std::vector<std::string> counted_names;
    std::ranges::transform(alike, std::back_inserter(counted_names), with_count);
    return fmt::format("{}", fmt::join(counted_names, " ~ "));
  });
  add_all(finding.files, [](const std::string& file) { return file; });
  add_all(finding.columns, [](const FoundColumn& column) {
    return fmt::format("{} (empty in {} of {})", column.column, with_commas(column.empty),
                       counted(column.documents, "document"));
  });
  return out;
}

std::string describe(const CheckedData& data, std::int32_t labels) {
  const ReadCounts& counts = data.corpus.counts;
  std::string out = fmt::format(
      "{}: {}, {}, {}\n", Error::escape_controls(describe_places(data.places, data.formats)),
      counted(counts.read, "document"), counted(labels, "label"), file_size(counts.bytes));
  const auto add_skipped = [&](std::int64_t count, const char* what) {
    if (count > 0) out += fmt::format("skipped {}: {}\n", what, with_commas(count));
  };
  add_skipped(counts.hidden, "files or folders whose name begins with a dot");
  add_skipped(counts.other_labels, "records with other labels");
  return out;
}

std::string label_table(const std::vector<LabelCount>& labels, std::int64_t documents) {
  std::vector<std::string> names;
  std::ranges::transform(labels, std::back_inserter(names), &LabelCount::label);
  const std::size_t width = widest("label", names);
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
  for (const FoundColumn& column : finding.columns)
    out["columns"].push_back(
        {{"column", column.column}, {"documents", column.documents}, {"empty", column.empty}});
  return out;
}

std::string label_errors_table(const std::vector<LabelError>& errors) {
  if (errors.empty()) return "no document is predicted to have another label\n";
  std::string out = fmt::format("{} predicted to have another label, least probable label first\n",
                                counted(std::ssize(errors), "document"));
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const LabelError& error = errors[i];
    std::vector<std::string> words;
    for (const auto& [token, contribution] : error.words)
      words.push_back(fmt::format("{} {:+.3g}", token, contribution));
    out += Error::escape_controls(fmt::format("{:>9}  {}: {} {} %, predicted {} {} %", i + 1,
                                              error.id, error.label,
                                              percent(std::exp(error.log_label_probability)),
                                              error.predicted, percent(error.probability))) +
           '\n';
    out += Error::escape_controls(
               fmt::format("{:>13}words for {}: {}", "", error.predicted, fmt::join(words, ", "))) +
           '\n';
  }
  return out;
}

Json to_json(const LabelError& error) {
  Json out = {{"id", error.id},
              {"label", error.label},
              {"label_probability", std::exp(error.log_label_probability)},
              {"predicted", error.predicted},
              {"probability", error.probability},
              {"words", Json::array()}};
  for (const auto& [token, contribution] : error.words)
    out["words"].push_back({{"token", token}, {"contribution", contribution}});
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
  if (inspection.unspaced > 0)
    out += fmt::format("text without spaces between words, as in Chinese or Thai: {}\n",
                       counted(inspection.unspaced, "document"));
  if (!report.test.places.empty())
    out += "test data: " + describe(report.test, LabelSet::of(report.test.corpus.documents).size());
  out += '\n' + label_table(inspection.labels, corpus.counts.read) + '\n';
  if (!inspection.findings.empty()) out += findings_table(report) + '\n';
  out += count_findings(inspection) + '\n';
  if (report.label_errors) out += '\n' + label_errors_table(*report.label_errors);
  return out;
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
  out["unspaced"] = report.inspection.unspaced;
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
  if (report.label_errors) {
    out["label_errors"] = Json::array();
    for (const LabelError& error : *report.label_errors)
      out["label_errors"].push_back(to_json(error));
  }
  for (const ReadCountField& field : kReadCountFields)
    out["counts"][field.name] = corpus.counts.*field.count;
  out["counts"]["links"] = corpus.counts.links.size();
  out["counts"]["unreadable"] = corpus.counts.unreadable.size();
  return json_text(out) + "\n";
}

}  // namespace newsclf
