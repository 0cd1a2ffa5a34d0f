// SPDX-License-Identifier: MIT
#include "training/mlp.hpp"

#include "training/optimizer.hpp"
#include "training/support.hpp"
#include "training/trainer.hpp"

#include <array>
#include <cmath>
#include <map>
#include <set>

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr NetworkShape kShape{40, 30, 20, 3, 2};
const std::vector<double> kEqual = {0.5, 0.5};  // shares of two members

Mlp initialized(std::uint64_t seed, double dropout = 0, const NetworkShape& shape = kShape) {
  Mlp mlp(MlpOptions{shape, dropout});
  Random random(seed);
  Workers alone(1);
  mlp->initialize(random, alone);
  return mlp;
}

/// All of `documents` as one batch.
Batch one_batch(const Labelled& documents, Columns numbering = Columns::kVocabulary) {
  std::vector<std::int64_t> all;
  for (std::size_t r = 0; r < documents.rows.size(); ++r)
    all.push_back(static_cast<std::int64_t>(r));
  return BatchBuilder(documents, all_of(kShape.inputs), torch::kCPU).build(all, numbering);
}

constexpr NetworkShape kAlone{kShape.inputs, kShape.hidden1, kShape.hidden2, kShape.labels};

Mlp alone(std::uint64_t seed) { return initialized(seed, 0, kAlone); }

/// An ensemble of two members with copies of the weights of two single networks.
Mlp side_by_side(const Mlp& first, const Mlp& second) {
  Mlp both(MlpOptions{kShape, 0});
  torch::NoGradGuard no_grad;
  both->first->weight.copy_(torch::cat({first->first->weight, second->first->weight}, 1));
  both->first->bias.copy_(torch::cat({first->first->bias, second->first->bias}));
  both->hidden2->weight.copy_(torch::cat({first->hidden2->weight, second->hidden2->weight}));
  both->hidden2->bias.copy_(torch::cat({first->hidden2->bias, second->hidden2->bias}));
  both->output->weight.copy_(torch::cat({first->output->weight, second->output->weight}));
  both->output->bias.copy_(torch::cat({first->output->bias, second->output->bias}));
  return both;
}

constexpr double kRate = 0.01;

void take_steps(Optimizer& optimizer, std::uint64_t count) {
  for (std::uint64_t step = 0; step < count; ++step) {
    const Labelled documents = random_documents(5, kShape.inputs, kShape.labels, step);
    take_step(optimizer, one_batch(documents, optimizer.columns()), kRate);
  }
  optimizer.catch_up();
}

void require_same_weights(const Mlp& actual, const Mlp& expected, double tolerance) {
  for (const auto& parameter : actual->named_parameters()) {
    INFO(parameter.key());
    require_close(elements<float>(parameter.value()),
                  elements<float>(expected->named_parameters()[parameter.key()]), tolerance);
  }
}

std::vector<std::int32_t> labels_of(const std::vector<float>& logits, std::int64_t labels) {
  std::vector<std::int32_t> result;
  const auto width = static_cast<std::size_t>(labels);
  for (std::size_t begin = 0; begin < logits.size(); begin += width)
    result.push_back(rank_labels(std::span(logits).subspan(begin, width)).front().label);
  return result;
}

}  // namespace

TEST_CASE("the parameters have documented names and shapes") {
  const Mlp mlp(MlpOptions{kShape, 0.5});
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const auto& parameter : mlp->named_parameters())
    shapes[parameter.key()] = parameter.value().sizes().vec();
  CHECK(shapes == std::map<std::string, std::vector<std::int64_t>>{{"hidden1.weight", {40, 60}},
                                                                   {"hidden1.bias", {60}},
                                                                   {"hidden2.weight", {2, 20, 30}},
                                                                   {"hidden2.bias", {2, 20}},
                                                                   {"output.weight", {2, 3, 20}},
                                                                   {"output.bias", {2, 3}}});
  CHECK(mlp->named_buffers().size() == 0);
}

