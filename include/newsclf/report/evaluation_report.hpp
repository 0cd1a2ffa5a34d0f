// SPDX-License-Identifier: MIT
// An evaluation as text for people, as JSON and as TSV.
#pragma once

#include <span>
#include <string>

#include "newsclf/corpus/document.hpp"
#include "newsclf/evaluation/evaluation.hpp"

namespace newsclf {

/// Accuracy, a line a label, averages, log loss, top-k accuracy, calibration error and the
/// reliability table behind it, the confusion matrix, the most confused pairs with the ids of the
/// documents that the model was surest about.
std::string text_report(const Evaluation& evaluation);

/// One JSON object: documents, accuracy, accuracy_interval, macro, micro, weighted, log_loss,
/// calibration_error, top_k, temperature, before_calibration (where the temperature is not 1),
/// reliability, labels, confusion (rows are true labels), counts.
std::string json_report(const Evaluation& evaluation);

/// A header line, then a line a document: id, label (the true one), predicted, probability (of the
/// predicted label), label_probability and label_rank (of the true one; rank 1 is right). The last
/// two are empty where the model does not know the true label.
/// @param documents those that were judged, in the same order
std::string tsv_report(const Evaluation& evaluation, std::span<const Document> documents);

}  // namespace newsclf
