// SPDX-License-Identifier: MIT
// How gradients move the weights: exact Adam, or Adam by rows on the first layer.
#pragma once

#include <memory>

#include <torch/torch.h>

#include "newsclf/training/batch.hpp"
#include "newsclf/training/mlp.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// Forward, backward and update of all weights of a module.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// How `step` wants the columns of its batches numbered.
  virtual Columns columns() const = 0;
  /// One step on `batch` at the rate `lr`; returns the loss before it, detached.
  virtual torch::Tensor step(const Batch& batch, double lr) = 0;
};

/// `kAdam`: `torch::optim::Adam` over all parameters, the reference. `kLazyAdam`: the touched rows
/// of the first layer are gathered into a leaf, so that their gradient is small and dense, and moved
/// by `LazyAdam`; `torch::optim::Adam` moves everything behind them.
/// Shares the parameters of `mlp`.
std::unique_ptr<Optimizer> make_optimizer(OptimizerKind kind, const Mlp& mlp);

}  // namespace newsclf
