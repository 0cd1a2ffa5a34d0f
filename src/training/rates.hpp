// SPDX-License-Identifier: MIT
// The learning rates of the networks of an ensemble.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "newsclf/training/options.hpp"

namespace newsclf {

/// How the learning rates change from step to step; steps count from 0.
class Rates {
 public:
  /// @param linear_path the sum of the learning rates of the linear member
  Rates(const TrainingOptions& options, std::int64_t steps, double linear_path = kLinearPath)
      : lr_(*options.lr),
        falls_(options.lr_schedule == LrSchedule::kLinear),
        steps_(static_cast<double>(steps)),
        linear_path_(linear_path),
        linear_steps_(std::ceil(steps_ / 3)),
        linear_lr_(2 * linear_path_ / (linear_steps_ + 1)) {}

  /// A step of RMSprop moves a weight by about the learning rate, so that this bounds the weights,
  /// like a regularization.
  static constexpr double kLinearPath = 0.15;

  double of_perceptrons(std::int64_t step) const {
    return falls_ ? lr_ * (1 - static_cast<double>(step) / steps_) : lr_;
  }
  /// Falls linearly to 0 over the first third of the steps; then the linear member is trained.
  double of_linear(std::int64_t step) const {
    return linear_lr_ * std::max(0.0, 1 - static_cast<double>(step) / linear_steps_);
  }
  /// The weight decay with which the weights of the linear member shrink by as much in total as
  /// those of the perceptrons with `weight_decay`.
  double linear_decay(double weight_decay) const {
    constexpr double kMostInAStep = 0.5;
    const double all_rates = lr_ * (falls_ ? (steps_ + 1) / 2 : steps_);
    return std::min(weight_decay * all_rates / linear_path_, kMostInAStep / linear_lr_);
  }

 private:
  double lr_;
  bool falls_;
  double steps_, linear_path_, linear_steps_, linear_lr_;
};

}  // namespace newsclf
