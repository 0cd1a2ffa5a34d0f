// SPDX-License-Identifier: MIT
#include "newsclf/features/weighting.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace newsclf {
namespace {

float weight_of(float count, Weighting weighting) {
  if (count == 0) return 0;
  switch (weighting) {
    case Weighting::kCount:
      return count;
    case Weighting::kBinary:
      return 1;
    case Weighting::kLog:
    case Weighting::kTfidf:
      return 1 + std::log(count);
  }
  return count;
}

void scale_to_norm(std::span<float> values, float norm) {
  double sum_of_squares = 0;
  for (const float value : values) sum_of_squares += static_cast<double>(value) * value;
  if (sum_of_squares == 0) return;
  // With weights close to the smallest float their ratio to the norm would be no float.
  constexpr double kLargest = std::numeric_limits<float>::max();
  const auto factor = static_cast<float>(std::min(norm / std::sqrt(sum_of_squares), kLargest));
  for (float& value : values) value *= factor;
}

}  // namespace

std::vector<float> inverse_document_frequency(std::span<const std::int64_t> document_frequency,
                                              std::int64_t documents) {
  std::vector<float> idf;
  idf.reserve(document_frequency.size());
  for (const std::int64_t df : document_frequency)
    idf.push_back(static_cast<float>(
        std::log((1.0 + static_cast<double>(documents)) / (1.0 + static_cast<double>(df))) + 1.0));
  return idf;
}

std::vector<float> naive_bayes_scale(const SparseRows& rows, std::span<const std::int32_t> labels,
                                     std::int32_t columns, double smoothing) {
  const auto label_count = static_cast<std::size_t>(*std::ranges::max_element(labels)) + 1;
  // The labels of the documents that hold column c are [begins[c], begins[c + 1]).
  std::vector<std::int64_t> begins(static_cast<std::size_t>(columns) + 1, 0);
  for (const std::int32_t c : rows.columns) ++begins[static_cast<std::size_t>(c) + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  std::vector<std::int32_t> holders(rows.columns.size());
  // Of smoothed counts, over the columns.
  std::vector<double> total(label_count, smoothing * columns);
  std::vector<std::int64_t> next(begins.begin(), begins.end() - 1);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (const std::int32_t c : rows.row(r).columns)
      holders[static_cast<std::size_t>(next[static_cast<std::size_t>(c)]++)] = labels[r];
    total[static_cast<std::size_t>(labels[r])] += static_cast<double>(rows.row(r).columns.size());
  }

  std::vector<float> scale(static_cast<std::size_t>(columns));
  std::vector<double> share(label_count);  // p(t|c) of the column at hand
  for (std::size_t t = 0; t < scale.size(); ++t) {
    for (std::size_t c = 0; c < label_count; ++c) share[c] = smoothing / total[c];
    for (auto k = begins[t]; k < begins[t + 1]; ++k) {
      const auto c = static_cast<std::size_t>(holders[static_cast<std::size_t>(k)]);
      share[c] += 1 / total[c];
    }
    const double sum = std::accumulate(share.begin(), share.end(), 0.0);
    double strongest = 0;
    for (const double p : share) {
      const double others = (sum - p) / static_cast<double>(label_count - 1);
      strongest = std::max(strongest, std::abs(std::log(p / others)));
    }
    scale[t] = static_cast<float>(strongest);
  }
  return scale;
}

void weigh_row(std::span<const std::int32_t> columns, std::span<float> values,
               const ColumnFactors& factors, const WeightingOptions& options) {
  for (float& value : values) value = weight_of(value, options.weighting);
  for (const std::span<const float> factor : {factors.idf, factors.token_scale})
    if (!factor.empty())
      for (std::size_t k = 0; k < values.size(); ++k)
        values[k] *= factor[static_cast<std::size_t>(columns[k])];
  if (options.norm == Norm::kL2) scale_to_norm(values, options.input_norm);
}

}  // namespace newsclf
