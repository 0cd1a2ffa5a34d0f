// SPDX-License-Identifier: MIT
// The evaluation of a model as text, JSON, TSV and HTML.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/evaluation/mistakes.hpp"
#include "newsclf/model/classifier.hpp"

namespace newsclf {

/// Accuracy, one line per label, averages, log loss, top-k accuracy, calibration error and the
/// reliability table behind it, the confusion matrix, and the most confused pairs with the ids of
/// the documents with the highest probability. For more than 60 labels, the table shows the 20 with
/// the lowest F1 and the matrix the 20 with the most mistakes. Coverage against accuracy follows
/// (see coverage.hpp), with `per_label` also of each predicted label of the table. Escapes control
/// characters.
std::string text_report(const Evaluation& evaluation, bool per_label = false);

/// The maximum number of labels for which the JSON report has the full confusion matrix.
inline constexpr std::int32_t kDenseConfusion = 1000;

/// One JSON object: documents, accuracy, accuracy_interval, macro, micro, weighted, log_loss,
/// calibration_error, top_k, temperature, before_calibration (if the temperature is not 1),
/// reliability, coverage, answered (if the model has thresholds), labels, confusion (rows are true
/// labels), counts. Beyond `kDenseConfusion` labels, confusion is replaced by an array
/// confusion_pairs of {true, predicted, count} with the names of labels and the non-zero counts.
/// `coverage` has one point {coverage, threshold, accuracy} per percent of documents answered; with
/// `per_label`, each label has one of those predicted to have it.
std::string json_report(const Evaluation& evaluation, bool per_label = false);

/// A header line, then one line per document: id, label (the true one), predicted, probability (of
/// the predicted label), label_probability and label_rank (of the true one; rank 1 is correct). The
/// last two are empty if the model does not know the true label. If the documents have the
/// probabilities of all labels, one column per label follows, named by the label; a label with the
/// name of another column gets the prefix `predicted_`.
std::string tsv_report(const Evaluation& evaluation);

/// What was evaluated, for the title and the footer of the HTML report.
struct EvaluatedModel {
  std::string path;               ///< of the model
  ModelSummary model;             ///< see `summarize`
  std::vector<std::string> data;  ///< paths of the documents
};

/// A self-contained HTML file without scripts: the metrics, the scores per label, the confusion
/// matrix as a heat map, the most confused pairs, the reliability diagram, accuracy against
/// coverage, precision and recall against the threshold, the learning curve if the model has a
/// record of epochs, `mistakes` with the words that led to them, and how the model was trained.
/// Counts and ids of documents link to the mistakes. The same input gives the same bytes. All text
/// from the data is escaped.
std::string html_report(const Evaluation& evaluation, std::span<const Mistake> mistakes,
                        const EvaluatedModel& evaluated);

}  // namespace newsclf
