// SPDX-License-Identifier: MIT
// What a model made of labelled documents, and how good that is.
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

  bool is_calibrated() const { return temperature != 1; }
};

/// @param documents judged at `temperature`; at least one has a label of the model's
Evaluation evaluate(LabelSet labels, std::vector<JudgedDocument> documents, float temperature,
                    ReadCounts counts);

/// Ids of the documents of a confused pair, those first that the model was surest about.
std::vector<std::string> ids_of_pair(const Evaluation& evaluation, const ConfusedPair& pair);

}  // namespace newsclf
