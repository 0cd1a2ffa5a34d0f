// SPDX-License-Identifier: MIT
// The weights of a perceptron with two hidden layers, or of an ensemble of them, and its forward
// pass over plain arrays.
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

/// The sizes of the layers.
struct NetworkShape {
  std::int64_t inputs = 0;   ///< V, tokens in the vocabulary
  std::int64_t hidden1 = 0;  ///< H1, units in a member's first hidden layer
  std::int64_t hidden2 = 0;  ///< H2, units in a member's second hidden layer
  std::int64_t labels = 0;   ///< C
  std::int64_t members = 1;  ///< N, networks whose probabilities are averaged

  bool operator==(const NetworkShape&) const = default;
};

/// Immutable weights in C order, kept alive by `owner`; copies share the arrays. The members of an
/// ensemble share one wide first layer, so that a document's tokens are looked up once; each member
/// has its own layers after it.
struct Network {
  NetworkShape shape;
  std::span<const float> hidden1_weight;  ///< [V, N H1], one row per token, member by member
  std::span<const float> hidden1_bias;    ///< [N H1]
  std::span<const float> hidden2_weight;  ///< [N, H2, H1]
  std::span<const float> hidden2_bias;    ///< [N, H2]
  std::span<const float> output_weight;   ///< [N, C, H2]
  std::span<const float> output_bias;     ///< [N, C]
  std::shared_ptr<const void> owner;
  float temperature = 1;  ///< > 0; divides the logits, see `fit_temperature`
};

/// Computes the logits [rows, C] of `rows`, divided by the temperature. Each member computes ReLU,
/// ReLU, linear, like the trained module; the logits of an ensemble are the logarithm of its
/// members' mean probability. The result is bit-identical for any batch and number of threads.
std::vector<float> native_logits(const Network& network, const RowsView& rows, Workers& workers);
/// The same on the calling thread only.
inline std::vector<float> native_logits(const Network& network, const RowsView& rows) {
  Workers alone(1);
  return native_logits(network, rows, alone);
}

/// Another implementation of `native_logits`, such as the `torch::nn::Module` of
/// `Backend::open_forward`. Not thread-safe.
using ForwardPass = std::function<std::vector<float>(const RowsView& rows)>;

/// The id of a label and the probability that a document has it.
struct RankedLabel {
  std::int32_t label;
  float probability;
};

/// The `most` labels with the largest logits and their softmax probabilities, most probable first;
/// equal logits are ordered by id. @param logits [C], C at least 1 @param most at least 1
/// @throws Error if a logit is NaN; a network that `load_model` accepts never computes one
std::vector<RankedLabel> rank_labels(std::span<const float> logits, std::size_t most = 1);
/// The probabilities of all labels, by id. @param labels all labels, in any order
std::vector<float> in_label_order(std::span<const RankedLabel> labels);

}  // namespace newsclf
