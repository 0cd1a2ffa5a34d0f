// SPDX-License-Identifier: MIT
// Softmax regression, alone and as the linear member of an ensemble, and documents that some
// members leave out.
#include "training/small_training.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr NetworkShape kShape{40, 0, 0, 3};

std::shared_ptr<SoftmaxRegressionImpl> regression(const NetworkShape& shape = kShape) {
  return std::make_shared<SoftmaxRegressionImpl>(shape);
}

Batch one_batch(const Labelled& documents, Columns numbering = Columns::kVocabulary) {
  std::vector<std::int64_t> all(documents.rows.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return BatchBuilder(documents, all_of(kShape.inputs), torch::kCPU).build(all, numbering);
}

torch::Tensor dense(const Labelled& documents) {
  torch::Tensor matrix = torch::zeros({std::ssize(documents.labels), kShape.inputs});
  for (std::size_t r = 0; r < documents.labels.size(); ++r) {
    const SparseRow row = documents.rows.row(r);
    for (std::size_t k = 0; k < row.columns.size(); ++k)
      matrix[static_cast<std::int64_t>(r)][row.columns[k]] = row.values[k];
  }
  return matrix;
}

/// Softmax regression over dense rows, with torch's own loss and AdamW. With `row_rmsprop`, the
/// weights move by its formula.
struct DenseRegression {
  torch::Tensor weight = torch::zeros({kShape.inputs, kShape.labels}).requires_grad_();
  torch::Tensor bias = torch::zeros({kShape.labels}).requires_grad_();
  torch::Tensor mean_square = torch::zeros({kShape.inputs, 1});
  int steps = 0;

  torch::Tensor loss(const Labelled& documents) const {
    const torch::Tensor labels =
        torch::tensor(std::vector<std::int64_t>(documents.labels.begin(), documents.labels.end()));
    return torch::nn::functional::cross_entropy(dense(documents).matmul(weight) + bias, labels);
  }

  void step_rows(const torch::Tensor& touched, double lr, double weight_decay) {
    torch::NoGradGuard no_grad;
    constexpr double kBeta = 0.999, kEps = 1e-8;
    const torch::Tensor gradient = weight.grad();
    const torch::Tensor square = gradient.square().mean(1, true);
    mean_square = torch::where(touched, kBeta * mean_square + (1 - kBeta) * square, mean_square);
    const double size = lr * std::sqrt(1 - std::pow(kBeta, ++steps));
    weight.mul_(1 - lr * weight_decay);
    weight.sub_(size * gradient / (mean_square.sqrt() + kEps));
  }
};

void require_dense_steps(OptimizerKind kind, double weight_decay) {
  Workers workers(2);
  const auto module = regression();
  const auto optimizer =
      make_optimizer({.kind = kind, .weight_decay = weight_decay}, module, workers);
  DenseRegression expected;
  const bool adam = kind == OptimizerKind::kAdam;
  torch::optim::AdamW of_weight({expected.weight},
                                torch::optim::AdamWOptions().weight_decay(weight_decay));
  torch::optim::AdamW of_bias({expected.bias}, torch::optim::AdamWOptions().weight_decay(0));
  for (std::uint64_t step = 0; step < 8; ++step) {
    const Labelled documents = random_documents(6, kShape.inputs, kShape.labels, step);
    const double lr = 0.02 / static_cast<double>(step + 1);
    const torch::Tensor loss =
        take_step(*optimizer, one_batch(documents, optimizer->columns()), lr);
    of_weight.zero_grad();
    of_bias.zero_grad();
    const torch::Tensor same_loss = expected.loss(documents);
    same_loss.backward();
    CHECK(loss.item<float>() == Approx(same_loss.item<float>()).epsilon(1e-5));
    for (torch::optim::AdamW* const adamw : {&of_weight, &of_bias})
      static_cast<torch::optim::AdamWOptions&>(adamw->param_groups()[0].options()).lr(lr);
    of_bias.step();
    if (adam)
      of_weight.step();
    else
      expected.step_rows(dense(documents).ne(0).any(0).unsqueeze(1), lr, weight_decay);
  }
  optimizer->catch_up();
  require_close(elements<float>(module->first->weight), elements<float>(expected.weight), 1e-5);
  require_close(elements<float>(module->first->bias), elements<float>(expected.bias), 1e-5);
  CHECK(module->first->weight.abs().max().item<float>() > 0.02f);
}

// ---- ensembles ---------------------------------------------------------------------------------

constexpr std::int64_t kColumns = 200;

TrainingOptions three_members() {
  TrainingOptions options = small_options();
  options.members = 3;
  options.dropout = 0.5;
  options.weight_decay = 0.5;
  options.batch_size = 16;
  options.lr = 0.01;
  options.epochs = 3;
  return options;
}

/// Two networks of perceptrons that read different columns, and a linear one that reads all.
TrainingData mixed(const Labelled& documents) {
  TrainingData data{documents, std::nullopt, kColumns, kLabels};
  data.perceptron_inputs = {{0, 120}, {60, 200}};
  data.linear_inputs = ColumnRange{0, 200};
  data.rescales_parts = true;
  return data;
}

/// The weights of the first layer of one member, row by row.
std::vector<float> first_layer_of(const Network& network, std::size_t member) {
  const auto width = static_cast<std::size_t>(network.shape.width());
  const auto units = static_cast<std::size_t>(network.shape.hidden1);
  std::vector<float> weights;
  for (std::size_t row = 0; row < static_cast<std::size_t>(network.shape.inputs); ++row) {
    const auto own = network.first_weight.subspan(row * width + member * units, units);
    weights.insert(weights.end(), own.begin(), own.end());
  }
  return weights;
}

/// Whether a member has the same weights in both networks.
bool same_member(const Network& a, const Network& b, std::size_t member) {
  const auto part = [&](std::span<const float> values) {
    const std::size_t size = values.size() / static_cast<std::size_t>(a.shape.members);
    return values.subspan(member * size, size);
  };
  return first_layer_of(a, member) == first_layer_of(b, member) &&
         std::ranges::equal(part(a.first_bias), part(b.first_bias)) &&
         std::ranges::equal(part(a.hidden2_weight), part(b.hidden2_weight)) &&
         std::ranges::equal(part(a.output_weight), part(b.output_weight)) &&
         std::ranges::equal(part(a.output_bias), part(b.output_bias));
}

}  // namespace

