// SPDX-License-Identifier: MIT
// What an evaluation found, told as a text for people or as JSON for programs.
#pragma once

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

}  // namespace newsclf
