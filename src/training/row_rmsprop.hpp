// SPDX-License-Identifier: MIT
// Row-wise RMSprop: a step updates only the rows that its batch touched.
#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "training/state_arrays.hpp"

namespace newsclf {

struct RowRmspropOptions {
  double beta = 0.999;  ///< decay of the mean of squared gradients
  double eps = 1e-8;    ///< added to the root of the mean of squared gradients
  /// Decoupled weight decay (AdamW, Loshchilov & Hutter 2019): a step first multiplies all weights
  /// by 1 - lr * weight_decay. 0: none.
  double weight_decay = 0;
  /// Number of neighbouring weights of a row that share one mean of squared gradients; must divide
  /// the units of the row.
  std::int64_t sharing;
};

/// The factor of g / (sqrt(v) + eps) in step `step` (from 1): lr with the bias correction of v,
/// lr sqrt(1 - beta^step).
double step_size(const RowRmspropOptions& options, std::int64_t step, double lr);

/// RMSprop (Hinton, 2012), which is Adam (Kingma & Ba, 2015) without the mean of gradients, with
/// Adam's bias correction. As in PyTorch's `SparseAdam`, a step does not change untouched rows. In
/// step t, for each touched row,
///   v = beta v + (1 - beta) mean(g^2),   w = w - lr sqrt(1 - beta^t) g / (sqrt(v) + eps)
/// with the mean over `sharing` neighbours (as in Adam-mini, Zhang et al. 2024). The weight decay
/// is exact, but a row is multiplied by it only when it is about to be read: a step is `catch_up`
/// with its rows, the forward pass, then `step` with the same rows.
class RowRmsprop {
 public:
  /// @param weight float32 [rows, units], on any device; updated in place
  RowRmsprop(const torch::Tensor& weight, const RowRmspropOptions& options);

  /// Applies the outstanding weight decay to rows. @param rows int64 [n], distinct
  void catch_up(const torch::Tensor& rows);
  /// Applies the outstanding weight decay to all rows.
  void catch_up();
  /// @param rows int64 [n], distinct; n may be 0, which counts as a step too
  /// @param gradient [n, units] of these rows; ignored if n is 0
  void step(const torch::Tensor& rows, const torch::Tensor& gradient, double lr);
  /// Adds all but the weight.
  void add_state(StateArrays& state, const std::string& name);

 private:
  RowRmspropOptions options_;
  torch::Tensor weight_;
  torch::Tensor mean_square_;  // v, [rows, units / sharing]
  std::int64_t steps_ = 0;
  double log_factor_ = 0;  // the decay of all steps so far
  // Per row, `log_factor_` when the decay was last applied to it: float64 [rows], on the device of
  // the weight, so that a step does not synchronize; undefined without weight decay.
  torch::Tensor settled_;
};

}  // namespace newsclf
