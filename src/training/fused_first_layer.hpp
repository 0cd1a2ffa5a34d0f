// SPDX-License-Identifier: MIT
// The first layer on the CPU: its forward sum, and its gradient and row-wise Adam step in one pass,
// so that a step moves each touched row through memory once.
#pragma once

#include <vector>

#include <torch/torch.h>

#include "newsclf/parallel/workers.hpp"
#include "training/batch.hpp"
#include "training/lazy_adam.hpp"

namespace newsclf {

/// Does on the CPU what `SparseLinear`, autograd and `LazyAdam`, which it is tested against, do
/// together. Forward, work is divided by units, backward by columns; each number is summed in a
/// fixed order, so that the number of threads changes no bit. A step is `forward`, then `step` with
/// the same batch.
class FusedFirstLayer {
 public:
  /// @param weight float32 [columns, units], contiguous, on the CPU; moved in place
  /// @param workers borrowed
  FusedFirstLayer(const torch::Tensor& weight, Workers& workers,
                  const LazyAdamOptions& options = {});

  /// The weighted sums of rows of the weight, without a bias: [rows of the batch, units].
  /// @param batch numbers its columns by `Batch::touched`
  torch::Tensor forward(const Batch& batch);

  /// One step of row-wise Adam. @param gradient of the loss by what `forward` returned
  void step(const Batch& batch, const torch::Tensor& gradient, double lr);

  /// Brings all rows up to the weights they have at this step.
  void catch_up();

 private:
  LazyAdamOptions options_;
  Workers& workers_;
  torch::Tensor weight_;
  torch::Tensor mean_;         // m of Adam
  torch::Tensor mean_square_;  // v of Adam, [columns, units / sharing]
  std::int64_t steps_ = 0;
  OwedDecay decay_;
  std::vector<float> owed_;  // factor that each touched row was owed when `forward` read it
};

}  // namespace newsclf