TEST_CASE("dropout is random in training and off in evaluation") {
  const Batch batch = one_batch(random_documents(20, kShape.inputs, kShape.labels, 1));
  Mlp mlp = initialized(1, 0.5);
  mlp->train();
  CHECK_FALSE(torch::equal(mlp->forward(batch), mlp->forward(batch)));
  mlp->eval();
  CHECK(torch::equal(mlp->forward(batch), mlp->forward(batch)));
  CHECK(torch::equal(mlp->forward(batch), initialized(1, 0)->forward(batch)));
}

TEST_CASE("dropout zeroes units of both hidden layers and scales up the rest") {
  // One unit per layer, h1 = x and h2 = h1 + 1. With dropout 0.5, h1 becomes 0 or 2, so h2 is 1 or
  // 3 and becomes 0, 2 or 6.
  Mlp mlp(MlpOptions{{1, 1, 1, 1}, 0.5});
  {
    torch::NoGradGuard no_grad;
    for (torch::Tensor& parameter : mlp->parameters()) parameter.fill_(1);
    mlp->first->bias.zero_();
    mlp->output->bias.zero_();
  }
  Labelled ones;
  while (ones.rows.size() < 200) ones.rows.append({std::array{0}, std::array{1.0f}});
  ones.labels.resize(200);
  mlp->train();
  const std::vector<float> logits = elements<float>(mlp->forward(one_batch(ones)));
  CHECK(std::set<float>(logits.begin(), logits.end()) == std::set<float>{0, 2, 6});
}

TEST_CASE("weights are drawn uniformly from a range set by the layer's number of inputs") {
  const Mlp mlp = initialized(1);
  const auto require_uniform = [](const torch::Tensor& tensor, std::int64_t inputs) {
    const double bound = 1 / std::sqrt(static_cast<double>(inputs));
    CHECK(tensor.abs().max().item<double>() <= bound * 1.000001);
    if (tensor.numel() < 500) return;
    CHECK(tensor.max().item<double>() > 0.95 * bound);
    CHECK(tensor.min().item<double>() < -0.95 * bound);
    CHECK(tensor.std().item<double>() == Approx(bound / std::sqrt(3)).epsilon(0.1));
  };
  require_uniform(mlp->first->weight, kShape.inputs);
  require_uniform(mlp->first->bias, kShape.inputs);
  require_uniform(mlp->hidden2->weight, kShape.hidden1);
  require_uniform(mlp->hidden2->bias, kShape.hidden1);
  require_uniform(mlp->output->weight, kShape.hidden2);
  require_uniform(mlp->output->bias, kShape.hidden2);
}

TEST_CASE("every weight and bias is drawn independently") {
  const Mlp mlp = initialized(2);
  for (const torch::Tensor& parameter : mlp->parameters()) {
    const std::vector<float> values = elements<float>(parameter);
    // A few hundred draws from 2^24 possible floats hardly ever repeat.
    const std::set<float> distinct(values.begin(), values.end());
    CHECK(distinct.size() + 2 > values.size());
    CHECK_FALSE(distinct.contains(0.0f));
  }
}

TEST_CASE("the initial weights depend only on the seed") {
  const Network first = copy_weights(*initialized(1));
  torch::rand({10});  // torch's own generator is not used
  CHECK(same_bytes(copy_weights(*initialized(1)), first));
  CHECK_FALSE(same_bytes(copy_weights(*initialized(2)), first));
}

TEST_CASE("copied weights do not change with the module") {
  const Mlp mlp = initialized(1);
  const Network copied = copy_weights(*mlp);
  {
    torch::NoGradGuard no_grad;
    for (torch::Tensor& parameter : mlp->parameters()) parameter.add_(1);
  }
  CHECK(same_bytes(copied, copy_weights(*initialized(1))));
  CHECK_FALSE(same_bytes(copied, copy_weights(*mlp)));
}

TEST_CASE("shared weights are those of the module, not copies") {
  const Mlp mlp = initialized(1);
  const Network shared = share_weights(*mlp);
  CHECK(shared.first_weight.data() == mlp->first->weight.const_data_ptr<float>());
  CHECK(same_bytes(shared, copy_weights(*mlp)));
}

