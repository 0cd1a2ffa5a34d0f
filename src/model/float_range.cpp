// SPDX-License-Identifier: MIT
#include "model/float_range.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

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
  TooLarge place() const {
    const auto largest = std::ranges::max_element(values, {}, magnitude);
    return {&*largest, *largest};
  }
};

constexpr double kMostHalf = 65504;

/// The place of an infinite or undefined half.
std::optional<TooLarge> find_infinite(std::span<const std::uint16_t> halves) {
  constexpr std::uint16_t kExponent = 0x7C00;
  const auto found = std::ranges::find_if(
      halves, [](std::uint16_t half) { return (half & kExponent) == kExponent; });
  if (found == halves.end()) return {};
  return TooLarge{&*found, std::numeric_limits<float>::infinity()};
}

/// A layer, or one of the two factors of the first layer's weights.
struct Layer {
  double weight;                ///< the largest weight in size
  std::span<const float> bias;  ///< may be empty
  double units;                 ///< number of outputs that the next layer sums
};

std::vector<Layer> layers_of(const Network& network, double outputs, Worst& worst) {
  constexpr double kMostByte = 128;
  const PackedRows& packed = network.packed;
  const double units =
      network.shape.is_linear() ? outputs : static_cast<double>(network.shape.hidden1);
  std::vector<Layer> layers;
  switch (packed.form()) {
    case WeightForm::kF32:
      layers.push_back({worst.look_at(network.first_weight), network.first_bias, units});
      break;
    case WeightForm::kF16:
      layers.push_back({kMostHalf, network.first_bias, units});
      break;
    case WeightForm::kI8:
      layers.push_back({kMostByte * worst.look_at(packed.scale), network.first_bias, units});
      break;
    case WeightForm::kLowRank:
      layers.push_back(
          {kMostByte * worst.look_at(packed.scale), {}, static_cast<double>(packed.rank)});
      layers.push_back({worst.look_at(packed.basis), network.first_bias, units});
  }
  if (network.shape.is_linear()) return layers;
  layers.push_back({worst.look_at(network.hidden2_weight), network.hidden2_bias,
                    static_cast<double>(network.shape.hidden2)});
  layers.push_back({worst.look_at(network.output_weight), network.output_bias, outputs});
  return layers;
}

/// @param sum bound on the sum of the absolute inputs of the first layer
std::optional<TooLarge> find_too_large(const Network& network, double sum, double temperature) {
  if (const auto place = find_infinite(network.packed.halves)) return place;
  Worst worst;
  for (const auto& [weight, bias, units] :
       layers_of(network, std::max(1.0, 1.0 / temperature), worst)) {
    // A sum of floats, rounded after every term, is less than 4 times the sum of the absolute
    // terms: a term below half of the last digit changes nothing, and rounding changes a larger
    // one by at most twice its size.
    constexpr double kRounding = 4;
    const double product = std::max(sum, 1.0) * weight;
    sum = kRounding * (worst.look_at(bias) + product) * units;
    if (!(sum <= kLimit)) return worst.place();
  }
  return {};
}

}  // namespace

std::optional<TooLarge> find_too_large(const Vectorizer& vectorizer, const Ensemble* ensemble) {
  // A bound on the sum of the absolute weights of a row; ln tf + 1 is at most tf.
  double sum = kMostTokens;
  Worst worst;
  bool fits = true;
  for (const auto factor : {vectorizer.factors().idf, vectorizer.factors().token_scale}) {
    if (factor.empty()) continue;
    sum *= worst.look_at(factor);
    fits = fits && sum <= kLimit;
  }
  if (!fits) return worst.place();
  if (ensemble == nullptr) return {};
  // The norm makes the factors irrelevant.
  const WeightingOptions& weighting = vectorizer.options().weighting;
  const auto tokens = static_cast<double>(vectorizer.vocabulary().size());
  if (weighting.norm == Norm::kL2) sum = weighting.input_norm * std::sqrt(tokens);
  for (const Network& network : ensemble->networks)
    if (const auto place = find_too_large(network, sum, ensemble->temperature)) return place;
  return {};
}

}  // namespace newsclf
