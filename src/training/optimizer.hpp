// SPDX-License-Identifier: MIT
// How gradients move the weights: exact Adam, or Adam by rows on the first layer.
#pragma once

#include <memory>

#include <torch/torch.h>

#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/options.hpp"
#include "training/batch.hpp"
#include "training/mlp.hpp"

namespace newsclf {

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kLazyAdam;
  /// Decoupled (AdamW): a step first shrinks every weight, biases not, by the share
  /// lr * weight_decay.
  double weight_decay = 0;
  LossOptions loss = {};
};

/// Forward, backward and update of all weights of a module. A step is `gradients`, then `apply`.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// How `gradients` wants the columns of its batches numbered.
  virtual Columns columns() const = 0;
  /// Computes the gradients of the loss on `batch`, which is borrowed until `apply`; returns the
  /// loss, detached.
  virtual torch::Tensor gradients(const Batch& batch) = 0;
  /// Moves the weights by them at the rate `lr`.
  virtual void apply(double lr) = 0;
  /// Call before the module is used otherwise: brings up to date what a step left for later.
  virtual void catch_up() {}
};

/// `kAdam`: `torch::optim::AdamW` over all parameters. `kLazyAdam`: row-wise Adam on the first
/// layer's weight, AdamW on everything behind it. `kRowAdam`: the same, with one second moment a
/// row and member. Shares the parameters of `mlp`. The number of threads changes no bit.
/// @param workers borrowed, for what is computed on the CPU
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, const Mlp& mlp,
                                          Workers& workers);

/// `kLazyAdam` and `kRowAdam` through autograd and tensor operations alone: what `make_optimizer`
/// takes where the module is not on the CPU, and the reference for what it takes there.
std::unique_ptr<Optimizer> make_gathered_lazy_adam(const OptimizerOptions& options, const Mlp& mlp);

}  // namespace newsclf
