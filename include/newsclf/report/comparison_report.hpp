// SPDX-License-Identifier: MIT
// The comparison of two models as text, JSON and TSV.
#pragma once

#include <cstddef>
#include <string>

#include "newsclf/evaluation/comparison.hpp"

namespace newsclf {

/// Both accuracies, their difference, both macro F1 scores, the 2x2 table, McNemar's test, and a
/// table of the `most_changed` changed documents with the highest probabilities.
std::string text_report(const Comparison& comparison, std::size_t most_changed);

/// One JSON object: documents, models (name, digest, accuracy, accuracy_interval, right,
/// unknown_label, macro_f1), same_model, difference, difference_interval (both of the accuracy),
/// macro_f1_difference, both_right, only_first,
/// only_second, both_wrong, p_value, changed, changed_documents (id, label, first and second with
/// label, probability and right), counts.
std::string json_report(const Comparison& comparison);

/// A header line, then one line per document: id, label, first_label, first_probability,
/// second_label, second_probability.
std::string tsv_report(const Comparison& comparison);

}  // namespace newsclf
