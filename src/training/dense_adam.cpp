// SPDX-License-Identifier: MIT
#include "training/dense_adam.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

#include "parallel/clones.hpp"

namespace newsclf {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEps = 1e-8;

/// The factors of a step, each rounded once.
struct StepFactors {
  float one_minus_beta1, beta2, one_minus_beta2;
  float decay, step_size;
  float root_factor;  ///< of the root of the mean square: its bias correction
  float eps;
};

NEWSCLF_CLONES void move_parameters(float* __restrict__ w, float* __restrict__ m,
                                    float* __restrict__ v, const float* __restrict__ g,
                                    std::size_t count, StepFactors f) {
  for (std::size_t i = 0; i < count; ++i) {
    m[i] += f.one_minus_beta1 * (g[i] - m[i]);
    v[i] = f.beta2 * v[i] + f.one_minus_beta2 * g[i] * g[i];
    w[i] = f.decay * w[i] - f.step_size * m[i] / (f.root_factor * std::sqrt(v[i]) + f.eps);
  }
}

}  // namespace

DenseAdam::DenseAdam(std::vector<Parameter> parameters, double weight_decay)
    : parameters_(std::move(parameters)), weight_decay_(weight_decay) {
  std::size_t count = 0;
  for (const Parameter& parameter : parameters_)
    count += static_cast<std::size_t>(parameter.tensor.numel());
  means_.assign(count, 0);
  mean_squares_.assign(count, 0);
}

void DenseAdam::step(double lr) {
  const auto step = static_cast<double>(++steps_);
  StepFactors factors = {
      .one_minus_beta1 = static_cast<float>(1 - kBeta1),
      .beta2 = static_cast<float>(kBeta2),
      .one_minus_beta2 = static_cast<float>(1 - kBeta2),
      .decay = 1,
      .step_size = static_cast<float>(lr / (1 - std::pow(kBeta1, step))),
      .root_factor = static_cast<float>(1 / std::sqrt(1 - std::pow(kBeta2, step))),
      .eps = static_cast<float>(kEps),
  };
  std::size_t first = 0;
  for (Parameter& parameter : parameters_) {
    torch::Tensor& gradient = parameter.tensor.mutable_grad();
    const auto count = static_cast<std::size_t>(parameter.tensor.numel());
    factors.decay = parameter.decays ? static_cast<float>(1 - lr * weight_decay_) : 1;
    move_parameters(parameter.tensor.mutable_data_ptr<float>(), means_.data() + first,
                    mean_squares_.data() + first, gradient.contiguous().const_data_ptr<float>(),
                    count, factors);
    first += count;
    gradient.reset();
  }
}

void DenseAdam::add_state(StateArrays& state, const std::string& name) {
  state.add(name + ".means", means_);
  state.add(name + ".mean_squares", mean_squares_);
  state.add(name + ".steps", steps_);
}

}  // namespace newsclf
