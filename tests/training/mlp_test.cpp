// SPDX-License-Identifier: MIT
#include "newsclf/training/mlp.hpp"

#include "newsclf/training/trainer.hpp"
#include "training/support.hpp"

#include <array>
#include <cmath>
#include <map>
#include <set>

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr NetworkShape kShape{40, 30, 20, 3};

Mlp initialized(std::uint64_t seed, double dropout = 0) {
  Mlp mlp(MlpOptions{kShape, dropout});
  Random random(seed);
  mlp->initialize(random);
  return mlp;
}

/// All of `documents` as one batch.
Batch one_batch(const Labelled& documents) {
  std::vector<std::int64_t> all;
  for (std::size_t r = 0; r < documents.rows.size(); ++r)
    all.push_back(static_cast<std::int64_t>(r));
  return BatchBuilder(documents, kShape.inputs, torch::kCPU).build(all, Columns::kVocabulary);
}

std::vector<std::int32_t> labels_of(const std::vector<float>& logits, std::int64_t labels) {
  std::vector<std::int32_t> result;
  const auto width = static_cast<std::size_t>(labels);
  for (std::size_t begin = 0; begin < logits.size(); begin += width)
    result.push_back(decide(std::span(logits).subspan(begin, width)).label);
  return result;
}

}  // namespace

TEST_CASE("the parameters are named and shaped as the tensors of a model file") {
  const Mlp mlp(MlpOptions{kShape, 0.5});
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const auto& parameter : mlp->named_parameters())
    shapes[parameter.key()] = parameter.value().sizes().vec();
  CHECK(shapes == std::map<std::string, std::vector<std::int64_t>>{{"hidden1.weight", {40, 30}},
                                                                   {"hidden1.bias", {30}},
                                                                   {"hidden2.weight", {20, 30}},
                                                                   {"hidden2.bias", {20}},
                                                                   {"output.weight", {3, 20}},
                                                                   {"output.bias", {3}}});
  CHECK(mlp->named_buffers().size() == 0);
}

TEST_CASE("the dense parameters are all but the first layer's weight") {
  const Mlp mlp = initialized(1);
  std::vector<const void*> expected, dense;
  for (const auto& parameter : mlp->named_parameters())
    if (parameter.key() != "hidden1.weight") expected.push_back(parameter.value().data_ptr());
  for (const auto& parameter : mlp->dense_parameters()) dense.push_back(parameter.data_ptr());
  CHECK(dense == expected);
}

TEST_CASE("dropout draws in training and is off in evaluation") {
  const Batch batch = one_batch(random_documents(20, kShape.inputs, kShape.labels, 1));
  Mlp mlp = initialized(1, 0.5);
  mlp->train();
  CHECK_FALSE(torch::equal(mlp->forward(batch), mlp->forward(batch)));
  mlp->eval();
  CHECK(torch::equal(mlp->forward(batch), mlp->forward(batch)));
  CHECK(torch::equal(mlp->forward(batch), initialized(1, 0)->forward(batch)));
}

TEST_CASE("dropout zeroes units of both hidden layers and scales up the rest") {
  // One unit a layer, h1 = x and h2 = h1 + 1. At 0.5, h1 becomes 0 or 2, and then h2 = 1 or 3
  // becomes 0, 2 or 6.
  Mlp mlp(MlpOptions{{1, 1, 1, 1}, 0.5});
  {
    torch::NoGradGuard no_grad;
    for (torch::Tensor& parameter : mlp->parameters()) parameter.fill_(1);
    mlp->hidden1->bias.zero_();
    mlp->output->bias.zero_();
  }
  Labelled ones;
  while (ones.rows.size() < 200) ones.rows.append({std::array{0}, std::array{1.0f}});
  ones.labels.resize(200);
  mlp->train();
  const std::vector<float> logits = elements<float>(mlp->forward(one_batch(ones)));
  CHECK(std::set<float>(logits.begin(), logits.end()) == std::set<float>{0, 2, 6});
}

TEST_CASE("weights are drawn uniformly from a range that the layer's inputs set") {
  const Mlp mlp = initialized(1);
  const auto require_uniform = [](const torch::Tensor& tensor, std::int64_t inputs) {
    const double bound = 1 / std::sqrt(static_cast<double>(inputs));
    CHECK(tensor.abs().max().item<double>() <= bound * 1.000001);
    if (tensor.numel() < 500) return;
    CHECK(tensor.max().item<double>() > 0.95 * bound);
    CHECK(tensor.min().item<double>() < -0.95 * bound);
    CHECK(tensor.std().item<double>() == Approx(bound / std::sqrt(3)).epsilon(0.1));
  };
  require_uniform(mlp->hidden1->weight, kShape.inputs);
  require_uniform(mlp->hidden1->bias, kShape.inputs);
  require_uniform(mlp->hidden2->weight, kShape.hidden1);
  require_uniform(mlp->hidden2->bias, kShape.hidden1);
  require_uniform(mlp->output->weight, kShape.hidden2);
  require_uniform(mlp->output->bias, kShape.hidden2);
}

