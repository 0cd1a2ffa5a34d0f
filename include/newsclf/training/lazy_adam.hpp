// SPDX-License-Identifier: MIT
// Adam by rows: a step moves only the rows that its batch touched.
#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace newsclf {

struct LazyAdamOptions {
  double beta1 = 0.9;    ///< decay of the mean of gradients
  double beta2 = 0.999;  ///< decay of the mean of squared gradients
  double eps = 1e-8;     ///< added to the root of the latter
};

/// The factor of m / (sqrt(v) + eps) in step `step` (from 1): the rate with both bias corrections,
/// lr sqrt(1 - beta2^step) / (1 - beta1^step).
double lazy_adam_step_size(const LazyAdamOptions& options, std::int64_t step, double lr);

/// What PyTorch calls `SparseAdam` and TensorFlow Addons `LazyAdam`. It is not Adam (Kingma & Ba,
/// 2015): there a row goes on moving by its momentum after the last step that touched it; here
/// moments and weights of untouched rows stay as they are. Bias correction counts all steps.
/// With t the number of steps so far, for each touched row:
///   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
///   w = w - lr sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)
class LazyAdam {
 public:
  /// @param weight float32 [rows, units], on any device; moved in place
  explicit LazyAdam(const torch::Tensor& weight, const LazyAdamOptions& options = {});

  /// @param rows int64 [n], distinct; n may be 0, which counts as a step too
  /// @param gradient [n, units] of these rows; not looked at where n is 0
  void step(const torch::Tensor& rows, const torch::Tensor& gradient, double lr);

 private:
  LazyAdamOptions options_;
  torch::Tensor weight_;
  torch::Tensor mean_;         // m
  torch::Tensor mean_square_;  // v
  std::int64_t steps_ = 0;
};

}  // namespace newsclf
