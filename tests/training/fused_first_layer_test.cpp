// SPDX-License-Identifier: MIT
#include "training/fused_first_layer.hpp"

#include <limits>
#include <numeric>

#include "training/optimizer.hpp"
#include "training/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr NetworkShape kShape{900, 33, 20, 4, 2};

Mlp drawn_mlp() {
  Mlp mlp(MlpOptions{kShape, 0});
  Random random(5);
  Workers alone(1);
  mlp->initialize(random, alone);
  return mlp;
}

std::vector<Batch> drawn_batches(std::size_t count) {
  std::vector<Batch> batches;
  for (std::size_t b = 0; b < count; ++b) {
    const Labelled documents = random_documents(50, kShape.inputs, kShape.labels, b);
    std::vector<std::int64_t> all(documents.rows.size());
    std::iota(all.begin(), all.end(), std::int64_t{0});
    batches.push_back(
        BatchBuilder(documents, all_of(kShape.inputs), torch::kCPU).build(all, Columns::kTouched));
  }
  return batches;
}

void take_steps(Optimizer& optimizer, const std::vector<Batch>& batches) {
  for (const Batch& batch : batches) take_step(optimizer, batch, 0.01);
  optimizer.catch_up();
}

}  // namespace

TEST_CASE("the fused sums equal those of the module's first layer") {
  Workers workers(2);
  Mlp mlp = drawn_mlp();
  const Batch batch = drawn_batches(1).front();
  const torch::Tensor touched_rows = mlp->first->weight.index_select(0, batch.touched);
  FusedFirstLayer layer(mlp->first->weight, workers, {.sharing = kShape.hidden1});
  require_close(elements<float>(layer.forward(batch)),
                elements<float>(mlp->first->forward(touched_rows, batch)), 1e-5);
}

TEST_CASE("fused steps and steps with autograd change all weights equally") {
  Workers workers(2);
  const std::vector<Batch> batches = drawn_batches(20);
  const OptimizerOptions options{.weight_decay = 0.5};
  const Mlp fused = drawn_mlp(), reference = drawn_mlp();
  take_steps(*make_optimizer(options, fused.ptr(), workers), batches);
  take_steps(*make_gathered_rmsprop(options, reference.ptr()), batches);
  const auto moved = fused->parameters(), expected = reference->parameters();
  REQUIRE(moved.size() == expected.size());
  for (std::size_t p = 0; p < moved.size(); ++p)
    require_close(elements<float>(moved[p]), elements<float>(expected[p]), 1e-4);
  CHECK_FALSE(torch::equal(moved.front(), drawn_mlp()->parameters().front()));
}

TEST_CASE("fused steps shrink all weights exactly, however strong the weight decay is") {
  Workers workers(2);
  const std::vector<Batch> batches = drawn_batches(20);
  const OptimizerOptions options{.weight_decay = 95};  // a step leaves a twentieth
  const Mlp fused = drawn_mlp(), reference = drawn_mlp();
  take_steps(*make_optimizer(options, fused.ptr(), workers), batches);
  take_steps(*make_gathered_rmsprop(options, reference.ptr()), batches);
  require_close(elements<float>(fused->first->weight), elements<float>(reference->first->weight),
                1e-4);
}

TEST_CASE("a member's columns of a wide layer train like a layer of their own") {
  Workers workers(2);
  const std::vector<Batch> batches = drawn_batches(5);
  const Mlp wide = drawn_mlp();
  const torch::Tensor part = wide->first->weight.detach().narrow(1, kShape.hidden1, kShape.hidden1);
  const torch::Tensor own = part.clone(),
                      rest = wide->first->weight.detach().narrow(1, 0, kShape.hidden1).clone();
  FusedFirstLayer in_wide(part, workers, {.weight_decay = 0.5, .sharing = kShape.hidden1});
  FusedFirstLayer alone(own, workers, {.weight_decay = 0.5, .sharing = kShape.hidden1});
  for (const Batch& batch : batches) {
    const torch::Tensor sums = alone.forward(batch);
    CHECK(torch::equal(in_wide.forward(batch), sums));
    in_wide.step(batch, sums.cos(), 0.01);
    alone.step(batch, sums.cos(), 0.01);
  }
  CHECK(in_wide.catch_up());
  CHECK(alone.catch_up());
  CHECK(torch::equal(part, own));
  CHECK(torch::equal(wide->first->weight.detach().narrow(1, 0, kShape.hidden1), rest));
}

TEST_CASE("catching up shows whether all weights are finite") {
  Workers workers(2);
  for (const float value :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::quiet_NaN()})
    for (const std::int64_t unit : {0, 31, 65}) {  // of 66
      const Mlp mlp = drawn_mlp();
      const auto optimizer = make_optimizer({.weight_decay = 0.5}, mlp.ptr(), workers);
      CHECK(optimizer->catch_up());
      mlp->first->weight.detach()[700][unit] = value;
      CHECK_FALSE(optimizer->catch_up());
    }
}

TEST_CASE("rows that no batch touches are unchanged") {
  Workers workers(2);
  const Labelled documents = labelled({{0, {{3, 1.0f}}}, {1, {{7, 2.0f}, {3, 1.0f}}}});
  const std::vector<std::int64_t> all{0, 1};
  const Batch batch =
      BatchBuilder(documents, all_of(kShape.inputs), torch::kCPU).build(all, Columns::kTouched);
  const Mlp mlp = drawn_mlp();
  const torch::Tensor before = mlp->first->weight.detach().clone();
  const auto optimizer = make_optimizer({}, mlp.ptr(), workers);
  take_step(*optimizer, batch, 0.1);
  const torch::Tensor same = mlp->first->weight.detach().eq(before).all(1);
  CHECK(same.sum().item<std::int64_t>() == kShape.inputs - 2);
  CHECK_FALSE(same[3].item<bool>());
  CHECK_FALSE(same[7].item<bool>());
}
