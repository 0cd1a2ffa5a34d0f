// SPDX-License-Identifier: MIT
// The weights of a two-hidden-layer perceptron, or of an ensemble of them, and its forward sum over
// plain arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Sizes of the layers.
struct NetworkShape {
  std::int64_t inputs = 0;   ///< V, tokens of the vocabulary
  std::int64_t hidden1 = 0;  ///< H1, units of a member's first hidden layer
  std::int64_t hidden2 = 0;  ///< H2, units of a member's second hidden layer
  std::int64_t labels = 0;   ///< C
  std::int64_t members = 1;  ///< N, networks whose probabilities are averaged

  bool operator==(const NetworkShape&) const = default;
};

/// Weights in C order, kept alive by `owner`; immutable, copies share the arrays. The members of an
/// ensemble share one wide first layer, so that a document's tokens are looked up once; behind it
/// each has its own layers.
struct Network {
  NetworkShape shape;
  std::span<const float> hidden1_weight;  ///< [V, N H1], a row a token, in it member by member
  std::span<const float> hidden1_bias;    ///< [N H1]
  std::span<const float> hidden2_weight;  ///< [N, H2, H1]
  std::span<const float> hidden2_bias;    ///< [N, H2]
  std::span<const float> output_weight;   ///< [N, C, H2]
  std::span<const float> output_bias;     ///< [N, C]
  std::shared_ptr<const void> owner;
  float temperature = 1;  ///< > 0; what logits are divided by, see `fit_temperature`
};

/// The logits [rows, C] of `rows`, divided by the temperature: relu, relu, linear for each member,
/// the same sum as that of the module that was trained; those of an ensemble are the logarithm of
/// its members' mean probability. For any batch and number of threads the same bits.
std::vector<float> native_logits(const Network& network, const RowsView& rows, Workers& workers);
/// The same on the calling thread alone.
inline std::vector<float> native_logits(const Network& network, const RowsView& rows) {
  Workers alone(1);
  return native_logits(network, rows, alone);
}

/// Computes what `native_logits` does by other means, such as the `torch::nn::Module` of
/// `Backend::open_forward`. Not to be called from two threads at once.
using ForwardPass = std::function<std::vector<float>(const RowsView& rows)>;

/// A label's id and the probability that a document has it.
struct RankedLabel {
  std::int32_t label;
  float probability;
};

/// The `most` labels of the largest logits, the most probable first, equal ones in order of ids,
/// with their softmax. @param logits [C], C at least 1 @param most at least 1
/// @throws Error if a logit is NaN: no network that `load_model` accepts gives one
std::vector<RankedLabel> rank_labels(std::span<const float> logits, std::size_t most = 1);

}  // namespace newsclf
