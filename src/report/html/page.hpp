// SPDX-License-Identifier: MIT
// The parts of the HTML report of an evaluation, and the page around them.
#pragma once

#include <string>
#include <string_view>

#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

class MistakeLinks;

/// `text` escaped for use between tags and in quoted attributes. Invalid UTF-8, control characters
/// and characters that change the writing direction are replaced by visible ones; tabs and line
/// breaks stay.
std::string html_escaped(std::string_view text);
/// Same, between tags; allows line breaks after a dot, slash or underscore.
std::string html_breakable(std::string_view name);

/// A box that scrolls horizontally if its body is wider than the page. @param label of the box
std::string html_scroll_box(std::string_view label, std::string_view body);
/// The whole HTML file. @param title unescaped
std::string html_page(std::string_view title, std::string_view body);

/// Accuracy, averages, log loss, calibration error, counts.
std::string headline_figures(const Evaluation& evaluation);
/// One row per label (precision, recall and F1 as bars, number of documents), lowest F1 first, then
/// the averages.
std::string label_table(const Evaluation& evaluation);
/// The confusion matrix, each count shaded by its share of the row and linked to its mistakes. If
/// there are many labels, it shows those with the most mistakes; if there are few, percentages.
std::string heat_map(const Evaluation& evaluation, const MistakeLinks& links);
/// The most confused pairs of labels with linked ids of documents; empty if there are no mistakes.
std::string confused_pairs_table(const Evaluation& evaluation, const MistakeLinks& links);
/// The non-empty bins of the reliability diagram.
std::string reliability_table(const Evaluation& evaluation);
/// An SVG image of accuracy over the predicted label's probability, one bar per bin, with the
/// diagonal of a perfectly calibrated model, and below it the number of documents per bin (DeGroot
/// & Fienberg, 1983).
std::string reliability_diagram(const Evaluation& evaluation);
/// Accuracy against coverage, the share of documents that a model answers if it answers only those
/// with at least some confidence: an SVG image, and a table of some points.
std::string coverage_section(const Evaluation& evaluation);
/// SVG images of precision and recall against the confidence from which on the model answers: one
/// per label with documents, lowest F1 first, at most 20.
std::string threshold_section(const Evaluation& evaluation);
/// SVG images of the loss over the epochs and, if documents were held out, of their loss and
/// accuracy; empty if the record has no epochs.
std::string learning_curve(const TrainingRecord& training);

}  // namespace newsclf
