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

/// The tensors of a model with the largest number so far.
struct Worst {
  std::span<const float> values;
  double number = 0;

  double look_at(std::span<const float> more) {
    const double in_more = largest(more);
    if (in_more > number) values = more;
    number = std::max(in_more, number);
    return in_more;
  }
};

/// @param sum bound on the sum of the absolute inputs of the first layer
const float* find_too_large(const Network& network, double sum, double temperature) {
  Worst worst;
  const auto hidden1 = static_cast<double>(network.shape.hidden1);
  const auto hidden2 = static_cast<double>(network.shape.hidden2);
  const double outputs = std::max(1.0, 1.0 / temperature);
  struct {
    std::span<const float> weight, bias;
    double units;  // number of outputs that the next layer sums
  } const layers[] = {
      {network.first_weight, network.first_bias, network.shape.is_linear() ? outputs : hidden1},
      {network.hidden2_weight, network.hidden2_bias, hidden2},
      {network.output_weight, network.output_bias, outputs}};
  for (const auto& [weight, bias, units] : layers) {
    if (weight.empty()) break;
    // A sum of floats, rounded after every term, is less than 4 times the sum of the absolute
    // terms: a term below half of the last digit changes nothing, and rounding changes a larger
    // one by at most twice its size.
    constexpr double kRounding = 4;
    const double product = std::max(sum, 1.0) * worst.look_at(weight);
    sum = kRounding * (worst.look_at(bias) + product) * units;
    if (!(sum <= kLimit)) return place_of_largest(worst.values);
  }
  return nullptr;
}

}  // namespace

const float* find_too_large(const Vectorizer& vectorizer, const Ensemble* ensemble) {
  // A bound on the sum of the absolute weights of a row; ln tf + 1 is at most tf.
  double sum = kMostTokens;
  Worst worst;
  bool fits = true;
  for (const auto factor : {vectorizer.factors().idf, vectorizer.factors().token_scale}) {
    if (factor.empty()) continue;
    sum *= worst.look_at(factor);
    fits = fits && sum <= kLimit;
  }
  if (!fits) return place_of_largest(worst.values);
  if (ensemble == nullptr) return nullptr;
  // The norm makes the factors irrelevant.
  const WeightingOptions& weighting = vectorizer.options().weighting;
  const auto tokens = static_cast<double>(vectorizer.vocabulary().size());
  if (weighting.norm == Norm::kL2) sum = weighting.input_norm * std::sqrt(tokens);
  for (const Network& network : ensemble->networks)
    if (const float* const place = find_too_large(network, sum, ensemble->temperature))
      return place;
  return nullptr;
}

}  // namespace newsclf
