// SPDX-License-Identifier: MIT
// An evaluation as text for people, as JSON, as TSV and as a page to look at.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/evaluation/mistakes.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// Accuracy, one line per label, averages, log loss, top-k accuracy, calibration error and the
/// reliability table behind it, the confusion matrix, the most confused pairs with the ids of the
/// documents that the model was surest about. Of more than 60 labels the table shows the 20 with
/// the lowest F1, and the matrix the 20 with most mistakes. Control characters are escaped.
std::string text_report(const Evaluation& evaluation);

/// Up to so many labels the JSON report has the confusion matrix with its zeros.
inline constexpr std::int32_t kDenseConfusion = 1000;

/// One JSON object: documents, accuracy, accuracy_interval, macro, micro, weighted, log_loss,
/// calibration_error, top_k, temperature, before_calibration (where the temperature is not 1),
/// reliability, labels, confusion (rows are true labels), counts. Beyond `kDenseConfusion` labels
/// there is instead of confusion an array confusion_pairs of {true, predicted, count}, with the
/// names of labels and the counts that are not 0.
std::string json_report(const Evaluation& evaluation);

/// A header line, then one line per document: id, label (the true one), predicted, probability (of
/// the predicted label), label_probability and label_rank (of the true one; rank 1 is right). The
/// last two are empty where the model does not know the true label.
std::string tsv_report(const Evaluation& evaluation);

/// One HTML file that needs no other, no script and no network: the figures of the evaluation, the
/// scores of each label, the confusion matrix as a heat map, the most confused pairs, the
/// reliability diagram, the learning curve if `training` has epochs, and `mistakes` with the words
/// that led to them. The same input gives the same bytes. Whatever comes from data is escaped.
/// @param title says which model was scored on what
std::string html_report(const Evaluation& evaluation, const TrainingRecord& training,
                        std::span<const Mistake> mistakes, std::string_view title);

}  // namespace newsclf
