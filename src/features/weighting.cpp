// SPDX-License-Identifier: MIT
#include "newsclf/features/weighting.hpp"

#include <cmath>

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
  const auto factor = static_cast<float>(norm / std::sqrt(sum_of_squares));
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

void weigh_row(std::span<const std::int32_t> columns, std::span<float> values,
               std::span<const float> idf, const WeightingOptions& options) {
  for (float& value : values) value = weight_of(value, options.weighting);
  if (options.weighting == Weighting::kTfidf)
    for (std::size_t k = 0; k < values.size(); ++k)
      values[k] *= idf[static_cast<std::size_t>(columns[k])];
  if (options.norm == Norm::kL2) scale_to_norm(values, options.input_norm);
}

}  // namespace newsclf
