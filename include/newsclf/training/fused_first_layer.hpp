// SPDX-License-Identifier: MIT
// The first layer on the CPU: its forward sum, and its gradient and row-wise Adam step in one pass,
// so that a step moves each touched row through memory once.
#pragma once

#include <vector>

#include <torch/torch.h>

#include "newsclf/training/batch.hpp"
#include "newsclf/training/lazy_adam.hpp"
#include "newsclf/training/workers.hpp"

namespace newsclf {

/// Does for a weight on the CPU what `SparseLinear`, autograd and `LazyAdam` do together: the
/// reference it is tested against. Work is divided by rows of the result, each summed in a fixed
/// order, so that the number of threads changes no bit.
class FusedFirstLayer {
 public:
  /// @param weight float32 [columns, units], contiguous, on the CPU; moved in place
  /// @param workers borrowed
  FusedFirstLayer(const torch::Tensor& weight, Workers& workers,
                  const LazyAdamOptions& options = {});

  /// The weighted sums of rows of the weight, without a bias: [rows of the batch, units]. Brings
  /// the touched rows up to the weights they have at this step.
  /// @param batch numbers its columns by `Batch::touched`
  torch::Tensor forward(const Batch& batch);

  /// One step of row-wise Adam. @param gradient of the loss by what `forward` returned
  void step(const Batch& batch, const torch::Tensor& gradient, double lr);

  /// Brings all rows up to the weights they have at this step.
  void catch_up();

 private:
  /// Brings the rows `row_of(0)`, …, `row_of(count - 1)` up to date; they are distinct.
  template <typename RowOf>
  void catch_up(std::int64_t count, const RowOf& row_of);
  /// The batch by columns: entries of touched column t are [begins[t], begins[t + 1]).
  void transpose(const Batch& batch);

  LazyAdamOptions options_;
  Workers& workers_;
  torch::Tensor weight_;
  torch::Tensor mean_;         // m of Adam
  torch::Tensor mean_square_;  // v of Adam, [columns, units / sharing]
  std::int64_t steps_ = 0;
  OwedDecay decay_;

  std::vector<std::int32_t> begins_;
  std::vector<std::int32_t> entry_rows_;
  std::vector<float> entry_values_;
};

}  // namespace newsclf
