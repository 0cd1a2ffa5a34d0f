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

/// Scores `data` into `record`.
void score(Mlp& mlp, const LabelledRows& data, std::int64_t inputs, torch::Device device,
           EpochRecord& record) {
  torch::NoGradGuard no_grad;
  mlp->eval();
  BatchBuilder batches(data, inputs, device);
  torch::Tensor right = torch::zeros({}, torch::dtype(torch::kInt64).device(device));
  torch::Tensor loss = torch::zeros({}, torch::dtype(torch::kFloat64).device(device));
  in_batches(all_rows(data.rows), kScoringBatch, [&](std::span<const std::int64_t> rows) {
    const Batch batch = batches.build(rows, Columns::kVocabulary);
    const torch::Tensor logits = ensemble_logits(mlp->forward(batch));
    right += logits.argmax(1).eq(batch.labels).sum();
    loss += cross_entropy(logits.unsqueeze(0), batch.labels) * static_cast<double>(rows.size());
  });
  mlp->train();
  const auto documents = static_cast<double>(data.rows.size());
  record.valid_accuracy = static_cast<double>(right.item<std::int64_t>()) / documents;
  record.valid_loss = loss.item<double>() / documents;
}

bool all_finite(const Mlp& mlp) {
  // A sum is not finite if one of its terms is not, and needs no copy of the weights.
  return std::ranges::all_of(mlp->parameters(), [](const torch::Tensor& parameter) {
    return std::isfinite(parameter.sum().item<float>());
  });
}

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

  const NetworkShape shape{data.inputs, options.hidden1, options.hidden2, data.labels,
                           options.members};
  Mlp mlp(MlpOptions{shape, options.dropout, random.next()});
  mlp->initialize(random, workers);
  mlp->to(device);
  mlp->train();
  OptimizerOptions optimizing{
      options.optimizer, *options.weight_decay, {options.label_smoothing, {}}};
  if (!data.label_weights.empty())
    optimizing.loss.label_weights = torch::tensor(data.label_weights).to(device);
  const auto optimizer = make_optimizer(optimizing, mlp, workers);
  // A separate generator, so that its numbers do not depend on other draws.
  constexpr std::uint64_t kForWords = 0x9E3779B97F4A7C15u;
  BatchBuilder batches(data.train, data.inputs, device, options.word_dropout,
                       options.seed ^ kForWords);
  std::vector<std::int64_t> order = all_rows(data.train.rows);

  const auto documents = static_cast<std::int64_t>(order.size());
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const std::int64_t steps = options.epochs * steps_an_epoch(options, documents);
  const auto lr_of = [&](std::int64_t epoch, std::int64_t step) {
    double lr = *options.lr;
    if (options.lr_schedule == LrSchedule::kLinear)
      lr *= 1 - static_cast<double>(step) / static_cast<double>(steps);
    return lowered_from != 0 && epoch >= lowered_from ? lr * kLowering : lr;
  };
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
    EpochRecord record;
    record.epoch = epoch;
    record.lr = lr_of(epoch, step);
    random.shuffle(std::span(order));
    torch::Tensor loss_sum = torch::zeros({}, torch::dtype(torch::kFloat64).device(device));
    std::int64_t seen = 0;
    // Another thread builds each batch during the step of the previous one; with only one thread,
    // the batch is built on demand.
    std::span<const std::int64_t> rest = order;
    const auto begin_next = [&]() -> std::future<Batch> {
      const auto rows = rest.first(std::min(batch_size, rest.size()));
      rest = rest.subspan(rows.size());
      if (rows.empty()) return {};
      return run_aside([&, rows] { return batches.build(rows, optimizer->columns()); },
                       workers.threads() > 1);
    };
    for (std::future<Batch> next = begin_next(); next.valid();) {
      const Batch batch = next.get();
      next = begin_next();
      const std::int64_t rows = batch.labels.size(0);
      loss_sum += optimizer->gradients(batch) * static_cast<double>(rows);
      optimizer->apply(lr_of(epoch, step++));
      seen += rows;
      observer({epoch, last_epoch, seen, elapsed_s()});
    }

    record.loss = loss_sum.item<double>() / static_cast<double>(documents * options.members);
    // Called even if nothing reads the weights now: decay in two parts rounds differently.
    optimizer->catch_up();
    if (data.held_out) score(mlp, *data.held_out, data.inputs, device, record);
    if (!std::isfinite(record.loss) || !std::isfinite(record.valid_loss.value_or(0)) ||
        !all_finite(mlp)) {
      result.diverged_in_epoch = epoch;
      result.network = {};
      return result;
    }
    result.epochs.push_back(record);
    // The best epoch has the highest accuracy, then the lowest loss, on the held-out documents.
    const bool better = best.epoch == 0 || std::tuple(record.valid_accuracy, best.valid_loss) >
                                               std::tuple(best.valid_accuracy, record.valid_loss);
    if (early_stop && better) {
      best = record;
      result.network = copy_weights(mlp, shape);
    }
    observer({epoch, last_epoch, seen, elapsed_s(), &record});
    if (early_stop && epoch - best.epoch >= options.patience) break;
  }
  result.best_epoch = early_stop ? best.epoch : last_epoch;
  if (!early_stop) result.network = share_weights(mlp, shape);
  return result;
}

}  // namespace

TrainingResult train_mlp(const TrainingData& data, const TrainingOptions& given,
                         const DeviceChoice& device_choice, Workers& workers,
                         const TrainingObserver& observer) {
  const torch::Device device = resolve_device(device_choice);
  const TrainingOptions options =
      resolve_size(given, static_cast<std::int64_t>(data.train.rows.size()), data.labels);
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

ForwardPass mlp_forward(const Network& network, const DeviceChoice& choice, int threads) {
  const torch::Device device = resolve_device(choice);
  return [mlp = make_mlp(network, device), device, temperature = network.temperature,
          threads](const RowsView& rows) mutable {
    torch::NoGradGuard no_grad;
    const std::vector<std::int32_t> no_labels(rows.size(), 0);
    BatchBuilder batches({rows, no_labels}, mlp->hidden1->weight.size(0), device);
    std::vector<float> all;
    in_batches(all_rows(rows), kScoringBatch, [&](std::span<const std::int64_t> piece) {
      const Batch batch = batches.build(piece, Columns::kVocabulary);
      at::set_num_threads(threads);
      const torch::Tensor sums = mlp->hidden1->forward(mlp->hidden1->weight, batch);
      at::set_num_threads(1);  // as in training: bit-identical for any number of threads
      const torch::Tensor logits = (ensemble_logits(mlp->forward_from_sums(sums)) / temperature)
                                       .to(torch::kCPU)
                                       .contiguous();
      const auto* const values = logits.const_data_ptr<float>();
      all.insert(all.end(), values, values + logits.numel());
    });
    return all;
  };
}

}  // namespace newsclf
