// SPDX-License-Identifier: MIT
// The findings of an inspection of documents, as text or as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/inspection.hpp"
#include "newsclf/evaluation/label_errors.hpp"

namespace newsclf {

/// The inspected documents.
struct CheckedData {
  std::vector<std::string> places;
  std::vector<std::string> formats;  ///< the detected format of each place
  Corpus corpus;
};

struct CheckReport {
  CheckedData data;
  CheckedData test;  ///< without places if there is no test data
  Inspection inspection;
  /// If they were looked for; least probable labels first.
  std::optional<std::vector<LabelError>> label_errors = {};
};

/// The data, one line per label, then the findings: kind, count, the first few examples and advice;
/// then the label errors, each with the words against its label.
std::string text_report(const CheckReport& report);

/// "6 findings", "1 finding" or "nothing found"
std::string count_findings(const Inspection& inspection);

/// One JSON object:
///   format    the detected format of each place
///   documents, bytes
///   sizes     {median, largest, largest_document}: bytes of texts, and a document id
///   unspaced  documents with text of scripts without spaces
///   labels    [{label, documents}]
///   test      {format, documents, bytes}, if there is test data
///   findings  [{kind, count, ...}], kinds and counts as in `FindingKind`, with everything found:
///             documents [id], labels [label], files [path], columns [{column, documents,
///             empty}], or groups. Groups are
///             [{labels: [label]}] for similar_labels and otherwise copies:
///             [{identical, documents: [{id, label}], test: [{id, label}]}], test only for in_test
///   label_errors [{id, label, label_probability, predicted, probability, words: [{token,
///             contribution}]}], if they were looked for; see `LabelError`
///   counts    {read, empty, repaired, guessed, cleaned_labels, lone_surrogates, more_labels,
///             stray_quotes, unlabelled, other_labels, blank, outside, hidden, not_regular, links,
///             unreadable}: see `ReadCounts`
/// Invalid UTF-8 in ids and paths becomes U+FFFD.
std::string json_report(const CheckReport& report);

}  // namespace newsclf
