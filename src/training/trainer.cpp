// SPDX-License-Identifier: MIT
#include "training/trainer.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <numeric>
#include <tuple>

#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/workers.hpp"
#include "training/batch.hpp"
#include "training/mlp.hpp"
#include "training/optimizer.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kScoringBatch = 4096;
/// The factor of the learning rate after training diverged.
constexpr double kLowering = 0.1;

std::vector<std::int64_t> all_rows(const RowsView& rows) {
  std::vector<std::int64_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

/// Calls `visit` with consecutive pieces of `rows`; the last one may be shorter.
template <typename Visit>
void in_batches(std::span<const std::int64_t> rows, std::size_t batch_size, const Visit& visit) {
  for (std::size_t begin = 0; begin < rows.size(); begin += batch_size)
    visit(rows.subspan(begin, std::min(batch_size, rows.size() - begin)));
}

/// The weight of the linear member in the mean probability.
constexpr double kLinearShare = 0.5;
// Same, beside perceptrons with different inputs.
constexpr double kLinearShareOfMany = 0.25;

/// A network in training.
struct Learner {
  SparseNetwork network;
  ColumnRange columns;
  std::unique_ptr<BatchBuilder> batches;
  std::unique_ptr<Optimizer> optimizer;
};

/// The batches of one step, one per learner.
using StepBatches = std::vector<Batch>;

/// How the learning rates change from step to step; steps count from 0.
class Rates {
 public:
  Rates(const TrainingOptions& options, std::int64_t steps)
      : lr_(*options.lr),
        falls_(options.lr_schedule == LrSchedule::kLinear),
        steps_(static_cast<double>(steps)),
        linear_steps_(std::ceil(steps_ / 3)),
        linear_lr_(2 * kLinearPath / (linear_steps_ + 1)) {}

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
    return std::min(weight_decay * all_rates / kLinearPath, kMostInAStep / linear_lr_);
  }

 private:
  /// The sum of the learning rates of the linear member. A step of RMSprop moves a weight by about
  /// the learning rate, so that this bounds the weights, like a regularization.
  static constexpr double kLinearPath = 0.15;

  double lr_;
  bool falls_;
  double steps_, linear_steps_, linear_lr_;
};

/// The networks of an ensemble in training.
class Learners {
 public:
  Learners(const TrainingData& data, const TrainingOptions& options, const Rates& rates,
           torch::Device device, Random& random, Workers& workers)
      : data_(data), rates_(rates) {
    OptimizerOptions optimizing{
        options.optimizer, *options.weight_decay, {options.label_smoothing, {}}};
    if (!data.label_weights.empty())
      optimizing.loss.label_weights = torch::tensor(data.label_weights).to(device);
    // A separate generator, so that its numbers do not depend on other draws.
    constexpr std::uint64_t kForWords = 0x9E3779B97F4A7C15u;
    const auto add = [&](SparseNetwork network, ColumnRange columns, bool leaves_out) {
      network->to(device);
      network->train();
      BatchOptions reading{columns, data.rescales_parts, options.word_dropout,
                           (options.seed ^ kForWords) + learners_.size()};
      if (leaves_out) reading.left_out = data.left_out;
      reading.members = network->shape.members;
      learners_.push_back({network, columns,
                           std::make_unique<BatchBuilder>(data.train, reading, device),
                           make_optimizer(optimizing, network, workers)});
    };
    for (const ColumnRange& columns : data.all_perceptron_inputs()) {
      const NetworkShape shape{columns.size(), options.hidden1, options.hidden2, data.labels,
                               options.members};
      Mlp mlp(MlpOptions{shape, options.dropout, random.next()});
      mlp->initialize(random, workers);
      add(mlp.ptr(), columns, learners_.empty() && options.members > 1);
    }
    if (data.linear_inputs) {
      const ColumnRange columns = *data.linear_inputs;
      optimizing.weight_decay = rates.linear_decay(optimizing.weight_decay);
      add(std::make_shared<SoftmaxRegressionImpl>(NetworkShape{columns.size(), 0, 0, data.labels}),
          columns, true);
    }
  }

