// SPDX-License-Identifier: MIT
// What an inspection of documents found, told as a text for people or as JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/inspection.hpp"

namespace newsclf {

/// Documents that were looked over.
struct CheckedData {
  std::vector<std::string> places;
  std::vector<std::string> formats;  ///< of each place, what was recognised
  Corpus corpus;
};

struct CheckReport {
  CheckedData data;
  CheckedData test;  ///< without places: there was none
  Inspection inspection;
};

/// The data, one line per label, then the findings: what, how many, the first few, and what to do
/// about it.
std::string text_report(const CheckReport& report);

/// "6 findings", "1 finding" or "nothing found"
std::string count_findings(const Inspection& inspection);

/// One JSON object:
///   format    what was recognised, for each place
///   documents, bytes
///   sizes     {median, largest, largest_document}: bytes of texts, and an id
///   labels    [{label, documents}]
///   test      {format, documents, bytes}, where there is test data
///   findings  [{kind, count, ...}], kinds and counts as in `FindingKind`, with all that was found:
///             documents [id], labels [label], files [path], or groups; these are
///             [{labels: [label]}] of similar_labels, otherwise copies:
///             [{identical, documents: [{id, label}], test: [{id, label}]}], test of in_test alone
///   counts    {read, empty, repaired, lone_surrogates, more_labels, unlabelled, other_labels,
///             blank, outside, hidden, not_regular, links, unreadable}: see `ReadCounts`
/// Bytes of ids and paths that are not UTF-8 are U+FFFD.
std::string json_report(const CheckReport& report);

}  // namespace newsclf
