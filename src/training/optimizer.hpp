// SPDX-License-Identifier: MIT
// The optimizers: Adam on all weights, or row-wise RMSprop on the first layer and Adam on the rest.
#pragma once

#include <memory>

#include <torch/torch.h>

#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/options.hpp"
#include "training/batch.hpp"
#include "training/mlp.hpp"
#include "training/state_arrays.hpp"

namespace newsclf {

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kRowRmsprop;
  /// Decoupled (AdamW): a step first multiplies every weight, but not the biases, by
  /// 1 - lr * weight_decay.
  double weight_decay = 0;
  LossOptions loss = {};
};

/// Forward, backward and update of all weights of a module. A step is `sum_columns`, `gradients`,
/// then `apply`.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// How the batches for `sum_columns` must number their columns.
  virtual Columns columns() const = 0;
  /// Returns the sums of the first layer, without its bias: [rows of the batch, units], detached.
  /// `batch` is borrowed until `apply`.
  virtual torch::Tensor sum_columns(const Batch& batch) = 0;
  /// Computes the gradients of the loss; returns the loss, detached. @param sums from
  /// `sum_columns`, plus those of other processes if each has some of the columns
  virtual torch::Tensor gradients(torch::Tensor sums) = 0;
  /// Updates the weights with these gradients and the learning rate `lr`.
  virtual void apply(double lr) = 0;
  /// Applies deferred updates; call it before the module is used for anything but a step.
  /// @return whether all weights are finite
  virtual bool catch_up() = 0;
  /// Adds all but the parameters of the module. Call it between steps.
  virtual void add_state(StateArrays& state, const std::string& name) = 0;
};

/// `kAdam`: `torch::optim::AdamW` over all parameters. `kRowRmsprop`: `RowRmsprop` on the first
/// layer's weight, with one mean square per row and member, AdamW on all other parameters. Shares
/// the parameters of `network`. Bit-identical for any number of threads. Different optimizers can
/// take their steps on different threads, except for `kAdam`.
/// @param workers borrowed, for computations on the CPU
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          const SparseNetwork& network, Workers& workers);

/// `kRowRmsprop` with autograd and tensor operations only. `make_optimizer` uses this if the module
/// is not on the CPU; it is the reference for the CPU version.
std::unique_ptr<Optimizer> make_gathered_rmsprop(const OptimizerOptions& options,
                                                 const SparseNetwork& network);

}  // namespace newsclf
