// SPDX-License-Identifier: MIT
// What an evaluation found, told as a text for people or as JSON for programs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/evaluation/metrics.hpp"

namespace newsclf {

/// All that a report is written from.
struct Evaluation {
  LabelSet labels;                        ///< the model's
  std::vector<JudgedDocument> documents;  ///< in the order they were read
  ConfusionMatrix matrix;
  Metrics metrics;
  std::vector<TopAccuracy> tops;
  float temperature;         ///< that the logits were divided by; 1: the model is not calibrated
  Calibration calibration;   ///< of the probabilities that the model gives
  Calibration uncalibrated;  ///< the same at temperature 1
  ReadCounts counts;
};

/// @param documents judged at `temperature`; at least one has a label of the model's
Evaluation evaluate(LabelSet labels, std::vector<JudgedDocument> documents, float temperature,
                    ReadCounts counts);

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
