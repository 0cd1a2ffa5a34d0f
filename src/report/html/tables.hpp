// SPDX-License-Identifier: MIT
// The parts of the page that are tables. Each is a piece of HTML.
#pragma once

#include <string>

#include "newsclf/evaluation/evaluation.hpp"

namespace newsclf {

/// Accuracy, averages, log loss, calibration error, counts.
std::string headline_figures(const Evaluation& evaluation);
/// A row a label: precision, recall and F1 as bars, documents; below them the averages.
std::string label_table(const Evaluation& evaluation);
/// The confusion matrix, each count shaded by its share of the row. Of many labels those are shown
/// that have most to do with mistakes.
std::string heat_map(const Evaluation& evaluation);
/// The pairs of labels that are confused most; empty where nothing is.
std::string confused_pairs_table(const Evaluation& evaluation);
/// The bins of the reliability diagram that hold documents.
std::string reliability_table(const Evaluation& evaluation);

}  // namespace newsclf