  StepBatches build(std::span<const std::int64_t> rows, std::int64_t step) {
    StepBatches batches;
    for (const Learner& learner : learners_)
      if (learns(learner, step))
        batches.push_back(learner.batches->build(rows, learner.optimizer->columns()));
    return batches;
  }

  /// Computes the gradients; returns the loss of the perceptrons, summed over them.
  torch::Tensor gradients(const StepBatches& batches) {
    torch::Tensor sum;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const torch::Tensor loss = learners_[i].optimizer->gradients(batches[i]);
      if (!learners_[i].network->shape.is_linear()) sum = sum.defined() ? sum + loss : loss;
    }
    return sum;
  }

  /// @param factor of the learning rates
  void apply(std::int64_t step, double factor) {
    for (const Learner& learner : learners_)
      if (learns(learner, step)) learner.optimizer->apply(factor * rate(learner, step));
  }

  void catch_up() {
    for (const Learner& learner : learners_) learner.optimizer->catch_up();
  }

  bool all_finite() const {
    // A sum is not finite if one of its terms is not, and needs no copy of the weights.
    return std::ranges::all_of(learners_, [](const Learner& learner) {
      return std::ranges::all_of(learner.network->parameters(), [](const torch::Tensor& parameter) {
        return std::isfinite(parameter.sum().item<float>());
      });
    });
  }

  /// The weights, as views or as copies.
  Ensemble ensemble(bool copy) const {
    Ensemble ensemble;
    ensemble.rescales_parts = data_.rescales_parts;
    ensemble.shares = shares();
    for (const auto& [network, columns, batches, optimizer] : learners_) {
      ensemble.networks.push_back(copy ? copy_weights(*network) : share_weights(*network));
      ensemble.networks.back().first_column = columns.first;
    }
    return ensemble;
  }

  /// See `Ensemble::shares`.
  std::vector<double> shares() const {
    const double of_linear = !data_.linear_inputs                       ? 0
                             : data_.all_perceptron_inputs().size() > 1 ? kLinearShareOfMany
                                                                        : kLinearShare;
    const double of_perceptron = (1 - of_linear) / static_cast<double>(perceptrons());
    std::vector<double> shares;
    for (const Learner& learner : learners_) {
      const NetworkShape& shape = learner.network->shape;
      shares.insert(shares.end(), static_cast<std::size_t>(shape.members),
                    shape.is_linear() ? of_linear : of_perceptron);
    }
    return shares;
  }

  std::int64_t perceptrons() const {
    std::int64_t count = 0;
    for (const Learner& learner : learners_)
      if (!learner.network->shape.is_linear()) count += learner.network->shape.members;
    return count;
  }

  /// Scores `data` into `record`.
  void score(const LabelledRows& data, torch::Device device, EpochRecord& record) const {
    torch::NoGradGuard no_grad;
    std::vector<BatchBuilder> builders;
    for (const Learner& learner : learners_) {
      learner.network->eval();
      builders.emplace_back(data, BatchOptions{learner.columns, data_.rescales_parts}, device);
    }
    const std::vector<double> of_members = shares();
    torch::Tensor right = torch::zeros({}, torch::dtype(torch::kInt64).device(device));
    torch::Tensor loss = torch::zeros({}, torch::dtype(torch::kFloat64).device(device));
    in_batches(all_rows(data.rows), kScoringBatch, [&](std::span<const std::int64_t> rows) {
      std::vector<torch::Tensor> logits;
      torch::Tensor labels;
      for (std::size_t i = 0; i < learners_.size(); ++i) {
        const Batch batch = builders[i].build(rows, Columns::kVocabulary);
        logits.push_back(learners_[i].network->forward(batch));
        labels = batch.labels;
      }
      const torch::Tensor all = ensemble_logits(torch::cat(logits), of_members);
      right += all.argmax(1).eq(labels).sum();
      loss += cross_entropy(all.unsqueeze(0), labels) * static_cast<double>(rows.size());
    });
    for (const Learner& learner : learners_) learner.network->train();
    const auto documents = static_cast<double>(data.rows.size());
    record.valid_accuracy = static_cast<double>(right.item<std::int64_t>()) / documents;
    record.valid_loss = loss.item<double>() / documents;
  }

 private:
  /// Only the linear member may end its training early.
  bool learns(const Learner& learner, std::int64_t step) const {
    return !learner.network->shape.is_linear() || rate(learner, step) > 0;
  }
  double rate(const Learner& learner, std::int64_t step) const {
    return learner.network->shape.is_linear() ? rates_.of_linear(step)
                                              : rates_.of_perceptrons(step);
  }

  const TrainingData& data_;
  const Rates& rates_;
  std::vector<Learner> learners_;
};