TEST_CASE("a module made from copied weights has equal weights and is in evaluation mode") {
  const Mlp mlp = initialized(1);
  const Network network = copy_weights(*mlp);
  const SparseNetwork again = make_module(network, torch::kCPU);
  CHECK_FALSE(again->is_training());
  CHECK(network.first_weight.size() == 40 * 60);
  for (const auto& parameter : mlp->named_parameters())
    CHECK(torch::equal(again->named_parameters()[parameter.key()], parameter.value()));
}

TEST_CASE("the logits of documents without a known token depend only on the biases") {
  const Labelled empty = labelled({{0, {}}, {1, {}}});
  Mlp mlp = initialized(1);
  const torch::Tensor logits = mlp->forward(one_batch(empty));
  CHECK(logits.sizes() == torch::IntArrayRef{kShape.members, 2, kShape.labels});
  require_close(elements<float>(ensemble_logits(logits, kEqual)),
                native_logits(copy_weights(*mlp), empty.rows), 1e-6);
  const torch::Tensor beside_another =
      mlp->forward(one_batch(labelled({{0, {}}, {1, {{3, 1}}}, {0, {}}})));
  for (const std::int64_t row : {0, 2})
    require_close(elements<float>(beside_another.select(1, row)),
                  elements<float>(logits.select(1, 0)), 1e-6);
}

TEST_CASE("the loss is the mean negative logarithm of the label's softmax") {
  // Softmax of {log 1, log 3} is {1/4, 3/4}; of {1000, 1000} it is {1/2, 1/2}.
  const torch::Tensor logits = torch::tensor({0.0f, std::log(3.0f), 1000.0f, 1000.0f});
  const torch::Tensor labels = torch::tensor({0, 1}, torch::kInt64);
  CHECK(cross_entropy(logits.view({1, 2, 2}), labels).item<float>() ==
        Approx((std::log(4.0) + std::log(2.0)) / 2).epsilon(1e-6));
}

TEST_CASE("the loss of an ensemble is the sum of its members' losses") {
  // One document of label 1; softmax gives it 3/4 in the first member, 1/5 in the second.
  const torch::Tensor logits =
      torch::tensor({0.0f, std::log(3.0f), std::log(4.0f), 0.0f}).view({2, 1, 2});
  const torch::Tensor labels = torch::tensor({1}, torch::kInt64);
  CHECK(cross_entropy(logits, labels).item<float>() ==
        Approx(-std::log(0.75) - std::log(0.2)).epsilon(1e-6));
}

TEST_CASE("label smoothing spreads a share of the target evenly over all labels") {
  // Softmax {1/4, 3/4}, the second label is true: with smoothing 0.2 the target is {0.1, 0.9}.
  const torch::Tensor logits = torch::tensor({0.0f, std::log(3.0f)}).view({1, 1, 2});
  const torch::Tensor labels = torch::tensor({1}, torch::kInt64);
  CHECK(cross_entropy(logits, labels, {.label_smoothing = 0.2}).item<float>() ==
        Approx(-0.1 * std::log(0.25) - 0.9 * std::log(0.75)).epsilon(1e-6));
}

TEST_CASE("label weights make the loss a weighted mean") {
  // Minus the logarithm of the label's softmax is log 4 for the first document, log 2 for the
  // second: label 0 weighs 3, label 1 weighs 1.
  const torch::Tensor logits = torch::tensor({0.0f, std::log(3.0f), 0.0f, 0.0f}).view({1, 2, 2});
  const torch::Tensor labels = torch::tensor({0, 1}, torch::kInt64);
  const LossOptions options{.label_weights = torch::tensor({3.0f, 1.0f})};
  CHECK(cross_entropy(logits, labels, options).item<float>() ==
        Approx((3 * std::log(4.0) + std::log(2.0)) / 4).epsilon(1e-6));
}

