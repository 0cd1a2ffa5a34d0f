// SPDX-License-Identifier: MIT
#include "training/trainer.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <numeric>
#include <optional>

#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/run_aside.hpp"
#include "training/batch.hpp"
#include "training/device.hpp"
#include "training/mlp.hpp"
#include "training/optimizer.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kScoringBatch = 4096;
/// What the rate is multiplied by where a training diverges.
constexpr double kLowering = 0.1;

std::vector<std::int64_t> all_rows(const RowsView& rows) {
  std::vector<std::int64_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

/// Calls `visit` with consecutive pieces of `rows`, the last one as long as it is.
template <typename Visit>
void in_batches(std::span<const std::int64_t> rows, std::size_t batch_size, const Visit& visit) {
  for (std::size_t begin = 0; begin < rows.size(); begin += batch_size)
    visit(rows.subspan(begin, std::min(batch_size, rows.size() - begin)));
}

/// The schedule of the rate, in steps.
struct Schedule {
  const TrainingOptions& options;
  std::int64_t steps_an_epoch;
  /// From this epoch on the rate is lowered; 0: never.
  std::int64_t lowered_from = 0;

  double lr(std::int64_t epoch, std::int64_t step) const {
    double lr = *options.lr;
    if (options.lr_schedule == LrSchedule::kLinear)
      lr *= 1 - static_cast<double>(step) / static_cast<double>(steps_an_epoch * options.epochs);
    return lowered_from != 0 && epoch >= lowered_from ? lr * kLowering : lr;
  }
};

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
  // A sum is not finite where one of its terms is not; it makes no copy of the weights.
  return std::ranges::all_of(mlp->parameters(), [](const torch::Tensor& parameter) {
    return std::isfinite(parameter.sum().item<float>());
  });
}

OptimizerOptions optimizer_options(const TrainingOptions& options, const TrainingData& data,
                                   torch::Device device) {
  OptimizerOptions result{options.optimizer, *options.weight_decay, {options.label_smoothing, {}}};
  if (!data.label_weights.empty())
    result.loss.label_weights = torch::tensor(data.label_weights).to(device);
  return result;
}

/// The batches of an epoch, each built by another thread while the one before it is learnt from;
/// where there is one thread alone, when it is asked for.
class BatchesAhead {
 public:
  /// Borrows `batches` and `order`.
  BatchesAhead(BatchBuilder& batches, std::span<const std::int64_t> order, std::int64_t batch_size,
               Columns columns, bool aside)
      : batches_(batches),
        rest_(order),
        batch_size_(static_cast<std::size_t>(batch_size)),
        columns_(columns),
        aside_(aside) {
    begin_next();
  }

  /// The next batch; nothing behind the last one.
  std::optional<Batch> next() {
    if (!next_.valid()) return {};
    Batch batch = next_.get();
    begin_next();
    return batch;
  }

 private:
  void begin_next() {
    if (rest_.empty()) return;
    const auto rows = rest_.first(std::min(batch_size_, rest_.size()));
    rest_ = rest_.subspan(rows.size());
    next_ = run_aside([this, rows] { return batches_.build(rows, columns_); }, aside_);
  }

  BatchBuilder& batches_;
  std::span<const std::int64_t> rest_;
  std::size_t batch_size_;
  Columns columns_;
  bool aside_;
  std::future<Batch> next_;
};

class Stopwatch {
 public:
  double elapsed_s() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The best epoch so far, by accuracy, then by loss on the held-out documents.
class BestEpoch {
 public:
  /// Whether `record` is better than all before it.
  bool offer(const EpochRecord& record) {
    const bool better =
        best_.epoch == 0 || record.valid_accuracy > best_.valid_accuracy ||
        (record.valid_accuracy == best_.valid_accuracy && record.valid_loss < best_.valid_loss);
    if (better) best_ = record;
    return better;
  }
  std::int64_t epoch() const { return best_.epoch; }