/// Trains from the first step to the last, or until it diverges; then the result has no network.
/// @param lowered_from lower the learning rate from this epoch on; 0: never
TrainingResult train_once(const TrainingData& data, const TrainingOptions& options,
                          torch::Device device, Workers& workers, std::int64_t lowered_from,
                          const TrainingObserver& observer) {
  // LibTorch splits sums differently for each number of threads, so it uses one thread to give the
  // same result for any number. `workers` share the large computations.
  at::set_num_threads(1);
  // Of dropout on CUDA. On the CPU nothing is drawn by LibTorch, and a CUDA build would start the
  // driver for this.
  if (device.is_cuda()) torch::manual_seed(options.seed);
  Random random(options.seed);
  std::vector<std::int64_t> order = all_rows(data.train.rows);
  const auto documents = static_cast<std::int64_t>(order.size());
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const Rates rates(options, options.epochs * steps_an_epoch(options, documents));
  Learners learners(data, options, rates, device, random, workers);

  const std::int64_t last_epoch = data.stop_after > 0 ? data.stop_after : options.epochs;
  const bool early_stop = data.held_out && options.patience > 0;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed_s = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  EpochRecord best;
  TrainingResult result;
  result.options = options;
  result.device = device.str();
  std::int64_t step = 0;
  for (std::int64_t epoch = 1; epoch <= last_epoch; ++epoch) {
    const double factor = lowered_from != 0 && epoch >= lowered_from ? kLowering : 1;
    EpochRecord record;
    record.epoch = epoch;
    record.lr = factor * rates.of_perceptrons(step);
    random.shuffle(std::span(order));
    torch::Tensor loss_sum = torch::zeros({}, torch::dtype(torch::kFloat64).device(device));
    std::int64_t seen = 0;
    // Another thread builds each batch during the step of the previous one; with only one thread,
    // the batch is built on demand.
    std::span<const std::int64_t> rest = order;
    std::int64_t next_step = step;
    const auto begin_next = [&]() -> std::future<StepBatches> {
      const auto rows = rest.first(std::min(batch_size, rest.size()));
      rest = rest.subspan(rows.size());
      if (rows.empty()) return {};
      return run_aside(
          [&learners, rows, of_step = next_step++] { return learners.build(rows, of_step); },
          workers.threads() > 1);
    };
    for (std::future<StepBatches> next = begin_next(); next.valid();) {
      const StepBatches batches = next.get();
      next = begin_next();
      const std::int64_t rows = batches.front().offsets.size(0);
      loss_sum += learners.gradients(batches) * static_cast<double>(rows);
      learners.apply(step++, factor);
      seen += rows;
      observer({epoch, last_epoch, seen, elapsed_s()});
    }

    record.loss = loss_sum.item<double>() / static_cast<double>(documents * learners.perceptrons());
    // Called even if nothing reads the weights now: decay in two parts rounds differently.
    learners.catch_up();
    if (data.held_out) learners.score(*data.held_out, device, record);
    if (!std::isfinite(record.loss) || !std::isfinite(record.valid_loss.value_or(0)) ||
        !learners.all_finite()) {
      result.diverged_in_epoch = epoch;
      result.ensemble = {};
      return result;
    }
    result.epochs.push_back(record);
    // The best epoch has the highest accuracy, then the lowest loss, on the held-out documents.
    const bool better = best.epoch == 0 || std::tuple(record.valid_accuracy, best.valid_loss) >
                                               std::tuple(best.valid_accuracy, record.valid_loss);
    if (early_stop && better) {
      best = record;
      result.ensemble = learners.ensemble(true);
    }
    observer({epoch, last_epoch, seen, elapsed_s(), &record});
    if (early_stop && epoch - best.epoch >= options.patience) break;
  }
  result.best_epoch = early_stop ? best.epoch : last_epoch;
  if (!early_stop) result.ensemble = learners.ensemble(false);
  return result;
}

}  // namespace