TEST_CASE("the loss of every member equals torch's with smoothing, weights or both") {
  torch::manual_seed(1);
  const torch::Tensor logits = torch::randn({3, 20, 5});
  const torch::Tensor labels = torch::randint(0, 5, {20}, torch::kInt64);
  const torch::Tensor weights = torch::tensor({0.5f, 1.0f, 2.0f, 4.0f, 0.25f});
  for (const LossOptions& options :
       {LossOptions{}, LossOptions{0.3, {}}, LossOptions{0, weights}, LossOptions{0.3, weights}}) {
    INFO("smoothing " << options.label_smoothing << ", weights "
                      << options.label_weights.defined());
    torch::nn::CrossEntropyLoss theirs(torch::nn::CrossEntropyLossOptions()
                                           .weight(options.label_weights)
                                           .label_smoothing(options.label_smoothing));
    double sum = 0;
    for (std::int64_t member = 0; member < 3; ++member) {
      const double loss = theirs(logits[member], labels).item<double>();
      CHECK(cross_entropy(logits.slice(0, member, member + 1), labels, options).item<float>() ==
            Approx(loss).epsilon(1e-6));
      sum += loss;
    }
    CHECK(cross_entropy(logits, labels, options).item<float>() == Approx(sum).epsilon(1e-6));
  }
}

TEST_CASE("loss and gradient without autograd equal those with autograd") {
  const torch::Tensor values = torch::arange(2 * 4 * 3).to(torch::kFloat32).sin().view({2, 4, 3});
  const torch::Tensor weights = torch::tensor({1.0f, 2.0f, 0.5f});
  const torch::Tensor same = torch::tensor({2, 0, 1, 2}, torch::kInt64);
  const torch::Tensor ignoring =
      torch::tensor({2L, kIgnored, 1L, 2L, kIgnored, kIgnored, kIgnored, kIgnored}).view({2, 4});
  for (const torch::Tensor& labels : {same, ignoring})
    for (const LossOptions& options : {LossOptions{}, LossOptions{0.1, {}}, LossOptions{0, weights},
                                       LossOptions{0.1, weights}}) {
      INFO(labels.dim() << ", smoothing " << options.label_smoothing << ", weights "
                        << options.label_weights.defined());
      const torch::Tensor logits = values.clone().requires_grad_();
      const torch::Tensor expected = cross_entropy(logits, labels, options);
      expected.backward();
      const auto [loss, gradient] = cross_entropy_with_gradient(logits, labels, options);
      CHECK(loss.item<float>() == Approx(expected.item<float>()).epsilon(1e-6));
      require_close(elements<float>(gradient), elements<float>(logits.grad()), 1e-6);
      CHECK_FALSE(gradient.requires_grad());
    }
}

TEST_CASE("each member of a network computes its logits, with the same memory") {
  Mlp both = initialized(3);
  const std::vector<SparseNetwork> members = both->members();
  REQUIRE(members.size() == 2);
  const Batch batch = one_batch(random_documents(5, kShape.inputs, kShape.labels, 1));
  const torch::Tensor expected = both->forward(batch);
  for (std::size_t m = 0; m < 2; ++m) {
    CHECK(members[m]->shape == kAlone);
    require_close(elements<float>(members[m]->forward(batch)[0]),
                  elements<float>(expected[static_cast<std::int64_t>(m)]), 1e-6);
  }
  {
    torch::NoGradGuard no_grad;
    for (const torch::Tensor& parameter : members[1]->parameters()) parameter.fill_(7);
  }
  CHECK(both->first->weight.eq(7).sum().item<std::int64_t>() == kShape.inputs * kShape.hidden1);
  CHECK(both->first->bias.eq(7).sum().item<std::int64_t>() == kShape.hidden1);
  for (const MemberLinear& layer : {both->hidden2, both->output}) {
    CHECK(layer->weight[1].eq(7).all().item<bool>());
    CHECK(layer->bias[1].eq(7).all().item<bool>());
    CHECK_FALSE(layer->weight[0].eq(7).any().item<bool>());
  }
}

TEST_CASE("members drop different units") {
  const Mlp both = initialized(4, 0.5);
  {
    torch::NoGradGuard no_grad;
    const auto equal_halves = [](const torch::Tensor& all, std::int64_t dim) {
      const auto halves = all.chunk(2, dim);
      halves[1].copy_(halves[0]);
    };
    equal_halves(both->first->weight, 1);
    equal_halves(both->first->bias, 0);
    for (const MemberLinear& layer : {both->hidden2, both->output}) {
      equal_halves(layer->weight, 0);
      equal_halves(layer->bias, 0);
    }
  }
  const Batch batch = one_batch(random_documents(5, kShape.inputs, kShape.labels, 1));
  const std::vector<SparseNetwork> members = both->members();
  CHECK_FALSE(torch::equal(members[0]->forward(batch), members[1]->forward(batch)));
  for (const SparseNetwork& member : members) member->eval();
  CHECK(torch::equal(members[0]->forward(batch), members[1]->forward(batch)));
}