TEST_CASE("softmax regression starts with weights of 0 under documented names") {
  const auto module = regression();
  std::vector<std::string> names;
  for (const auto& parameter : module->named_parameters()) {
    names.push_back(parameter.key());
    CHECK(parameter.value().eq(0).all().item<bool>());
  }
  CHECK(names == std::vector<std::string>{"linear.weight", "linear.bias"});
  CHECK(module->first->weight.sizes() == torch::IntArrayRef{40, 3});
  const torch::Tensor logits =
      module->forward(one_batch(random_documents(5, kShape.inputs, kShape.labels, 1)));
  CHECK(logits.sizes() == torch::IntArrayRef{1, 5, 3});
  CHECK(logits.eq(0).all().item<bool>());
}

TEST_CASE("steps of softmax regression equal those of torch on dense rows") {
  for (const auto& kind : kOptimizers)
    for (const double weight_decay : {0.0, 0.5}) {
      INFO(kind.name << ", weight decay " << weight_decay);
      require_dense_steps(kind.value, weight_decay);
    }
}

TEST_CASE("fused steps of softmax regression and steps with autograd change all weights equally") {
  Workers workers(2);
  const auto fused = regression(), gathered = regression();
  const OptimizerOptions options{.weight_decay = 0.5};
  const auto one = make_optimizer(options, fused, workers);
  const auto other = make_gathered_rmsprop(options, gathered);
  for (std::uint64_t step = 0; step < 10; ++step) {
    const Batch batch =
        one_batch(random_documents(6, kShape.inputs, kShape.labels, step), Columns::kTouched);
    take_step(*one, batch, 0.01);
    take_step(*other, batch, 0.01);
  }
  one->catch_up();
  other->catch_up();
  require_close(elements<float>(fused->first->weight), elements<float>(gathered->first->weight),
                1e-4);
  require_close(elements<float>(fused->first->bias), elements<float>(gathered->first->bias), 1e-4);
}

TEST_CASE("softmax regression learns a separable problem") {
  const Labelled documents = labelled({{0, {{0, 1}, {3, 1}}},
                                       {0, {{0, 1}, {4, 2}}},
                                       {1, {{1, 1}, {3, 1}}},
                                       {2, {{2, 1}, {4, 1}}},
                                       {2, {}}});
  Workers workers(1);
  for (const auto& kind : kOptimizers) {
    INFO(kind.name);
    const auto module = regression();
    const auto optimizer = make_optimizer({.kind = kind.value}, module, workers);
    const Batch batch = one_batch(documents, optimizer->columns());
    for (int step = 0; step < 200; ++step) take_step(*optimizer, batch, 0.05);
    optimizer->catch_up();
    const Network network = share_weights(*module);
    CHECK(network.shape == kShape);
    CHECK(network.first_weight.data() == module->first->weight.const_data_ptr<float>());
    CHECK(predicted(network, documents.rows) == documents.labels);
    CHECK(mean_cross_entropy(network, documents) < 0.1);
  }
}

