// SPDX-License-Identifier: MIT
// The first layer on the CPU: its forward pass, and its gradient and RMSprop step in a single
// pass, so that a step moves each touched row through memory once.
#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "newsclf/parallel/workers.hpp"
#include "training/batch.hpp"
#include "training/row_rmsprop.hpp"
#include "training/state_arrays.hpp"

namespace newsclf {

/// Computes on the CPU what `SparseLinear`, autograd and `RowRmsprop` compute together; the tests
/// compare them. Threads divide the forward pass by units and the backward pass by columns. Every
/// sum has a fixed order, so that the result is bit-identical for any number of threads. A step is
/// `forward`, then `step` with the same batch.
class FusedFirstLayer {
 public:
  /// @param weight float32 [columns, units], on the CPU; updated in place. A row is contiguous, but
  /// rows may have other weights between them.
  /// @param workers borrowed
  FusedFirstLayer(const torch::Tensor& weight, Workers& workers, const RowRmspropOptions& options);

  /// The weighted sums of rows of the weight, without the bias: [rows of the batch, units].
  /// @param batch built with `Columns::kTouched`
  torch::Tensor forward(const Batch& batch);

  /// One step of row-wise RMSprop. @param gradient of the loss with respect to the result of
  /// `forward`
  void step(const Batch& batch, const torch::Tensor& gradient, double lr);

  /// Applies the outstanding weight decay to all rows. @return whether all weights are finite
  bool catch_up();
  /// Adds all but the weight.
  void add_state(StateArrays& state, const std::string& name);

 private:
  /// The factor by which all rows are to be multiplied for the weight decay of all steps so far.
  double owed() const;

  RowRmspropOptions options_;
  Workers& workers_;
  torch::Tensor weight_;
  torch::Tensor mean_square_;  // v, [columns, units / sharing]
  std::int64_t steps_ = 0;
  // The decay multiplies all rows by the same factor. It is therefore not applied in each step:
  // `weight_` is the weight divided by the decay of all steps since the last `catch_up`.
  double log_owed_ = 0;
};

}  // namespace newsclf
