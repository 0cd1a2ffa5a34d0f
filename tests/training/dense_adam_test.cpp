// SPDX-License-Identifier: MIT
#include "training/dense_adam.hpp"

#include <memory>
#include <utility>

#include "training/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("steps of dense Adam equal those of torch's AdamW") {
  torch::manual_seed(1);
  constexpr double kDecay = 0.5;
  const auto parameters = [] {
    torch::manual_seed(1);
    return std::pair(torch::randn({7, 5}), torch::randn({19}));
  };
  auto [weight, bias] = parameters();
  auto [expected_weight, expected_bias] = parameters();
  DenseAdam adam({{weight, true}, {bias, false}}, kDecay);
  const auto group = [](const torch::Tensor& parameter, double decay) {
    return torch::optim::OptimizerParamGroup({parameter},
                                             std::make_unique<torch::optim::AdamWOptions>(
                                                 torch::optim::AdamWOptions().weight_decay(decay)));
  };
  std::vector<torch::optim::OptimizerParamGroup> groups{group(expected_weight, kDecay),
                                                        group(expected_bias, 0)};
  torch::optim::AdamW expected(groups);
  for (int step = 0; step < 20; ++step) {
    const double lr = 0.05 / (1 + step);
    const torch::Tensor of_weight = torch::randn({7, 5}), of_bias = torch::randn({19}) * 1e-3;
    weight.mutable_grad() = of_weight.t().contiguous().t();  // in another order in memory
    bias.mutable_grad() = of_bias;
    expected_weight.mutable_grad() = of_weight;
    expected_bias.mutable_grad() = of_bias;
    for (auto& one : expected.param_groups())
      static_cast<torch::optim::AdamWOptions&>(one.options()).lr(lr);
    adam.step(lr);
    expected.step();
    CHECK_FALSE(weight.grad().defined());
  }
  require_close(elements<float>(weight), elements<float>(expected_weight), 1e-5);
  require_close(elements<float>(bias), elements<float>(expected_bias), 1e-5);
  CHECK_FALSE(torch::allclose(weight, parameters().first, 0, 0.01));
}
