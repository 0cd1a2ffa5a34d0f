// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/evaluation.hpp"

#include <utility>

namespace newsclf {

Evaluation evaluate(LabelSet labels, std::vector<JudgedDocument> documents, float temperature,
                    ReadCounts counts) {
  ConfusionMatrix matrix(labels.size());
  for (const JudgedDocument& document : documents) matrix.add(document.truth, document.predicted);
  Metrics metrics = compute_metrics(matrix);
  std::vector<TopAccuracy> tops = top_accuracies(documents, labels.size());
  const Calibration calibration = compute_calibration(documents, &JudgedDocument::certainty);
  const Calibration uncalibrated = compute_calibration(documents, &JudgedDocument::uncalibrated);
  return {std::move(labels),  std::move(documents), std::move(matrix),
          std::move(metrics), std::move(tops),      temperature,
          calibration,        uncalibrated,         std::move(counts)};
}

}  // namespace newsclf
