// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/fold_metrics.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <utility>

namespace newsclf {

double FoldMetric::mean() const {
  return std::accumulate(folds.begin(), folds.end(), 0.0) / static_cast<double>(folds.size());
}

double FoldMetric::standard_error() const {
  const auto k = static_cast<double>(folds.size());
  double squares = 0;
  for (const double value : folds) squares += (value - mean()) * (value - mean());
  return std::sqrt(squares / (k - 1) / k);
}

void add_fold(const Evaluation& fold, std::vector<FoldMetric>& metrics) {
  std::size_t place = 0;
  const auto add = [&](std::string key, std::string name, double value) {
    if (place == metrics.size()) metrics.push_back({std::move(key), std::move(name), {}});
    metrics[place++].folds.push_back(value);
  };
  const auto& [precision, recall, f1] = fold.metrics.macro;
  add("accuracy", "accuracy", fold.metrics.accuracy);
  add("macro_precision", "macro precision", precision);
  add("macro_recall", "macro recall", recall);
  add("macro_f1", "macro F1", f1);
  add("weighted_f1", "weighted F1", fold.metrics.weighted.f1);
  add("log_loss", "log loss", fold.calibration.log_loss);
  add("calibration_error", "calibration error", fold.calibration.error);
  for (const auto& [k, accuracy] : fold.tops)
    if (k > 1) add(fmt::format("top_{}_accuracy", k), fmt::format("top-{} accuracy", k), accuracy);
}

}  // namespace newsclf