TEST_CASE("a module made from a linear network has its weights") {
  const Network network = tiny_with_linear().ensemble.networks.back();
  const SparseNetwork module = make_module(network, torch::kCPU);
  CHECK_FALSE(module->is_training());
  CHECK(same_bytes(copy_weights(*module), [&] {
    Network from_0 = network;
    from_0.first_column = 0;
    return from_0;
  }()));
}

TEST_CASE("an ensemble has the trained networks with their columns and shares") {
  const Labelled documents = random_documents(60, kColumns, kLabels, 1);
  const Ensemble ensemble = train_on_cpu(mixed(documents), three_members()).ensemble;
  REQUIRE(ensemble.networks.size() == 3);
  CHECK(ensemble.networks[0].shape == NetworkShape{120, 24, 12, kLabels, 3});
  CHECK(ensemble.networks[1].shape == NetworkShape{140, 24, 12, kLabels, 3});
  CHECK(ensemble.networks[2].shape == NetworkShape{200, 0, 0, kLabels});
  CHECK(ensemble.networks[0].columns() == ColumnRange{0, 120});
  CHECK(ensemble.networks[1].columns() == ColumnRange{60, 200});
  CHECK(ensemble.networks[2].columns() == ColumnRange{0, 200});
  CHECK(ensemble.rescales_parts);
  REQUIRE(ensemble.shares.size() == 7);
  CHECK(std::accumulate(ensemble.shares.begin(), ensemble.shares.end(), 0.0) == Approx(1));
  CHECK(std::ranges::count(ensemble.shares, ensemble.shares.front()) == 6);
  CHECK(ensemble.shares.back() > ensemble.shares.front());
}

TEST_CASE("modules and the built-in forward pass agree on ensembles with a linear member") {
  const Labelled documents = random_documents(150, kColumns, kLabels, 2);
  for (const bool rescales_parts : {false, true})
    for (const auto& optimizer : kOptimizers) {
      INFO(optimizer.name << ", rescales " << rescales_parts);
      TrainingData data = mixed(documents);
      data.rescales_parts = rescales_parts;
      TrainingOptions options = three_members();
      options.optimizer = optimizer.value;
      Ensemble ensemble = train_on_cpu(data, options).ensemble;
      for (const float temperature : {1.0f, 0.5f}) {
        ensemble.temperature = temperature;
        const std::vector<float> native = native_logits(ensemble, documents.rows);
        require_close(native, module_logits(ensemble, documents.rows), 1e-4);
        CHECK(module_logits(ensemble, documents.rows, kCpu, 2) ==
              module_logits(ensemble, documents.rows));
      }
      Ensemble linear = ensemble.networks.back();
      require_close(native_logits(linear, documents.rows), module_logits(linear, documents.rows),
                    1e-5);
      linear.shares = {1};
      CHECK(module_logits(linear, {}).empty());
    }
}

TEST_CASE("held-out documents are scored with the whole ensemble") {
  const Labelled documents = random_documents(60, kColumns, kLabels, 3);
  const Labelled held_out = random_documents(40, kColumns, kLabels, 4);
  TrainingData data = mixed(documents);
  data.held_out = held_out;
  const TrainingResult result = train_on_cpu(data, three_members());
  CHECK(result.epochs.back().valid_loss ==
        Approx(mean_cross_entropy(result.ensemble, held_out)).epsilon(1e-5));
  CHECK(same_bytes(result.ensemble, train_on_cpu(mixed(documents), three_members()).ensemble));
}

TEST_CASE("the linear member learns and does not change the perceptrons") {
  const Labelled documents = random_documents(60, kColumns, kLabels, 5);
  for (const auto& optimizer : kOptimizers) {
    INFO(optimizer.name);
    TrainingOptions options = three_members();
    options.optimizer = optimizer.value;
    options.epochs = 30;
    const Ensemble with = train_on_cpu(mixed(documents), options).ensemble;
    const Ensemble linear = with.networks.back();
    CHECK(mean_cross_entropy(linear, documents) < 0.9 * std::log(4.0));
    TrainingData data = mixed(documents);
    data.linear_inputs.reset();
    const Ensemble without = train_on_cpu(data, options).ensemble;
    REQUIRE(without.networks.size() == 2);
    for (std::size_t n = 0; n < 2; ++n) CHECK(same_bytes(with.networks[n], without.networks[n]));
  }
}

TEST_CASE("the trained bytes of an ensemble with a linear member do not depend on the threads") {
  const Labelled documents = random_documents(300, kColumns, kLabels, 6);
  std::vector<char> left_out(300, 0);
  for (std::size_t d = 0; d < left_out.size(); d += 16) left_out[d] = 1;
  TrainingData data = mixed(documents);
  data.left_out = left_out;
  for (const auto& optimizer : kOptimizers) {
    TrainingOptions options = three_members();
    options.optimizer = optimizer.value;
    options.word_dropout = 0.1;
    options.batch_size = 64;
    const Ensemble ensemble = train_on_cpu(data, options).ensemble;
    for (const int threads : {2, 3}) {
      INFO(optimizer.name << ", " << threads << " threads");
      CHECK(same_bytes(train_on_cpu(data, options, no_observer, threads).ensemble, ensemble));
    }
  }
}

