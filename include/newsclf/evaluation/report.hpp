// SPDX-License-Identifier: MIT
// What an evaluation found, told as a text for people or as JSON for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/model/network.hpp"

namespace newsclf {

/// A document's id, its true label (`LabelSet::kUnknown`: none of the model's), what it was taken
/// to be.
struct JudgedDocument {
  std::string id;
  std::int32_t truth;
  Prediction prediction;
};

/// All that a report is written from.
struct Evaluation {
  LabelSet labels;                        ///< the model's
  std::vector<JudgedDocument> documents;  ///< in the order they were read
  ConfusionMatrix matrix;
  Metrics metrics;
  ReadCounts counts;
};

/// Judges `documents`, of which at least one has a label of the model's.
Evaluation evaluate(LabelSet labels, std::vector<JudgedDocument> documents, ReadCounts counts);

/// Accuracy, averages, a line a label, the confusion matrix, the most confused pairs with the ids
/// of the documents that the model was surest about.
std::string text_report(const Evaluation& evaluation);

/// One JSON object: documents, accuracy, accuracy_interval, macro, micro, weighted, labels,
/// confusion (rows are true labels), counts.
std::string json_report(const Evaluation& evaluation);

}  // namespace newsclf
