// SPDX-License-Identifier: MIT
#include "newsclf/training/lazy_adam.hpp"

#include <ATen/Parallel.h>

#include <cmath>

namespace newsclf {

LazyAdam::LazyAdam(torch::Tensor weight, const LazyAdamOptions& options)
    : options_(options),
      weight_(weight.detach()),
      mean_(torch::zeros_like(weight_)),
      mean_square_(torch::zeros_like(weight_)) {}

double LazyAdam::next_step_size(double lr) {
  ++steps_;
  const auto t = static_cast<double>(steps_);
  return lr * std::sqrt(1 - std::pow(options_.beta2, t)) / (1 - std::pow(options_.beta1, t));
}

void LazyAdam::step(const torch::Tensor& rows, const torch::Tensor& gradient, double lr) {
  const double step_size = next_step_size(lr);
  if (weight_.is_cpu())
    step_by_rows(rows, gradient, step_size);
  else
    step_by_index(rows, gradient, step_size);
}

void LazyAdam::step_by_tensors(const torch::Tensor& rows, const torch::Tensor& gradient,
                               double lr) {
  step_by_index(rows, gradient, next_step_size(lr));
}

void LazyAdam::step_by_rows(const torch::Tensor& rows, const torch::Tensor& gradient,
                            double step_size) {
  const auto* const row = rows.const_data_ptr<std::int64_t>();
  const torch::Tensor contiguous = gradient.contiguous();
  const auto* const g = contiguous.const_data_ptr<float>();
  auto* const w = weight_.mutable_data_ptr<float>();
  auto* const m = mean_.mutable_data_ptr<float>();
  auto* const v = mean_square_.mutable_data_ptr<float>();
  const std::int64_t units = weight_.size(1);
  const auto beta1 = static_cast<float>(options_.beta1);
  const auto beta2 = static_cast<float>(options_.beta2);
  const auto eps = static_cast<float>(options_.eps);
  const auto size = static_cast<float>(step_size);

  // Rows are distinct, so that threads share nothing and their number changes no bit.
  constexpr std::int64_t kRowsPerTask = 256;
  at::parallel_for(0, rows.size(0), kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const float* const gr = g + r * units;
      float* const wr = w + row[r] * units;
      float* const mr = m + row[r] * units;
      float* const vr = v + row[r] * units;
      for (std::int64_t u = 0; u < units; ++u) {
        mr[u] = beta1 * mr[u] + (1 - beta1) * gr[u];
        vr[u] = beta2 * vr[u] + (1 - beta2) * gr[u] * gr[u];
        wr[u] -= size * mr[u] / (std::sqrt(vr[u]) + eps);
      }
    }
  });
}

void LazyAdam::step_by_index(const torch::Tensor& rows, const torch::Tensor& gradient,
                             double step_size) {
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
