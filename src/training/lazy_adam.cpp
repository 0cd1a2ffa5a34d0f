// SPDX-License-Identifier: MIT
#include "newsclf/training/lazy_adam.hpp"

#include <cmath>

namespace newsclf {

double lazy_adam_step_size(const LazyAdamOptions& options, std::int64_t step, double lr) {
  const auto t = static_cast<double>(step);
  return lr * std::sqrt(1 - std::pow(options.beta2, t)) / (1 - std::pow(options.beta1, t));
}

LazyAdam::LazyAdam(const torch::Tensor& weight, const LazyAdamOptions& options)
    : options_(options),
      weight_(weight.detach()),
      mean_(torch::zeros_like(weight_)),
      mean_square_(torch::zeros_like(weight_)) {}

void LazyAdam::step(const torch::Tensor& rows, const torch::Tensor& gradient, double lr) {
  const double step_size = lazy_adam_step_size(options_, ++steps_, lr);
  if (rows.numel() == 0) return;
  torch::NoGradGuard no_grad;
  const torch::Tensor m =
      mean_.index_select(0, rows).mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
  const torch::Tensor v = mean_square_.index_select(0, rows)
                              .mul_(options_.beta2)
                              .addcmul_(gradient, gradient, 1 - options_.beta2);
  mean_.index_copy_(0, rows, m);
  mean_square_.index_copy_(0, rows, v);
  weight_.index_add_(0, rows, m / (v.sqrt() + options_.eps), -step_size);
}

}  // namespace newsclf
