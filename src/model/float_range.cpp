// SPDX-License-Identifier: MIT
#include "model/float_range.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "parallel/clones.hpp"

namespace newsclf {
namespace {

constexpr double kLimit = 1e38;         // a third of the largest float
constexpr double kMostTokens = 0x1p48;  // in a document, with repetitions

/// The bits of |value|, which have the same order as |value|; those of NaN are above infinity.
std::int32_t magnitude(float value) { return std::bit_cast<std::int32_t>(value) & 0x7FFFFFFF; }

/// The largest |value|; infinity if one is NaN. The loop has no branches, so that it reads
/// megabytes of weights at the speed of memory.
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
  std::span<const float> worst;  // the tensor with the largest number so far
  double worst_number = 0;
  const auto look_at = [&](std::span<const float> values) {
    const double number = largest(values);
    if (number > worst_number) worst = values;
    worst_number = std::max(number, worst_number);
    return number;
  };

  // A bound on the sum of the absolute inputs of a layer; in a row, ln tf + 1 is at most tf.
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
    worst_number = 0;  // the norm makes the factors irrelevant
  }
  struct {
    std::span<const float> weight, bias;
    double units;  // number of outputs that the next layer sums
  } const layers[] = {
      {network->hidden1_weight, network->hidden1_bias, static_cast<double>(network->shape.hidden1)},
      {network->hidden2_weight, network->hidden2_bias, static_cast<double>(network->shape.hidden2)},
      {network->output_weight, network->output_bias, std::max(1.0, 1.0 / network->temperature)}};
  for (const auto& [weight, bias, units] : layers) {
    // A sum of floats, rounded after every term, is less than 4 times the sum of the absolute
    // terms: a term below half of the last digit changes nothing, and rounding changes a larger
    // one by at most twice its size.
    constexpr double kRounding = 4;
    const double product = std::max(sum, 1.0) * look_at(weight);
    sum = kRounding * (look_at(bias) + product) * units;
    if (!(sum <= kLimit)) return place_of_largest(worst);
  }
  return nullptr;
}

}  // namespace newsclf
