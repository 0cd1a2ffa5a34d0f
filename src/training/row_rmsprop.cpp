// SPDX-License-Identifier: MIT
#include "training/row_rmsprop.hpp"

#include <cmath>

namespace newsclf {

double step_size(const RowRmspropOptions& options, std::int64_t step, double lr) {
  return lr * std::sqrt(1 - std::pow(options.beta, static_cast<double>(step)));
}

RowRmsprop::RowRmsprop(const torch::Tensor& weight, const RowRmspropOptions& options)
    : options_(options),
      weight_(weight.detach()),
      mean_square_(
          torch::zeros({weight_.size(0), weight_.size(1) / options.sharing}, weight_.options())) {
  if (options.weight_decay > 0)
    settled_ = torch::zeros({weight_.size(0)}, weight_.options().dtype(torch::kFloat64));
}

void RowRmsprop::catch_up(const torch::Tensor& rows) {
  if (!settled_.defined() || rows.numel() == 0) return;
  torch::NoGradGuard no_grad;
  const torch::Tensor owed = (log_factor_ - settled_.index_select(0, rows)).exp();
  weight_.index_copy_(0, rows,
                      weight_.index_select(0, rows) * owed.to(weight_.scalar_type()).unsqueeze(1));
  settled_.index_fill_(0, rows, log_factor_);
}

void RowRmsprop::catch_up() {
  catch_up(torch::arange(weight_.size(0), torch::dtype(torch::kInt64).device(weight_.device())));
}

void RowRmsprop::step(const torch::Tensor& rows, const torch::Tensor& gradient, double lr) {
  const double factor = step_size(options_, ++steps_, lr);
  log_factor_ += std::log1p(-lr * options_.weight_decay);
  catch_up(rows);
  if (rows.numel() == 0) return;
  torch::NoGradGuard no_grad;
  const std::int64_t sharers = mean_square_.size(1);
  const torch::Tensor square =
      gradient.square().reshape({rows.numel(), sharers, options_.sharing}).mean(2);
  const torch::Tensor v =
      mean_square_.index_select(0, rows).mul_(options_.beta).add_(square, 1 - options_.beta);
  mean_square_.index_copy_(0, rows, v);
  const torch::Tensor root = (v.sqrt() + options_.eps).repeat_interleave(options_.sharing, 1);
  weight_.index_add_(0, rows, gradient / root, -factor);
}

void RowRmsprop::add_state(StateArrays& state, const std::string& name) {
  state.add(name + ".mean_square", mean_square_);
  state.add(name + ".steps", steps_);
  state.add(name + ".log_factor", log_factor_);
  if (settled_.defined()) state.add(name + ".settled", settled_);
}

}  // namespace newsclf
