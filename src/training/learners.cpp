// SPDX-License-Identifier: MIT
#include "training/learners.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <string>
#include <utility>

namespace newsclf {
namespace {

/// The weight of the linear member in the mean probability.
constexpr double kLinearShare = 0.5;
// Same, beside perceptrons with different inputs.
constexpr double kLinearShareOfMany = 0.25;

}  // namespace

Learners::Learners(const TrainingData& data, const TrainingOptions& options, const Rates& rates,
                   torch::Device device, Random& random, Workers& workers)
    : data_(data),
      options_(options),
      rates_(rates),
      device_(device),
      apart_(device.is_cpu() && options.optimizer == OptimizerKind::kRowRmsprop) {
  OptimizerOptions optimizing{
      options.optimizer, *options.weight_decay, {options.label_smoothing, {}}};
  if (!data.label_weights.empty())
    optimizing.loss.label_weights = torch::tensor(data.label_weights).to(device);
  for (const ColumnRange& columns : data.all_perceptron_inputs()) {
    const NetworkShape shape{columns.size(), options.hidden1, options.hidden2, data.labels,
                             options.members};
    Mlp mlp(MlpOptions{shape, options.dropout, random.next()});
    mlp->initialize(random, workers);
    add(mlp.ptr(), columns, networks_.empty() && options.members > 1, optimizing, workers);
  }
  if (data.linear_inputs) {
    const ColumnRange columns = *data.linear_inputs;
    optimizing.weight_decay = rates.linear_decay(optimizing.weight_decay);
    add(std::make_shared<SoftmaxRegressionImpl>(NetworkShape{columns.size(), 0, 0, data.labels}),
        columns, true, optimizing, workers);
  }
}

void Learners::add(SparseNetwork network, ColumnRange columns, bool leaves_out,
                   const OptimizerOptions& optimizing, Workers& workers) {
  if (data_.start != nullptr)
    if (const Network* const old = data_.start->networks[networks_.size()]; old != nullptr)
      copy_weights(*old,
                   std::span(data_.start->columns)
                       .subspan(static_cast<std::size_t>(columns.first),
                                static_cast<std::size_t>(columns.size())),
                   data_.start->labels, data_.start->first_factor, *network);
  network->to(device_);
  network->train();
  // A separate generator, so that its numbers do not depend on other draws.
  constexpr std::uint64_t kForWords = 0x9E3779B97F4A7C15u;
  BatchOptions reading{columns, data_.rescales_parts, options_.word_dropout,
                       (options_.seed ^ kForWords) + networks_.size()};
  if (leaves_out) reading.left_out = data_.left_out;
  reading.members = network->shape.members;

  const auto* const mlp = dynamic_cast<const MlpImpl*>(network.get());
  const std::vector<SparseNetwork> modules =
      apart_ && mlp != nullptr ? mlp->members() : std::vector{network};
  // Threads beyond the number of members share the loops of a member's steps.
  const auto members =
      static_cast<int>(data_.all_perceptron_inputs().size()) * static_cast<int>(options_.members);
  for (const SparseNetwork& module : modules) {
    Learner learner{.module = module,
                    .network = networks_.size(),
                    .member = static_cast<std::int64_t>(&module - modules.data()),
                    .is_linear = mlp == nullptr};
    if (apart_) learner.workers = std::make_unique<Workers>(workers.threads() / members);
    learner.optimizer = make_optimizer(optimizing, module, apart_ ? *learner.workers : workers);
    learner.loss_sum = torch::zeros({}, torch::dtype(torch::kFloat64).device(device_));
    learners_.push_back(std::move(learner));
  }
  networks_.push_back(
      {network, columns, std::make_unique<BatchBuilder>(data_.train, reading, device_)});
}

void Learners::build(std::span<const std::int64_t> rows, std::int64_t step) {
  std::vector<Batch>& of_step = batches_[static_cast<std::size_t>(step % kStepsInFlight)];
  of_step.assign(learners_.size(), {});
  Batch batch;
  for (std::size_t i = 0; i < learners_.size(); ++i) {
    const Learner& learner = learners_[i];
    if (!learns(learner, step)) continue;
    if (learner.member == 0)
      batch = networks_[learner.network].batches->build(rows, learner.optimizer->columns());
    of_step[i] = apart_ ? batch.of_member(learner.member) : batch;
  }
}

void Learners::take_step(std::size_t apart, std::int64_t step, double factor) {
  // LibTorch splits sums differently for each number of threads, so it uses one thread to give the
  // same result for any number. The setting is one of each thread.
  if (at::get_num_threads() != 1) at::set_num_threads(1);
  const std::size_t first = apart_ ? apart : 0, last = apart_ ? apart + 1 : learners_.size();
  // MKL chooses its kernels in its first calls. If two threads made those at the same time, one of
  // them could compute with other kernels, which round differently.
  std::unique_lock first_step(first_step_, std::defer_lock);
  if (!std::exchange(learners_[first].has_stepped, true)) first_step.lock();
  const std::vector<Batch>& batches = batches_[static_cast<std::size_t>(step % kStepsInFlight)];
  for (std::size_t i = first; i < last; ++i) {
    Learner& learner = learners_[i];
    if (!learns(learner, step)) continue;
    const torch::Tensor loss = learner.optimizer->gradients(batches[i]);
    if (!learner.is_linear)
      learner.loss_sum.add_(loss, static_cast<double>(batches[i].offsets.size(0)));
  }
  for (std::size_t i = first; i < last; ++i)
    if (Learner& learner = learners_[i]; learns(learner, step))
      learner.optimizer->apply(factor * rate(learner, step));
}

double Learners::rate(const Learner& learner, std::int64_t step) const {
  return learner.is_linear ? rates_.of_linear(step) : rates_.of_perceptrons(step);
}

double Learners::take_loss() {
  double sum = 0;
  for (Learner& learner : learners_) {
    sum += learner.loss_sum.item<double>();
    learner.loss_sum.zero_();
  }
  return sum;
}

bool Learners::catch_up(Workers& workers) {
  std::vector<char> finite(learners_.size());
  const auto each = [&](std::size_t i) { finite[i] = learners_[i].optimizer->catch_up(); };
  if (apart_)
    workers.for_each(learners_.size(), 1, each);
  else
    for (std::size_t i = 0; i < learners_.size(); ++i) each(i);
  return std::ranges::count(finite, 0) == 0;
}

Ensemble Learners::ensemble() const {
  Ensemble ensemble;
  ensemble.rescales_parts = data_.rescales_parts;
  ensemble.shares = shares();
  for (const TrainedNetwork& network : networks_) {
    ensemble.networks.push_back(share_weights(*network.module));
    ensemble.networks.back().first_column = network.columns.first;
  }
  return ensemble;
}

std::vector<double> Learners::shares() const {
  const double of_linear = !data_.linear_inputs                       ? 0
                           : data_.all_perceptron_inputs().size() > 1 ? kLinearShareOfMany
                                                                      : kLinearShare;
  const double of_perceptron = (1 - of_linear) / static_cast<double>(perceptrons());
  std::vector<double> shares;
  for (const TrainedNetwork& network : networks_) {
    const NetworkShape& shape = network.module->shape;
    shares.insert(shares.end(), static_cast<std::size_t>(shape.members),
                  shape.is_linear() ? of_linear : of_perceptron);
  }
  return shares;
}

std::int64_t Learners::perceptrons() const {
  return static_cast<std::int64_t>(data_.all_perceptron_inputs().size()) * options_.members;
}

void Learners::score(const LabelledRows& data, EpochRecord& record) const {
  torch::NoGradGuard no_grad;
  std::vector<BatchBuilder> builders;
  for (const TrainedNetwork& network : networks_) {
    network.module->eval();
    builders.emplace_back(data, BatchOptions{network.columns, data_.rescales_parts}, device_);
  }
  const std::vector<double> of_members = shares();
  torch::Tensor right = torch::zeros({}, torch::dtype(torch::kInt64).device(device_));
  torch::Tensor loss = torch::zeros({}, torch::dtype(torch::kFloat64).device(device_));
  in_batches(all_rows(data.rows), kScoringBatch, [&](std::span<const std::int64_t> rows) {
    std::vector<torch::Tensor> logits;
    torch::Tensor labels;
    for (std::size_t i = 0; i < networks_.size(); ++i) {
      const Batch batch = builders[i].build(rows, Columns::kVocabulary);
      logits.push_back(networks_[i].module->forward(batch));
      labels = batch.labels;
    }
    const torch::Tensor all = ensemble_logits(torch::cat(logits), of_members);
    right += all.argmax(1).eq(labels).sum();
    loss += cross_entropy(all.unsqueeze(0), labels) * static_cast<double>(rows.size());
  });
  for (const TrainedNetwork& network : networks_) network.module->train();
  const auto documents = static_cast<double>(data.rows.size());
  record.valid_accuracy = static_cast<double>(right.item<std::int64_t>()) / documents;
  record.valid_loss = loss.item<double>() / documents;
}

void Learners::keep_weights() {
  for (TrainedNetwork& network : networks_) {
    network.kept.clear();
    for (const torch::Tensor& parameter : network.module->parameters())
      network.kept.push_back(parameter.detach().clone());
  }
}

void Learners::restore_weights() {
  torch::NoGradGuard no_grad;
  for (TrainedNetwork& network : networks_) {
    const std::vector<torch::Tensor> parameters = network.module->parameters();
    for (std::size_t i = 0; i < network.kept.size(); ++i) parameters[i].copy_(network.kept[i]);
    network.kept.clear();
  }
}

void Learners::add_state(StateArrays& state) {
  for (std::size_t n = 0; n < networks_.size(); ++n) {
    TrainedNetwork& network = networks_[n];
    const std::string name = "network." + std::to_string(n);
    for (const auto& parameter : network.module->named_parameters())
      state.add(name + '.' + parameter.key(), parameter.value());
    for (std::size_t i = 0; i < network.kept.size(); ++i)
      state.add(name + ".kept." + std::to_string(i), network.kept[i]);
    state.add(name + ".word_dropout", network.batches->random());
  }
  for (std::size_t i = 0; i < learners_.size(); ++i) {
    Learner& learner = learners_[i];
    const std::string name = "learner." + std::to_string(i);
    learner.optimizer->add_state(state, name);
    state.add(name + ".loss", learner.loss_sum);
    if (Random* const dropout = learner.module->random()) state.add(name + ".dropout", *dropout);
  }
}

}  // namespace newsclf
