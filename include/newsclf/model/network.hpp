// SPDX-License-Identifier: MIT
// The weights of an ensemble (perceptrons with two hidden layers and linear classifiers) and its
// forward pass over plain arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/model/packed_rows.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// The sizes of the layers.
struct NetworkShape {
  std::int64_t inputs = 0;   ///< V, columns that the network reads
  std::int64_t hidden1 = 0;  ///< H1, units in a member's first hidden layer; 0: linear
  std::int64_t hidden2 = 0;  ///< H2, units in a member's second hidden layer; 0: linear
  std::int64_t labels = 0;   ///< C
  std::int64_t members = 1;  ///< N, members of the same shape; 1 if they are linear

  bool is_linear() const { return hidden1 == 0; }
  /// The number of weights per column: N H1, or C without hidden layers.
  std::int64_t width() const { return is_linear() ? labels : members * hidden1; }
  bool operator==(const NetworkShape&) const = default;
};

/// Members of an ensemble that read the same columns: N perceptrons, or a linear classifier. They
/// share one wide first layer, so that a document's tokens are looked up once; each member has its
/// own layers after it. Weights are immutable and in C order, kept alive by `owner`; copies share
/// the arrays.
struct Network {
  NetworkShape shape;
  /// [V, N H1], member by member; linear: [V, C]. Empty if `packed` has the weights.
  std::span<const float> first_weight;
  std::span<const float> first_bias;      ///< [N H1]; linear: [C]
  std::span<const float> hidden2_weight;  ///< [N, H2, H1]
  std::span<const float> hidden2_bias;    ///< [N, H2]
  std::span<const float> output_weight;   ///< [N, C, H2]
  std::span<const float> output_bias;     ///< [N, C]
  std::shared_ptr<const void> owner;
  std::int32_t first_column = 0;  ///< reads the V columns from this one on
  PackedRows packed = {};         ///< the weights of the first layer in another form

  ColumnRange columns() const {
    return {first_column, first_column + static_cast<std::int32_t>(shape.inputs)};
  }
  /// How many numbers are stored per column: N H1, C or the rank.
  std::size_t row_size() const {
    return packed.is_empty() ? static_cast<std::size_t>(shape.width()) : packed.rank;
  }
  /// sums += factor * row * the stored numbers. @param row only columns that the network reads
  /// @param sums [row_size]
  void add_rows(const SparseRow& row, float factor, std::span<float> sums) const;
  /// The numbers stored for a column: [row_size].
  std::vector<float> row(std::int32_t column) const;
};

/// The weights of a network's first layer as floats; copied only if they are packed.
class FirstWeight {
 public:
  /// @param network must outlive this
  explicit FirstWeight(const Network& network);
  /// [V, N H1]; linear: [V, C]
  std::span<const float> floats() const { return floats_; }

 private:
  std::vector<float> unpacked_;
  std::span<const float> floats_;
};

/// Networks whose members' probabilities are averaged.
struct Ensemble {
  Ensemble() = default;
  Ensemble(Network network) : networks{std::move(network)} {}  // NOLINT: one network is an ensemble

  std::vector<Network> networks;  ///< all for the same labels; at most one is linear
  /// The weight of each member in the mean, network by network; their sum is 1. Empty: all equal.
  std::vector<double> shares = {};
  /// Whether the part of a row that a network reads is scaled to the norm of the whole row.
  bool rescales_parts = false;
  float temperature = 1;  ///< > 0; divides the logits, see `fit_temperature`

  std::int64_t labels() const { return networks.empty() ? 0 : networks.front().shape.labels; }
  std::int64_t members() const;
  /// `shares`, also if all are equal.
  std::vector<double> all_shares() const;
  /// The part of `row` that `network` reads, and the factor of its values.
  std::pair<SparseRow, float> input_of(const Network& network, const SparseRow& row) const;
};

/// Computes the logits [rows, C] of `rows`, divided by the temperature. Each member computes ReLU,
/// ReLU, linear (or only linear), like the trained module; the logits of several members are the
/// logarithm of their mean probability. The result is bit-identical for any batch and number of
/// threads.
std::vector<float> native_logits(const Ensemble& ensemble, const RowsView& rows, Workers& workers);
/// The same on the calling thread only.
inline std::vector<float> native_logits(const Ensemble& ensemble, const RowsView& rows) {
  Workers alone(1);
  return native_logits(ensemble, rows, alone);
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
