// SPDX-License-Identifier: MIT
#include "model/float_range.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "parallel/clones.hpp"

namespace newsclf {
namespace {

constexpr double kLimit = 1e38;         // a third of the largest float
constexpr double kMostTokens = 0x1p48;  // in a document, each as often as it is counted

/// The bits of |value|, which are ordered as these are: above those of infinity for NaN.
std::int32_t magnitude(float value) { return std::bit_cast<std::int32_t>(value) & 0x7FFFFFFF; }

/// The largest |value|, infinity where one is NaN. The loop has no branches, so that megabytes of
/// weights are read at the speed of memory.
NEWSCLF_CLONES double largest(std::span<const float> values) {
  std::int32_t most = 0;
  for (const float value : values) most = std::max(most, magnitude(value));
  constexpr std::int32_t kInfinity = 0x7F800000;
  return static_cast<double>(std::bit_cast<float>(std::min(most, kInfinity)));
}

const float* place_of_largest(std::span<const float> values) {
  return &*std::ranges::max_element(values, {}, magnitude);
}

}  // namespace

const float* find_too_large(const Vectorizer& vectorizer, const Network* network) {
  std::span<const float> worst;  // of the tensors looked at, that of the largest number
  double worst_number = 0;
  const auto look_at = [&](std::span<const float> values) {
    const double number = largest(values);
    if (number > worst_number) worst = values;
    worst_number = std::max(number, worst_number);
    return number;
  };

  // Of the sizes of what goes into a layer; in a row, ln tf + 1 is tf at most.
  double sum = kMostTokens;
  bool fits = true;
  for (const auto factor : {vectorizer.factors().idf, vectorizer.factors().token_scale}) {
    if (factor.empty()) continue;
    sum *= look_at(factor);
    fits = fits && sum <= kLimit;
  }
  if (!fits) return place_of_largest(worst);
  if (network == nullptr) return nullptr;
  if (const WeightingOptions& weighting = vectorizer.options().weighting;
      weighting.norm == Norm::kL2) {
    sum = weighting.input_norm * std::sqrt(static_cast<double>(network->shape.inputs));
    worst_number = 0;  // the norm takes the factors' place
  }
  struct {
    std::span<const float> weight, bias;
    double units;  // whose outputs the next layer adds up
  } const layers[] = {
      {network->hidden1_weight, network->hidden1_bias, static_cast<double>(network->shape.hidden1)},
      {network->hidden2_weight, network->hidden2_bias, static_cast<double>(network->shape.hidden2)},
      {network->output_weight, network->output_bias, std::max(1.0, 1.0 / network->temperature)}};
  for (const auto& [weight, bias, units] : layers) {
    // A sum of floats, rounded after every term, is less than 4 times the sum of the terms' sizes:
    // a term that is less than half of the last digit changes nothing, and a larger one is rounded
    // by at most twice itself.
    constexpr double kRounding = 4;
    const double product = std::max(sum, 1.0) * look_at(weight);
    sum = kRounding * (look_at(bias) + product) * units;
    if (!(sum <= kLimit)) return place_of_largest(worst);
  }
  return nullptr;
}

}  // namespace newsclf
