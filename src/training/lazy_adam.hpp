// SPDX-License-Identifier: MIT
// Adam by rows: a step moves only the rows that its batch touched.
#pragma once

#include <cstdint>
#include <vector>

#include <torch/torch.h>

namespace newsclf {

struct LazyAdamOptions {
  double beta1 = 0.9;    ///< decay of the mean of gradients
  double beta2 = 0.999;  ///< decay of the mean of squared gradients
  double eps = 1e-8;     ///< added to the root of the latter
  /// Decoupled weight decay (AdamW, Loshchilov & Hutter 2019): a step first shrinks all weights by
  /// the share lr * weight_decay. 0: none.
  double weight_decay = 0;
  /// So many neighbouring weights of a row share one second moment, that of the mean of their
  /// squared gradients; divides the units of the row. 1: each has its own, as in Adam.
  std::int64_t sharing = 1;
};

/// The factor of m / (sqrt(v) + eps) in step `step` (from 1): the rate with both bias corrections,
/// lr sqrt(1 - beta2^step) / (1 - beta1^step).
double lazy_adam_step_size(const LazyAdamOptions& options, std::int64_t step, double lr);

/// The weight decay that rows are still owed: a step shrinks all rows, and a row is brought up to
/// date only when somebody is about to look at it.
class OwedDecay {
 public:
  /// @param rows of the weight @param weight_decay as in `LazyAdamOptions`
  OwedDecay(std::int64_t rows, double weight_decay);

  bool is_on() const { return weight_decay_ > 0; }
  /// Counts one more step at the rate `lr`.
  void count_step(double lr);
  /// What `row` has to be multiplied by to be as decayed as the steps so far ask.
  float owed(std::int64_t row) const;
  /// Takes `row` as multiplied by that. Different rows may be marked by different threads.
  void mark_settled(std::int64_t row) {
    if (is_on()) settled_[static_cast<std::size_t>(row)] = log_factor_;
  }

 private:
  double weight_decay_;
  double log_factor_ = 0;        // of a weight that decayed in every step so far
  std::vector<double> settled_;  // that logarithm when the row was last settled
};

/// What PyTorch calls `SparseAdam` and TensorFlow Addons `LazyAdam`: unlike in Adam (Kingma & Ba,
/// 2015), moments and weights of untouched rows stay as they are. In step t, for each touched row,
///   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
///   w = w - lr sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)
/// where with `sharing` g^2 is a mean over neighbours (as in Adam-mini, Zhang et al. 2024). Weight
/// decay is exact, if late (see `OwedDecay`): a step is `catch_up` with its rows, the forward pass,
/// `step` with the same rows.
class LazyAdam {
 public:
  /// @param weight float32 [rows, units], on any device; moved in place
  explicit LazyAdam(const torch::Tensor& weight, const LazyAdamOptions& options = {});

  /// Brings rows up to the weights they have at this step. @param rows int64 [n], distinct
  void catch_up(const torch::Tensor& rows);
  /// The same for all rows.
  void catch_up();
  /// @param rows int64 [n], distinct; n may be 0, which counts as a step too
  /// @param gradient [n, units] of these rows; not looked at where n is 0
  void step(const torch::Tensor& rows, const torch::Tensor& gradient, double lr);

 private:
  LazyAdamOptions options_;
  torch::Tensor weight_;
  torch::Tensor mean_;         // m
  torch::Tensor mean_square_;  // v, [rows, units / sharing]
  std::int64_t steps_ = 0;
  // What `OwedDecay` keeps, on the device of the weight, so that a step waits for nothing.
  double log_factor_ = 0;
  torch::Tensor settled_;  // float64 [rows]; undefined without weight decay
};

}  // namespace newsclf