TrainingResult train_ensemble(const TrainingData& data, const TrainingOptions& given,
                              const DeviceChoice& device_choice, Workers& workers,
                              const TrainingObserver& observer) {
  const torch::Device device = resolve_device(device_choice);
  const TrainingOptions options =
      resolve_options(given, static_cast<std::int64_t>(data.train.rows.size()), data.labels);
  TrainingResult result = train_once(data, options, device, workers, 0, observer);
  if (!result.diverged_in_epoch) return result;

  // The same seed gives the same state: to go back to an epoch, train again up to it.
  const std::int64_t first = *result.diverged_in_epoch;
  observer({first, options.epochs, 0, 0, nullptr, *options.lr * kLowering});
  const auto from_there_on = [&](const TrainingProgress& progress) {
    if (progress.epoch >= first) observer(progress);
  };
  result = train_once(data, options, device, workers, first, from_there_on);
  if (!result.diverged_in_epoch) return result;

  const std::int64_t second = *result.diverged_in_epoch;
  if (second > 1) {
    TrainingData until_then = data;
    until_then.stop_after = second - 1;
    TrainingOptions to_the_end = options;
    to_the_end.patience = 0;
    result =
        train_once(until_then, to_the_end, device, workers, first, [](const TrainingProgress&) {});
    result.options = options;
  }
  result.diverged_in_epoch = second;
  return result;
}

ForwardPass module_forward(const Ensemble& ensemble, const DeviceChoice& choice, int threads) {
  const torch::Device device = resolve_device(choice);
  std::vector<std::pair<SparseNetwork, BatchOptions>> networks;
  for (const Network& network : ensemble.networks)
    networks.push_back(
        {make_module(network, device), BatchOptions{network.columns(), ensemble.rescales_parts}});
  return [networks = std::move(networks), device, temperature = ensemble.temperature,
          shares = ensemble.all_shares(), threads](const RowsView& rows) {
    torch::NoGradGuard no_grad;
    const std::vector<std::int32_t> no_labels(rows.size(), 0);
    std::vector<float> all;
    in_batches(all_rows(rows), kScoringBatch, [&](std::span<const std::int64_t> piece) {
      std::vector<torch::Tensor> of_networks;
      for (const auto& [network, reading] : networks) {
        const Batch batch =
            BatchBuilder({rows, no_labels}, reading, device).build(piece, Columns::kVocabulary);
        at::set_num_threads(threads);
        const torch::Tensor sums = network->first->forward(network->first->weight, batch);
        at::set_num_threads(1);  // as in training: bit-identical for any number of threads
        of_networks.push_back(network->forward_from_sums(sums));
      }
      const torch::Tensor logits = (ensemble_logits(torch::cat(of_networks), shares) / temperature)
                                       .to(torch::kCPU)
                                       .contiguous();
      const auto* const values = logits.const_data_ptr<float>();
      all.insert(all.end(), values, values + logits.numel());
    });
    return all;
  };
}

}  // namespace newsclf