 private:
  EpochRecord best_;
};

/// One training from the first step to the last, or to where it diverges: then without a network.
/// @param lowered_from see `Schedule`
TrainingResult train_once(const TrainingData& data, const TrainingOptions& options,
                          torch::Device device, Workers& workers, std::int64_t lowered_from,
                          const TrainingObserver& observer) {
  // LibTorch divides sums differently for every number of threads; on one, the result is the same
  // for any. What is large is shared out by `workers`.
  at::set_num_threads(1);
  torch::manual_seed(options.seed);  // dropout on CUDA
  Random random(options.seed);

  const NetworkShape shape{data.inputs, options.hidden1, options.hidden2, data.labels,
                           options.members};
  Mlp mlp(MlpOptions{shape, options.dropout, random.next()});
  mlp->initialize(random, workers);
  mlp->to(device);
  mlp->train();
  const auto optimizer = make_optimizer(optimizer_options(options, data, device), mlp, workers);
  // A generator of its own, so that it draws the same whatever else is drawn.
  constexpr std::uint64_t kForWords = 0x9E3779B97F4A7C15u;
  BatchBuilder batches(data.train, data.inputs, device,
                       {options.word_dropout, options.seed ^ kForWords});
  std::vector<std::int64_t> order = all_rows(data.train.rows);

  const auto documents = static_cast<std::int64_t>(order.size());
  const Schedule schedule{options, steps_an_epoch(options, documents), lowered_from};
  const std::int64_t last_epoch = data.stop_after > 0 ? data.stop_after : options.epochs;
  const bool early_stop = data.held_out && options.patience > 0;
  const Stopwatch stopwatch;
  BestEpoch best;
  TrainingResult result;
  result.options = options;
  result.device = device.str();
  std::int64_t step = 0;
  for (std::int64_t epoch = 1; epoch <= last_epoch; ++epoch) {
    EpochRecord record;
    record.epoch = epoch;
    record.lr = schedule.lr(epoch, step);
    random.shuffle(std::span(order));
    torch::Tensor loss_sum = torch::zeros({}, torch::dtype(torch::kFloat64).device(device));
    std::int64_t seen = 0;
    BatchesAhead ahead(batches, order, options.batch_size, optimizer->columns(),
                       workers.threads() > 1);
    while (const std::optional<Batch> batch = ahead.next()) {
      const std::int64_t rows = batch->labels.size(0);
      loss_sum += optimizer->gradients(*batch) * static_cast<double>(rows);
      optimizer->apply(schedule.lr(epoch, step++));
      seen += rows;
      observer({epoch, last_epoch, seen, stopwatch.elapsed_s()});
    }

    record.loss = loss_sum.item<double>() / static_cast<double>(documents * options.members);
    // Whether anybody looks at the weights now or not: settling them in two parts rounds otherwise.
    optimizer->catch_up();
    if (data.held_out) score(mlp, *data.held_out, data.inputs, device, record);
    if (!std::isfinite(record.loss) || !std::isfinite(record.valid_loss.value_or(0)) ||
        !all_finite(mlp)) {
      result.diverged_in_epoch = epoch;
      result.network = {};
      return result;
    }
    result.epochs.push_back(record);
    if (early_stop && best.offer(record)) result.network = copy_weights(mlp, shape);
    observer({epoch, last_epoch, seen, stopwatch.elapsed_s(), &record});
    if (early_stop && epoch - best.epoch() >= options.patience) break;
  }
  result.best_epoch = early_stop ? best.epoch() : last_epoch;
  if (!early_stop) result.network = share_weights(mlp, shape);
  return result;
}

class MlpForward : public ForwardPass {
 public:
  MlpForward(const Network& network, torch::Device device, int threads)
      : mlp_(make_mlp(network, device)),
        device_(device),
        temperature_(network.temperature),
        threads_(threads) {}

  void logits(const RowsView& rows, std::span<float> out) override {
    torch::NoGradGuard no_grad;
    const std::vector<std::int32_t> no_labels(rows.size(), 0);
    BatchBuilder batches({rows, no_labels}, mlp_->hidden1->weight.size(0), device_);
    in_batches(all_rows(rows), kScoringBatch, [&](std::span<const std::int64_t> piece) {
      const Batch batch = batches.build(piece, Columns::kVocabulary);
      at::set_num_threads(threads_);
      const torch::Tensor sums = mlp_->hidden1->forward(mlp_->hidden1->weight, batch);
      at::set_num_threads(1);  // as in training: no bit depends on the number of threads
      const torch::Tensor logits =
          (ensemble_logits(mlp_->forward_from_sums(sums)) / temperature_)
              .to(torch::kCPU)
              .contiguous();
      const auto count = static_cast<std::size_t>(logits.numel());
      std::copy_n(logits.const_data_ptr<float>(), count, out.begin());
      out = out.subspan(count);
    });
  }

 private:
  Mlp mlp_;
  torch::Device device_;
  float temperature_;
  int threads_;
};

}  // namespace

TrainingResult train_mlp(const TrainingData& data, const TrainingOptions& given,
                         const DeviceChoice& device_choice, Workers& workers,
                         const TrainingObserver& observer) {
  const torch::Device device = resolve_device(device_choice);
  const TrainingOptions options =
      resolve_size(given, static_cast<std::int64_t>(data.train.rows.size()), data.labels);
  TrainingResult result = train_once(data, options, device, workers, 0, observer);
  if (!result.diverged_in_epoch) return result;

  // The same seed leads to the same state: going back to an epoch is getting there again.
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
    result = train_once(until_then, to_the_end, device, workers, first,
                        [](const TrainingProgress&) {});
    result.options = options;
  }
  result.diverged_in_epoch = second;
  return result;
}

std::unique_ptr<ForwardPass> mlp_forward(const Network& network, const DeviceChoice& device,
                                         int threads) {
  return std::make_unique<MlpForward>(network, resolve_device(device), threads);
}

}  // namespace newsclf
