// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/metrics.hpp"

#include <algorithm>
#include <cmath>

#include "newsclf/corpus/label_set.hpp"

namespace newsclf {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Scores scores(std::int64_t right, std::int64_t predicted, std::int64_t support) {
  // The harmonic mean of right/predicted and right/support is 2 right / (predicted + support).
  return {ratio(right, predicted), ratio(right, support), ratio(2 * right, predicted + support)};
}

/// Mean of `labels`, each weighing as much as its entry in `weights`.
Scores mean(const std::vector<Scores>& labels, const std::vector<double>& weights) {
  Scores sum;
  double total = 0;
  for (std::size_t l = 0; l < labels.size(); ++l) {
    sum.precision += weights[l] * labels[l].precision;
    sum.recall += weights[l] * labels[l].recall;
    sum.f1 += weights[l] * labels[l].f1;
    total += weights[l];
  }
  return {sum.precision / total, sum.recall / total, sum.f1 / total};
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::int32_t labels)
    : labels_(labels),
      counts_(static_cast<std::size_t>(labels) * static_cast<std::size_t>(labels)),
      support_(static_cast<std::size_t>(labels)),
      predicted_(static_cast<std::size_t>(labels)) {}

void ConfusionMatrix::add(std::int32_t truth, std::int32_t predicted) {
  ++documents_;
  ++predicted_[static_cast<std::size_t>(predicted)];
  if (truth == LabelSet::kUnknown) {
    ++unknown_;
    return;
  }
  correct_ += truth == predicted;
  ++support_[static_cast<std::size_t>(truth)];
  ++counts_[static_cast<std::size_t>(truth) * support_.size() +
            static_cast<std::size_t>(predicted)];
}

std::int64_t ConfusionMatrix::count(std::int32_t truth, std::int32_t predicted) const {
  return counts_[static_cast<std::size_t>(truth) * support_.size() +
                 static_cast<std::size_t>(predicted)];
}

std::int64_t ConfusionMatrix::support(std::int32_t label) const {
  return support_[static_cast<std::size_t>(label)];
}

std::int64_t ConfusionMatrix::predicted(std::int32_t label) const {
  return predicted_[static_cast<std::size_t>(label)];
}

Metrics compute_metrics(const ConfusionMatrix& matrix) {
  Metrics metrics;
  metrics.documents = matrix.documents();
  metrics.accuracy = ratio(matrix.correct(), matrix.documents());
  metrics.accuracy_interval = wilson_interval(matrix.correct(), matrix.documents());
  std::vector<double> has_documents, support;
  for (std::int32_t l = 0; l < matrix.labels(); ++l) {
    metrics.labels.push_back(scores(matrix.count(l, l), matrix.predicted(l), matrix.support(l)));
    has_documents.push_back(matrix.support(l) > 0);
    support.push_back(static_cast<double>(matrix.support(l)));
  }
  metrics.macro = mean(metrics.labels, has_documents);
  metrics.micro = scores(matrix.correct(), matrix.documents(), matrix.documents());
  metrics.weighted = mean(metrics.labels, support);
  return metrics;
}

Interval wilson_interval(std::int64_t successes, std::int64_t trials) {
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5 % quantile
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double centre = p + z * z / (2 * n);
  const double half_width = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // At the ends the formula is exact and its rounding is not.
  return {successes == 0 ? 0 : (centre - half_width) / scale,
          successes == trials ? 1 : (centre + half_width) / scale};
}

std::vector<ConfusedPair> most_confused_pairs(const ConfusionMatrix& matrix, std::size_t most) {
  std::vector<ConfusedPair> pairs;
  for (std::int32_t truth = 0; truth < matrix.labels(); ++truth)
    for (std::int32_t predicted = 0; predicted < matrix.labels(); ++predicted)
      if (truth != predicted && matrix.count(truth, predicted) > 0)
        pairs.push_back({truth, predicted, matrix.count(truth, predicted)});
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  if (pairs.size() > most) pairs.resize(most);
  return pairs;
}

}  // namespace newsclf