TEST_CASE("every weight and every bias is a draw of its own") {
  const Mlp mlp = initialized(1);
  CHECK_FALSE(torch::equal(mlp->hidden2->weight[0], mlp->hidden2->weight[1]));
  CHECK(mlp->hidden1->bias.count_nonzero().item<std::int64_t>() > 25);
  CHECK(mlp->output->bias.count_nonzero().item<std::int64_t>() == 3);
}

TEST_CASE("the seed alone decides the first weights") {
  const Network first = copy_weights(initialized(1), kShape);
  torch::rand({10});  // torch's own generator has no part in it
  CHECK(same_bytes(copy_weights(initialized(1), kShape), first));
  CHECK_FALSE(same_bytes(copy_weights(initialized(2), kShape), first));
}

TEST_CASE("copied weights do not follow the module") {
  const Mlp mlp = initialized(1);
  const Network copied = copy_weights(mlp, kShape);
  {
    torch::NoGradGuard no_grad;
    for (torch::Tensor& parameter : mlp->parameters()) parameter.add_(1);
  }
  CHECK(same_bytes(copied, copy_weights(initialized(1), kShape)));
  CHECK_FALSE(same_bytes(copied, copy_weights(mlp, kShape)));
}

TEST_CASE("a module made from copied weights has their bits, and is in evaluation mode") {
  const Mlp mlp = initialized(1);
  const Network network = copy_weights(mlp, kShape);
  const Mlp again = make_mlp(network, torch::kCPU);
  CHECK_FALSE(again->is_training());
  CHECK(network.hidden1_weight.size() == 40 * 30);
  for (const auto& parameter : mlp->named_parameters())
    CHECK(torch::equal(again->named_parameters()[parameter.key()], parameter.value()));
}

TEST_CASE("documents without a known token get the logits that the biases make") {
  const Labelled empty = labelled({{0, {}}, {1, {}}});
  Mlp mlp = initialized(1);
  const torch::Tensor logits = mlp->forward(one_batch(empty));
  CHECK(logits.sizes() == torch::IntArrayRef{2, kShape.labels});
  require_close(elements<float>(logits), native_logits(copy_weights(mlp, kShape), empty.rows),
                1e-6);
  const torch::Tensor beside_another =
      mlp->forward(one_batch(labelled({{0, {}}, {1, {{3, 1}}}, {0, {}}})));
  require_close(elements<float>(beside_another[0]), elements<float>(logits[0]), 1e-6);
  require_close(elements<float>(beside_another[2]), elements<float>(logits[0]), 1e-6);
}

TEST_CASE("the loss is the mean of minus the logarithm of the label's softmax") {
  // Softmax of {log 1, log 3} is {1/4, 3/4}; of {1000, 1000} it is {1/2, 1/2}.
  const torch::Tensor logits = torch::tensor({{0.0f, std::log(3.0f)}, {1000.0f, 1000.0f}});
  const torch::Tensor labels = torch::tensor({0, 1}, torch::kInt64);
  CHECK(cross_entropy(logits, labels).item<float>() ==
        Approx((std::log(4.0) + std::log(2.0)) / 2).epsilon(1e-6));
}

TEST_CASE("the module and the loops without LibTorch agree on trained networks") {
  for (const NetworkShape& shape :
       {NetworkShape{200, 1, 1, 2}, NetworkShape{200, 3, 2, 20}, NetworkShape{200, 100, 100, 2},
        NetworkShape{200, 100, 100, 20}, NetworkShape{200, 64, 300, 20}}) {
    INFO(shape.hidden1 << "-" << shape.hidden2 << "-" << shape.labels);
    const Labelled documents = random_documents(150, shape.inputs, shape.labels, 3);
    TrainingOptions options;
    options.hidden1 = shape.hidden1;
    options.hidden2 = shape.hidden2;
    options.epochs = 3;
    options.batch_size = 32;
    options.lr = 0.01;
    options.device = kCpu;
    const Network network =
        train_mlp({documents, std::nullopt, shape.inputs, shape.labels}, options, no_observer)
            .network;
    REQUIRE(network.shape == shape);
    const std::vector<float> module = mlp_logits(network, documents.rows, kCpu, 1);
    const std::vector<float> native = native_logits(network, documents.rows);
    require_close(native, module, 1e-4);
    CHECK(labels_of(native, shape.labels) == labels_of(module, shape.labels));
  }
}