TEST_CASE("the logits of an ensemble are the logarithm of its members' mean probability") {
  // Softmax of the first document is {1/4, 3/4} and {1/2, 1/2}; of the second, with an extreme
  // logit in one member, {1, 0} and {1/2, 1/2}.
  const torch::Tensor members =
      torch::tensor({0.0f, std::log(3.0f), 1000.0f, 0.0f, 5.0f, 5.0f, -7.0f, -7.0f})
          .view({2, 2, 2});
  const std::vector<float> expected{std::log(0.375f), std::log(0.625f), std::log(0.75f),
                                    std::log(0.25f)};
  require_close(elements<float>(ensemble_logits(members, kEqual)), expected, 1e-6);
}

TEST_CASE("the logits of a single member are unchanged") {
  const torch::Tensor logits = torch::tensor({1.5f, -2.0f, 0.0f, 1000.0f}).view({1, 2, 2});
  CHECK(torch::equal(ensemble_logits(logits, {1}), logits[0]));
}

TEST_CASE("the members of an ensemble train like separate networks") {
  const LossOptions loss{.label_smoothing = 0.1,
                         .label_weights = torch::tensor({1.0f, 2.0f, 0.5f})};
  for (const auto& kind : kOptimizers) {
    INFO(kind.name);
    const OptimizerOptions options{.kind = kind.value, .weight_decay = 0.5, .loss = loss};
    const Mlp first = alone(1), second = alone(2), both = side_by_side(first, second);
    for (const Mlp& mlp : {first, second, both}) {
      Workers workers(2);
      take_steps(*make_optimizer(options, mlp.ptr(), workers), 10);
    }
    require_same_weights(both, side_by_side(first, second), 1e-5);
    CHECK_FALSE(torch::allclose(first->first->weight, alone(1)->first->weight, 0, 0.02));
    if (kind.value == OptimizerKind::kAdam) continue;
    const Mlp gathered = side_by_side(alone(1), alone(2));
    take_steps(*make_gathered_rmsprop(options, gathered.ptr()), 10);
    require_same_weights(gathered, both, 1e-4);
  }
}

TEST_CASE("with row-rmsprop each member of a row has its own mean square") {
  // In the first step a member's row moves by the learning rate times its gradient over the root
  // mean square of its gradient, so scaling the output weights of one member does not affect the
  // step of the other.
  const auto moves_of_first = [&](float factor_of_second) {
    const Mlp second = alone(2);
    {
      torch::NoGradGuard no_grad;
      second->output->weight.mul_(factor_of_second);
    }
    const Mlp both = side_by_side(alone(1), second);
    const torch::Tensor before = both->first->weight.detach().clone();
    Workers workers(1);
    take_steps(*make_optimizer({.kind = OptimizerKind::kRowRmsprop}, both.ptr(), workers), 1);
    return (both->first->weight.detach() - before).slice(1, 0, kAlone.hidden1).contiguous();
  };
  const torch::Tensor moves = moves_of_first(1);
  require_close(elements<float>(moves_of_first(100)), elements<float>(moves), 1e-6);
  // The root mean square of the move of a touched row is the learning rate.
  const torch::Tensor touched = moves.square().mean(1).sqrt();
  CHECK(touched.max().item<float>() == Approx(kRate).epsilon(1e-3));
}

