// SPDX-License-Identifier: MIT
// The table of scores per label in text reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/evaluation/metrics.hpp"

namespace newsclf {

// For models with more than `kMostLabels` labels, tables and matrices show `kLabelsOfMany` labels.
inline constexpr std::int32_t kMostLabels = 60;
inline constexpr std::size_t kLabelsOfMany = 20;

/// The labels of the table: all labels of the model, or if there are many, those with the lowest
/// F1, lowest first; ties by number of documents, largest first.
std::vector<std::int32_t> table_labels(const Evaluation& evaluation);

/// "20 of 5,000 labels"
std::string share_shown(const std::vector<std::int32_t>& labels, const Evaluation& evaluation);

/// Three columns of numbers, right-aligned, or their headings.
std::string columns(std::string_view first, std::string_view second, std::string_view third);
/// Precision, recall and F1 in percent.
std::string score_columns(const Scores& scores);

/// A line with headings, then one line per label. @param width of the column of labels
std::string label_table(const Evaluation& evaluation, const std::vector<std::int32_t>& labels,
                        std::size_t width);

}  // namespace newsclf
