// SPDX-License-Identifier: MIT
// The parts of the page of an evaluation, each a piece of HTML, and the page around them.
#pragma once

#include <string>
#include <string_view>

#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// `text` as it can stand between tags and in a quoted attribute. What is not UTF-8, controls and
/// what turns the direction of writing is shown as a sign of its own instead of taking effect; tabs
/// and line ends stay.
std::string html_escaped(std::string_view text);
/// The same between tags, where a line may end behind a dot, slash or underscore.
std::string html_breakable(std::string_view name);

/// A box in which what is wider than the page can be moved sideways. @param label of the box
std::string html_scroll_box(std::string_view label, std::string_view body);
/// The whole file. @param title not escaped yet
std::string html_page(std::string_view title, std::string_view body);

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
/// An SVG image of accuracy over the predicted label's probability, a bar a bin, with the diagonal
/// of a model whose probabilities are right, and below it how many documents each bin holds
/// (DeGroot & Fienberg, 1983).
std::string reliability_diagram(const Evaluation& evaluation);
/// SVG images of the loss over the epochs, and where documents were held out of their loss and
/// accuracy; empty where the record has no epochs.
std::string learning_curve(const TrainingRecord& training);

}  // namespace newsclf
