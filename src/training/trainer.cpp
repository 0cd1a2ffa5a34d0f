// SPDX-License-Identifier: MIT
#include "training/trainer.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <tuple>

#include "newsclf/error/error.hpp"
#include "newsclf/parallel/process_group.hpp"
#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/workers.hpp"
#include "parallel/agreement.hpp"
#include "training/gathered_arrays.hpp"
#include "training/learners.hpp"
#include "training/rates.hpp"
#include "training/side_by_side.hpp"
#include "training/state_arrays.hpp"

namespace newsclf {
namespace {

/// The factor of the learning rate after training diverged.
constexpr double kLowering = 0.1;

/// After so many steps the learners wait for each other, and training asks for a checkpoint.
constexpr std::int64_t kStepsBetweenCheckpoints = 32;

/// Many reads at once keep a disk busy; the rows of so many batches take little memory.
constexpr std::int64_t kStepsReadAhead = 64;

/// A training, or a part of one.
struct Task {
  const TrainingData& data;
  const TrainingOptions& options;
  torch::Device device;
  Workers& workers;
  const TrainingObserver& observer;
  std::int64_t lowered_from = 0;  ///< lower the learning rate from this epoch on; 0: never
  TrainingCheckpoints* checkpoints = nullptr;  ///< null: none
  const TrainingState* state = nullptr;        ///< to begin with; null: the beginning
  ProcessGroup* processes = nullptr;           ///< null: there is only this one
};

/// The place in `epochs` of the best one: the highest accuracy, then the lowest loss, on the
/// held-out documents, then the first.
std::size_t best_of(const std::vector<EpochRecord>& epochs) {
  const auto quality = [](const EpochRecord& epoch) {
    return std::tuple(epoch.valid_accuracy, -epoch.valid_loss.value_or(0));
  };
  return static_cast<std::size_t>(std::ranges::max_element(epochs, {}, quality) - epochs.begin());
}

/// The generator of the dropout on CUDA.
class DeviceGenerator {
 public:
  DeviceGenerator(torch::Device device, std::uint64_t seed) {
    // On the CPU nothing is drawn by LibTorch, and a CUDA build would start the driver for this.
    if (!device.is_cuda()) return;
    torch::manual_seed(seed);
    generator_ = at::globalContext().defaultGenerator(device);
  }
  /// Adds what `restore` puts back.
  void add_state(StateArrays& state) {
    if (!generator_.defined()) return;
    state_ = generator_.get_state();
    state.add("device_generator", state_);
  }
  void restore() {
    if (generator_.defined()) generator_.set_state(state_);
  }

