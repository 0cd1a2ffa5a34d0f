// SPDX-License-Identifier: MIT
#include "training/learners.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "newsclf/error/error.hpp"
#include "parallel/agreement.hpp"

namespace newsclf {
namespace {

/// The weight of the linear member in the mean probability.
constexpr double kLinearShare = 0.5;
// Same, beside perceptrons with different inputs.
constexpr double kLinearShareOfMany = 0.25;

/// The numbers of a tensor on the CPU or of an array, as they are in memory.
std::string_view bytes_of(const void* numbers, std::size_t bytes) {
  return {static_cast<const char*>(numbers), bytes};
}

}  // namespace

Learners::Learners(const TrainingData& data, const TrainingOptions& options, const Rates& rates,
                   torch::Device device, Random& random, Workers& workers, ProcessGroup* processes)
    : data_(data),
      options_(options),
      rates_(rates),
      device_(device),
      processes_(processes),
      share_(processes == nullptr ? ColumnShare{}
                                  : ColumnShare{processes->rank(), processes->size()}),
      are_apart_(device.is_cpu() && options.optimizer == OptimizerKind::kRowRmsprop),
      are_side_by_side_(are_apart_ && processes == nullptr) {
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
  keep_share(*network);
  network->to(device_);
  network->train();
  // A separate generator, so that its numbers do not depend on other draws.
  constexpr std::uint64_t kForWords = 0x9E3779B97F4A7C15u;
  BatchOptions reading{columns, data_.rescales_parts, options_.word_dropout,
                       (options_.seed ^ kForWords) + networks_.size()};
  if (leaves_out) reading.left_out = data_.left_out;
  reading.members = network->shape.members;
  reading.share = share_;

  const auto* const mlp = dynamic_cast<const MlpImpl*>(network.get());
  const std::vector<SparseNetwork> modules =
      are_apart_ && mlp != nullptr ? mlp->members() : std::vector{network};
  // Threads beyond the number of members share the loops of a member's steps.
  const auto members =
      static_cast<int>(data_.all_perceptron_inputs().size()) * static_cast<int>(options_.members);
  for (const SparseNetwork& module : modules) {
    Learner learner{.module = module,
                    .network = networks_.size(),
                    .member = static_cast<std::int64_t>(&module - modules.data()),
                    .is_linear = mlp == nullptr};
    if (are_side_by_side_) learner.workers = std::make_unique<Workers>(workers.threads() / members);
    learner.optimizer =
        make_optimizer(optimizing, module, are_side_by_side_ ? *learner.workers : workers);
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
    of_step[i] = are_apart_ ? batch.of_member(learner.member) : batch;
  }
}

void Learners::take_step(std::size_t apart, std::int64_t step, double factor) {
  // LibTorch splits sums differently for each number of threads, so it uses one thread to give the
  // same result for any number. The setting is one of each thread.
  if (at::get_num_threads() != 1) at::set_num_threads(1);
  const std::size_t first = are_side_by_side_ ? apart : 0;
  const std::size_t last = are_side_by_side_ ? apart + 1 : learners_.size();
  // MKL chooses its kernels in its first calls. If two threads made those at the same time, one of
  // them could compute with other kernels, which round differently.
  std::unique_lock first_step(first_step_, std::defer_lock);
  if (!std::exchange(learners_[first].has_stepped, true)) first_step.lock();
  const std::vector<Batch>& batches = batches_[static_cast<std::size_t>(step % kStepsInFlight)];
  std::vector<std::size_t> learning;
  for (std::size_t i = first; i < last; ++i)
    if (learns(learners_[i], step)) learning.push_back(i);
  std::vector<torch::Tensor> sums;
  for (const std::size_t i : learning)
    sums.push_back(learners_[i].optimizer->sum_columns(batches[i]));
  if (processes_ != nullptr) add_up(sums);
  for (std::size_t s = 0; s < learning.size(); ++s) {
    Learner& learner = learners_[learning[s]];
    const torch::Tensor loss = learner.optimizer->gradients(std::move(sums[s]));
    if (!learner.is_linear)
      learner.loss_sum.add_(loss, static_cast<double>(batches[learning[s]].offsets.size(0)));
  }
  for (const std::size_t i : learning)
    learners_[i].optimizer->apply(factor * rate(learners_[i], step));
}

void Learners::add_up(std::span<torch::Tensor> sums) const {
  std::vector<torch::Tensor> flat;
  for (const torch::Tensor& of_learner : sums) flat.push_back(of_learner.flatten());
  torch::Tensor all = torch::cat(flat).cpu();
  processes_->add_up({all.mutable_data_ptr<float>(), static_cast<std::size_t>(all.numel())});
  all = all.to(device_);
  std::int64_t begin = 0;
  for (torch::Tensor& of_learner : sums) {
    const std::int64_t size = of_learner.numel();
    // A copy: autograd starts at it.
    of_learner = all.narrow(0, begin, size).view_as(of_learner).clone();
    begin += size;
  }
}

void Learners::keep_share(SparseNetworkImpl& network) const {
  if (processes_ == nullptr) return;
  torch::NoGradGuard no_grad;
  const torch::Tensor all = network.first->weight.detach();
  network.first->weight.set_data(
      all.slice(0, share_.rank, std::nullopt, share_.processes).contiguous());
}

void Learners::gather_shares(SparseNetworkImpl& network) const {
  if (processes_ == nullptr) return;
  torch::NoGradGuard no_grad;
  const torch::Tensor own = network.first->weight.detach().cpu().contiguous();
  torch::Tensor all = torch::empty({network.shape.inputs, own.size(1)});
  const std::vector<std::string> shares =
      processes_->gather(bytes_of(own.const_data_ptr(), own.nbytes()));
  for (std::int32_t rank = 0; rank < share_.processes; ++rank) {
    const std::string& bytes = shares[static_cast<std::size_t>(rank)];
    const torch::Tensor rows = all.slice(0, rank, std::nullopt, share_.processes);
    if (bytes.size() != static_cast<std::size_t>(rows.numel()) * sizeof(float))
      throw Error("training", "another process has other weights",
                  "start the same command in all processes");
    // from_blob requires a mutable pointer but only reads from it here.
    rows.copy_(torch::from_blob(const_cast<char*>(bytes.data()), rows.sizes(), torch::kFloat32));
  }
  network.first->weight.set_data(all);
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
  // Processors of another kind may round differently; then the weights drift apart.
  if (processes_ != nullptr && !all_agree(*processes_, bytes_of(&sum, sizeof sum)))
    throw Error("training", "the processes do not compute the same loss",
                "start the same command in all processes, on machines of one kind");
  return sum;
}

bool Learners::catch_up(Workers& workers) {
  std::vector<char> finite(learners_.size());
  const auto each = [&](std::size_t i) { finite[i] = learners_[i].optimizer->catch_up(); };
  if (are_side_by_side_)
    workers.for_each(learners_.size(), 1, each);
  else
    for (std::size_t i = 0; i < learners_.size(); ++i) each(i);
  return !holds_in_any(processes_, std::ranges::count(finite, 0) > 0);
}

Ensemble Learners::ensemble() {
  Ensemble ensemble;
  ensemble.rescales_parts = data_.rescales_parts;
  ensemble.shares = shares();
  for (const TrainedNetwork& network : networks_) {
    gather_shares(*network.module);
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
    BatchOptions reading{network.columns, data_.rescales_parts};
    reading.share = share_;
    builders.emplace_back(data, reading, device_);
  }
  const std::vector<double> of_members = shares();
  torch::Tensor right = torch::zeros({}, torch::dtype(torch::kInt64).device(device_));
  torch::Tensor loss = torch::zeros({}, torch::dtype(torch::kFloat64).device(device_));
  in_batches(all_rows(data.rows), kScoringBatch, [&](std::span<const std::int64_t> rows) {
    std::vector<torch::Tensor> sums, logits;
    torch::Tensor labels;
    for (std::size_t i = 0; i < networks_.size(); ++i) {
      const Batch batch = builders[i].build(rows, Columns::kVocabulary);
      SparseLinearImpl& first = *networks_[i].module->first;
      sums.push_back(first.forward(first.weight, batch));
      labels = batch.labels;
    }
    if (processes_ != nullptr) add_up(sums);
    for (std::size_t i = 0; i < networks_.size(); ++i)
      logits.push_back(networks_[i].module->forward_from_sums(sums[i]));
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
