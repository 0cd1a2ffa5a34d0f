// SPDX-License-Identifier: MIT
#include "training/trainer.hpp"

#include <ATen/Parallel.h>

#include <chrono>
#include <cmath>
#include <tuple>

#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/workers.hpp"
#include "training/learners.hpp"
#include "training/rates.hpp"
#include "training/side_by_side.hpp"

namespace newsclf {
namespace {

/// The factor of the learning rate after training diverged.
constexpr double kLowering = 0.1;

/// Trains from the first step to the last, or until it diverges; then the result has no network.
/// @param lowered_from lower the learning rate from this epoch on; 0: never
TrainingResult train_once(const TrainingData& data, const TrainingOptions& options,
                          torch::Device device, Workers& workers, std::int64_t lowered_from,
                          const TrainingObserver& observer) {
  at::set_num_threads(1);  // see `Learners::take_step`; `workers` share the large computations
  // Of dropout on CUDA. On the CPU nothing is drawn by LibTorch, and a CUDA build would start the
  // driver for this.
  if (device.is_cuda()) torch::manual_seed(options.seed);
  Random random(options.seed);
  std::vector<std::int64_t> order = all_rows(data.train.rows);
  const auto documents = static_cast<std::int64_t>(order.size());
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const std::int64_t steps = steps_an_epoch(options, documents);
  const Rates rates(options, options.epochs * steps);
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
  for (std::int64_t epoch = 1; epoch <= last_epoch; ++epoch) {
    const double factor = lowered_from != 0 && epoch >= lowered_from ? kLowering : 1;
    EpochRecord record;
    record.epoch = epoch;
    const std::int64_t first_step = (epoch - 1) * steps;
    record.lr = factor * rates.of_perceptrons(first_step);
    random.shuffle(std::span(order));
    const auto rows_of = [&](std::int64_t step) {
      const std::size_t begin = static_cast<std::size_t>(step) * batch_size;
      return std::span(order).subspan(begin, std::min(batch_size, order.size() - begin));
    };
    std::int64_t seen = 0;
    take_side_by_side(
        {.steps = steps,
         .learners = learners.count_apart(),
         .prepare = [&](std::int64_t step) { learners.build(rows_of(step), first_step + step); },
         .take = [&](std::size_t apart,
                     std::int64_t step) { learners.take_step(apart, first_step + step, factor); },
         .taken =
             [&](std::int64_t step) {
               seen += std::ssize(rows_of(step));
               observer({epoch, last_epoch, seen, elapsed_s()});
             }},
        workers);

    record.loss = learners.take_loss() / static_cast<double>(documents * learners.perceptrons());
    // Called even if nothing reads the weights now: decay in two parts rounds differently.
    const bool finite = learners.catch_up(workers);
    if (data.held_out) learners.score(*data.held_out, record);
    if (!finite || !std::isfinite(record.loss) || !std::isfinite(record.valid_loss.value_or(0))) {
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

}  // namespace newsclf