 private:
  at::Generator generator_;
  torch::Tensor state_;
};

/// @throws Error if `order` does not have every number below its size
void check_order(std::vector<std::int64_t> order) {
  std::ranges::sort(order);
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order[i] != static_cast<std::int64_t>(i))
      throw Error("checkpoint", "its order of the documents lacks a document");
}

/// @throws Error if `state` cannot be one of this training
void check_state(const TrainingState& state, const TrainingData& data,
                 const TrainingOptions& options, torch::Device device) {
  const auto require = [](bool holds, const std::string& problem) {
    if (!holds) throw Error("checkpoint", problem);
  };
  require(state.device == device.str(),
          "its training ran on " + state.device + ", this one runs on " + device.str());
  const std::int64_t epochs = data.stop_after > 0 ? data.stop_after : options.epochs;
  require(state.epoch >= 1 && state.epoch <= epochs, "there is no such epoch");
  require(state.step >= 0 && state.step <= steps_an_epoch(options, std::ssize(data.train.labels)),
          "there is no such step");
  require(std::ssize(state.epochs) == state.epoch - 1, "an epoch is missing");
}

/// Trains to the last step, or until it diverges; then the result has no network.
TrainingResult train_once(const Task& task) {
  const auto& [data, options, device, workers, observer, lowered_from, checkpoints, state,
               processes] = task;
  at::set_num_threads(1);  // see `Learners::take_step`; `workers` share the large computations
  DeviceGenerator generator(device, options.seed);
  Random random(options.seed);
  std::vector<std::int64_t> order = all_rows(data.train.rows);
  const auto documents = static_cast<std::int64_t>(order.size());
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const std::int64_t steps = steps_an_epoch(options, documents);
  double linear_path = Rates::kLinearPath;
  if (data.start != nullptr) linear_path *= *options.lr / usual_lr(options.batch_size);
  const Rates rates(options, options.epochs * steps, linear_path);
  Learners learners(data, options, rates, device, random, workers, processes);

  const std::int64_t last_epoch = data.stop_after > 0 ? data.stop_after : options.epochs;
  const bool early_stop = data.held_out && options.patience > 0;
  TrainingResult result;
  result.options = options;
  result.device = device.str();
  const auto add_state = [&](StateArrays& arrays) {
    arrays.add("order", std::span(order));
    arrays.add("random", random);
    generator.add_state(arrays);
    learners.add_state(arrays);
  };
  std::int64_t first_epoch = 1, done_of_first_epoch = 0;
  if (state != nullptr) {  // valid only until `checkpoints` is used
    first_epoch = state->epoch;
    done_of_first_epoch = state->step;
    result.epochs = state->epochs;
    if (early_stop && !result.epochs.empty()) learners.keep_weights();
    StateArrays arrays;
    add_state(arrays);
    arrays.restore(processes == nullptr ? state->arrays : own_arrays(state->arrays, *processes));
    generator.restore();
    check_order(order);
  }
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed_s = [&, before = state != nullptr ? state->elapsed_s : 0] {
    return before + std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (std::int64_t epoch = first_epoch; epoch <= last_epoch; ++epoch) {
    const double factor = lowered_from != 0 && epoch >= lowered_from ? kLowering : 1;
    EpochRecord record;
    record.epoch = epoch;
    const std::int64_t first_step = (epoch - 1) * steps;
    record.lr = factor * rates.of_perceptrons(first_step);
    const bool goes_on = state != nullptr && epoch == first_epoch;
    if (!goes_on) random.shuffle(std::span(order));
    const auto rows_of = [&](std::int64_t step) {
      const std::size_t begin = static_cast<std::size_t>(step) * batch_size;
      return std::span(order).subspan(begin, std::min(batch_size, order.size() - begin));
    };
    std::int64_t step = goes_on ? done_of_first_epoch : 0;
    // Begins to read the rows of the steps that come before `step + kStepsReadAhead`.
    auto read_ahead = [&, next = step](std::int64_t i) mutable {
      if (!data.read_ahead) return;
      for (; next < std::min(i + kStepsReadAhead, steps); ++next) data.read_ahead(rows_of(next));
    };
    std::int64_t seen = std::min(step * options.batch_size, documents);
    while (step < steps) {
      const std::int64_t stop =
          checkpoints != nullptr ? std::min(step + kStepsBetweenCheckpoints, steps) : steps;
      take_side_by_side(
          {.first = step,
           .steps = stop,
           .learners = learners.count_apart(),
           .prepare =
               [&](std::int64_t i) {
                 read_ahead(i);
                 learners.build(rows_of(i), first_step + i);
               },
           .take = [&](std::size_t apart,
                       std::int64_t i) { learners.take_step(apart, first_step + i, factor); },
           .taken =
               [&](std::int64_t i) {
                 seen += std::ssize(rows_of(i));
                 observer({epoch, last_epoch, seen, elapsed_s()});
               }},
          workers);
      step = stop;
      // All processes take part in a checkpoint.
      if (checkpoints != nullptr && holds_in_any(processes, checkpoints->is_due())) {
        StateArrays arrays;
        add_state(arrays);
        const GatheredArrays of_all(arrays.tensors(), processes);
        checkpoints->save({{epoch, step, lowered_from, elapsed_s(), result.device, result.epochs},
                           of_all.tensors()});
      }
    }

    record.loss = learners.take_loss() / static_cast<double>(documents * learners.perceptrons());
    // Called even if nothing reads the weights now: decay in two parts rounds differently.
    const bool finite = learners.catch_up(workers);
    if (data.held_out) learners.score(*data.held_out, record);
    if (!finite || !std::isfinite(record.loss) || !std::isfinite(record.valid_loss.value_or(0))) {
      result.diverged_in_epoch = epoch;
      return result;
    }
    result.epochs.push_back(record);
    observer({epoch, last_epoch, seen, elapsed_s(), &record});
    if (!early_stop) continue;
    const std::int64_t best = result.epochs[best_of(result.epochs)].epoch;
    if (best == epoch) learners.keep_weights();
    if (epoch - best >= options.patience) break;
  }
  result.best_epoch = last_epoch;
  if (early_stop) {
    result.best_epoch = result.epochs[best_of(result.epochs)].epoch;
    learners.restore_weights();
  }
  result.ensemble = learners.ensemble();
  return result;
}

}  // namespace

TrainingResult train_ensemble(const TrainingData& data, const TrainingOptions& given,
                              const DeviceChoice& device_choice, Workers& workers,
                              const TrainingObserver& observer, TrainingCheckpoints* checkpoints,
                              ProcessGroup* processes) {
  const torch::Device device = resolve_device(device_choice);
  const TrainingOptions options =
      resolve_options(given, static_cast<std::int64_t>(data.train.rows.size()), data.labels);
  const TrainingState* state = checkpoints != nullptr ? checkpoints->begin() : nullptr;
  if (state != nullptr) check_state(*state, data, options, device);
  std::int64_t first = state != nullptr ? state->lowered_from : 0;
  TrainingResult result;
  if (first == 0) {
    result =
        train_once({data, options, device, workers, observer, 0, checkpoints, state, processes});
    if (!result.diverged_in_epoch) return result;
    first = *result.diverged_in_epoch;
    state = nullptr;
    observer({first, options.epochs, 0, 0, nullptr, *options.lr * kLowering});
  }

  // The same seed gives the same state: to go back to an epoch, train again up to it.
  const TrainingObserver from_there_on = [&](const TrainingProgress& progress) {
    if (progress.epoch >= first) observer(progress);
  };
  result = train_once(
      {data, options, device, workers, from_there_on, first, checkpoints, state, processes});
  if (!result.diverged_in_epoch) return result;

  const std::int64_t second = *result.diverged_in_epoch;
  if (second > 1) {
    TrainingData until_then = data;
    until_then.stop_after = second - 1;
    TrainingOptions to_the_end = options;
    to_the_end.patience = 0;
    const TrainingObserver none = [](const TrainingProgress&) {};
    result = train_once(
        {until_then, to_the_end, device, workers, none, first, nullptr, nullptr, processes});
    result.options = options;
  }
  result.diverged_in_epoch = second;
  return result;
}

}  // namespace newsclf
