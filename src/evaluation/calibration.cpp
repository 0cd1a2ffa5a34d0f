// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/metrics.hpp"

#include <algorithm>
#include <cmath>

#include "newsclf/corpus/label_set.hpp"

namespace newsclf {
namespace {

/// The derivative of the total cross-entropy with respect to b = 1 / t: the sum over documents of
/// the mean logit under softmax(b logits) minus the label's logit. It increases with b.
double slope(std::span<const float> logits, std::span<const std::int32_t> labels, double b) {
  const std::size_t width = logits.size() / labels.size();
  double sum = 0;
  for (std::size_t d = 0; d < labels.size(); ++d) {
    if (labels[d] == LabelSet::kUnknown) continue;
    const auto row = logits.subspan(d * width, width);
    const double largest = *std::max_element(row.begin(), row.end());
    double total = 0, weighted = 0;
    for (const float logit : row) {
      const double e = std::exp(b * (logit - largest));
      total += e;
      weighted += e * logit;
    }
    sum += weighted / total - row[static_cast<std::size_t>(labels[d])];
  }
  return sum;
}

}  // namespace

float fit_temperature(std::span<const float> logits, std::span<const std::int32_t> labels,
                      double deviation) {
  if (labels.empty()) return 1;
  // Without a known label, or if all logits are equal, all temperatures are equally good.
  if (slope(logits, labels, 1e-9) == 0 && slope(logits, labels, 1) == 0) return 1;
  constexpr double kLimit = 50;
  double low = -std::log(kLimit), high = std::log(kLimit);  // bounds of ln b
  while (high - low > 1e-6) {
    const double middle = (low + high) / 2, b = std::exp(middle);
    // The derivative with respect to ln b; the prior adds (ln b)^2 / (2 deviation^2).
    const double prior = deviation == 0 ? 0 : middle / (deviation * deviation);
    (b * slope(logits, labels, b) + prior > 0 ? high : low) = middle;
  }
  return static_cast<float>(std::exp(-(low + high) / 2));
}

}  // namespace newsclf