TEST_CASE("the module and the built-in forward pass agree on trained networks") {
  for (const NetworkShape& shape :
       {NetworkShape{200, 1, 1, 2}, NetworkShape{200, 3, 2, 20}, NetworkShape{200, 100, 100, 2},
        NetworkShape{200, 100, 100, 20}, NetworkShape{200, 64, 300, 20},
        NetworkShape{200, 1, 1, 2, 2}, NetworkShape{200, 33, 20, 5, 2},
        NetworkShape{200, 3, 2, 20, 3}, NetworkShape{200, 100, 100, 20, 3}}) {
    INFO(shape.hidden1 << "-" << shape.hidden2 << "-" << shape.labels << ", " << shape.members
                       << " members");
    const Labelled documents = random_documents(150, shape.inputs, shape.labels, 3);
    TrainingOptions options;
    options.hidden1 = shape.hidden1;
    options.hidden2 = shape.hidden2;
    options.members = shape.members;
    options.epochs = 3;
    options.batch_size = 32;
    options.lr = 0.01;
    Ensemble ensemble =
        train_on_cpu({documents, std::nullopt, shape.inputs, shape.labels}, options).ensemble;
    REQUIRE(only_network(ensemble).shape == shape);
    for (const float temperature : {1.0f, 0.5f}) {
      ensemble.temperature = temperature;
      const std::vector<float> module = module_logits(ensemble, documents.rows, kCpu, 1);
      const std::vector<float> native = native_logits(ensemble, documents.rows);
      require_close(native, module, 1e-4);
      CHECK(labels_of(native, shape.labels) == labels_of(module, shape.labels));
    }
  }
}

TEST_CASE("members may ignore documents in the loss") {
  // Softmax gives the label 3/4 and 1/2 in the first member, 1/5 and 1/2 in the second.
  const torch::Tensor logits = torch::tensor({std::log(3.0f), 0.0f, 7.0f, 7.0f,  //
                                              0.0f, std::log(4.0f), 2.0f, 2.0f})
                                   .view({2, 2, 2});
  const auto labels = [](std::int64_t first, std::int64_t second) {
    return torch::tensor({first, second, std::int64_t{0}, std::int64_t{0}}).view({2, 2});
  };
  CHECK(cross_entropy(logits, labels(0, 0)).item<float>() ==
        Approx(cross_entropy(logits, labels(0, 0)[0]).item<float>()));
  CHECK(cross_entropy(logits, labels(kIgnored, 0)).item<float>() ==
        Approx(-std::log(0.5) - (std::log(0.2) + std::log(0.5)) / 2).epsilon(1e-6));
  const LossOptions weighted{.label_weights = torch::tensor({3.0f, 1.0f})};
  CHECK(cross_entropy(logits, labels(kIgnored, 1), weighted).item<float>() ==
        Approx(-std::log(0.5) - (std::log(0.2) + std::log(0.5)) / 2).epsilon(1e-6));
  CHECK(cross_entropy(logits, labels(0, 1), weighted).item<float>() ==
        Approx(-(3 * std::log(0.75) + std::log(0.5)) / 4 - (std::log(0.2) + std::log(0.5)) / 2)
            .epsilon(1e-6));
}

TEST_CASE("a batch in which every document is ignored has the loss 0 and the gradient 0") {
  const torch::Tensor logits = torch::randn({1, 4, 3}).requires_grad_();
  const torch::Tensor labels = torch::full({1, 4}, kIgnored, torch::kInt64);
  for (const LossOptions& options :
       {LossOptions{}, LossOptions{0.3, {}}, LossOptions{0.3, torch::tensor({1.0f, 2.0f, 3.0f})}}) {
    const torch::Tensor loss = cross_entropy(logits, labels, options);
    CHECK(loss.item<float>() == 0);
    logits.mutable_grad() = torch::Tensor();
    loss.backward();
    CHECK(logits.grad().eq(0).all().item<bool>());
  }
}

TEST_CASE("the logits of an ensemble follow the shares of its members") {
  // Softmax is {1/4, 3/4}, {1/2, 1/2} and {1, 0}.
  const torch::Tensor members =
      torch::tensor({0.0f, std::log(3.0f), 5.0f, 5.0f, 1000.0f, 0.0f}).view({3, 1, 2});
  require_close(elements<float>(ensemble_logits(members, {0.5, 0.25, 0.25})),
                std::vector<float>{std::log(0.5f), std::log(0.5f)}, 1e-6);
  require_close(elements<float>(ensemble_logits(members, {0.5, 0.5, 0})),
                std::vector<float>{std::log(0.375f), std::log(0.625f)}, 1e-6);
}
