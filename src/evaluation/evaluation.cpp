// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/evaluation.hpp"

#include <algorithm>
#include <functional>
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

std::vector<std::string> ids_of_pair(const Evaluation& evaluation, const ConfusedPair& pair) {
  std::vector<const JudgedDocument*> documents;
  for (const JudgedDocument& document : evaluation.documents)
    if (document.truth == pair.truth && document.predicted == pair.predicted)
      documents.push_back(&document);
  std::ranges::stable_sort(documents, std::greater(), [](const JudgedDocument* document) {
    return document->certainty.predicted;
  });
  std::vector<std::string> ids;
  for (const JudgedDocument* document : documents) ids.push_back(document->id);
  return ids;
}

}  // namespace newsclf