TEST_CASE("the linear member and the first perceptron do not learn from left-out documents") {
  const Labelled documents = random_documents(60, kColumns, kLabels, 7);
  Labelled changed = documents;
  std::vector<char> left_out(60, 0);
  for (const std::size_t d : {0u, 7u, 8u, 31u, 59u}) {
    left_out[d] = 1;
    changed.labels[d] = (documents.labels[d] + 1) % static_cast<std::int32_t>(kLabels);
  }
  // A label's weight must not matter either.
  const std::vector<float> no_weights, weights = {1, 2, 0.5f, 4};
  for (const auto& [optimizer, label_weights] :
       {std::pair(kOptimizers[0], no_weights), std::pair(kOptimizers[1], no_weights),
        std::pair(kOptimizers[0], weights), std::pair(kOptimizers[1], weights)}) {
    INFO(optimizer.name << ", label weights " << !label_weights.empty());
    TrainingOptions options = three_members();
    options.optimizer = optimizer.value;
    const auto train_with_left_out = [&](const Labelled& taught) {
      TrainingData data = mixed(taught);
      data.left_out = left_out;
      data.label_weights = label_weights;
      return train_on_cpu(data, options).ensemble;
    };
    const Ensemble one = train_with_left_out(documents), other = train_with_left_out(changed);
    CHECK(same_member(one.networks[0], other.networks[0], 0));
    CHECK_FALSE(same_member(one.networks[0], other.networks[0], 1));
    CHECK_FALSE(same_member(one.networks[0], other.networks[0], 2));
    for (const std::size_t member : {0u, 1u, 2u})
      CHECK_FALSE(same_member(one.networks[1], other.networks[1], member));
    CHECK(same_bytes(one.networks[2], other.networks[2]));
    // All members learn from the other documents.
    const Ensemble all = train_on_cpu(mixed(documents), options).ensemble;
    CHECK_FALSE(same_bytes(all.networks[2], one.networks[2]));
    CHECK_FALSE(same_member(all.networks[0], one.networks[0], 0));
  }
}

TEST_CASE("a single perceptron learns from all documents, the linear member beside it does not") {
  const Labelled documents = random_documents(40, kColumns, kLabels, 8);
  std::vector<char> left_out(40, 0);
  left_out[3] = 1;
  TrainingOptions options = three_members();
  options.members = 1;
  TrainingData data = mixed(documents);
  data.perceptron_inputs = {{0, 200}};
  const Ensemble all = train_on_cpu(data, options).ensemble;
  data.left_out = left_out;
  const Ensemble some = train_on_cpu(data, options).ensemble;
  CHECK(same_bytes(all.networks[0], some.networks[0]));
  CHECK_FALSE(same_bytes(all.networks[1], some.networks[1]));
}

TEST_CASE("batches of only left-out documents are ordinary steps") {
  const Labelled documents = random_documents(6, kColumns, kLabels, 9);
  const std::vector<char> left_out = {0, 1, 0, 1, 1, 0};
  for (const auto& optimizer : kOptimizers)
    for (const std::int64_t members : {1, 3}) {
      INFO(optimizer.name << ", " << members << " members");
      TrainingOptions options = three_members();
      options.optimizer = optimizer.value;
      options.members = members;
      options.batch_size = 1;
      options.label_smoothing = 0.1;
      TrainingData data = mixed(documents);
      data.left_out = left_out;
      data.label_weights = {1, 2, 0.5f, 4};
      const TrainingResult result = train_on_cpu(data, options);
      CHECK_FALSE(result.diverged_in_epoch);
      for (const EpochRecord& epoch : result.epochs) CHECK(std::isfinite(epoch.loss));
      for (const float logit : native_logits(result.ensemble, documents.rows))
        CHECK(std::isfinite(logit));
    }
}

TEST_CASE("a learning rate of 0 stops the perceptrons, and the loss is recorded") {
  TrainingOptions options = three_members();
  options.lr = 0;
  const Labelled documents = random_documents(20, kColumns, kLabels, 10);
  const TrainingResult result = train_on_cpu(mixed(documents), options);
  options.epochs = 1;
  CHECK(same_bytes(result.ensemble.networks[0],
                   train_on_cpu(mixed(documents), options).ensemble.networks[0]));
  CHECK(result.epochs.back().loss > 1);
}
