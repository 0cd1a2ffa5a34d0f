// SPDX-License-Identifier: MIT
// The weights of a two-hidden-layer perceptron, or of an ensemble of them, and its forward sum over
// plain arrays.
#pragma once

#include <cstddef>
#include <cstdint>
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

/// What a document is taken to be.
struct Prediction {
  std::int32_t label;  ///< the label of the largest logit; of equal ones, the first
  float probability;   ///< its softmax
};

/// relu, relu, linear for each member: the same sum as the module that was trained, written out.
class NativeForward {
 public:
  explicit NativeForward(const Network& network);

  /// The logits [C] of one row, divided by the temperature; those of an ensemble are the logarithm
  /// of its members' mean probability. For any batch and number of threads the same bits.
  /// The view holds until the next call.
  std::span<const float> logits(const SparseRow& row);

 private:
  Network network_;
  std::vector<float> hidden1_;
  std::vector<float> hidden2_;
  std::vector<float> logits_;
  std::vector<double> probabilities_;  // summed over members
};

/// The logits of all `rows`, [rows, C].
std::vector<float> native_logits(const Network& network, const SparseRows& rows, Workers& workers);
/// The same on the calling thread alone.
inline std::vector<float> native_logits(const Network& network, const SparseRows& rows) {
  Workers alone(1);
  return native_logits(network, rows, alone);
}

/// @throws Error if a logit is NaN: no network that `load_model` accepts gives one
void check_logits(std::span<const float> logits);

/// @param logits [C], C at least 1
/// @throws Error as `check_logits`
Prediction decide(std::span<const float> logits);

}  // namespace newsclf
