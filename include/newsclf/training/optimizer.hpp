// SPDX-License-Identifier: MIT
// How gradients move the weights: exact Adam, or Adam by rows on the first layer.
#pragma once

#include <memory>

#include <torch/torch.h>

#include "newsclf/training/batch.hpp"
#include "newsclf/training/mlp.hpp"
#include "newsclf/training/options.hpp"
#include "newsclf/training/workers.hpp"

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

/// `kAdam`: `torch::optim::Adam` over all parameters. `kLazyAdam`: row-wise Adam on the first
/// layer's weight, `torch::optim::Adam` on everything behind it. Shares the parameters of `mlp`.
/// @param workers borrowed, for what is computed on the CPU; the dense layers' products run on one
/// thread, so that the number of threads changes no bit
std::unique_ptr<Optimizer> make_optimizer(OptimizerKind kind, const Mlp& mlp, Workers& workers);

/// `kLazyAdam` through autograd and tensor operations alone: what `make_optimizer` takes where the
/// module is not on the CPU, and the reference for what it takes there.
std::unique_ptr<Optimizer> make_gathered_lazy_adam(const Mlp& mlp);

}  // namespace newsclf
