// SPDX-License-Identifier: MIT
#include "newsclf/training/trainer.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <numeric>

#include "newsclf/corpus/random.hpp"
#include "newsclf/training/batch.hpp"
#include "newsclf/training/device.hpp"
#include "newsclf/training/mlp.hpp"
#include "newsclf/training/optimizer.hpp"
#include "newsclf/training/workers.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kScoringBatch = 1024;

std::vector<std::int64_t> all_rows(const SparseRows& rows) {
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

double lr_of_step(const TrainingOptions& options, std::int64_t step, std::int64_t steps) {
  if (options.lr_schedule == LrSchedule::kConstant) return options.lr;
  return options.lr * (1 - static_cast<double>(step) / static_cast<double>(steps));
}

/// Share of `data` that the module labels right.
double accuracy_on(Mlp& mlp, const LabelledRows& data, std::int64_t inputs, torch::Device device) {
  torch::NoGradGuard no_grad;
  mlp->eval();
  BatchBuilder batches(data, inputs, device);
  torch::Tensor right = torch::zeros({}, torch::dtype(torch::kInt64).device(device));
  in_batches(all_rows(data.rows), kScoringBatch, [&](std::span<const std::int64_t> rows) {
    const Batch batch = batches.build(rows, Columns::kVocabulary);
    right += mlp->forward(batch).argmax(1).eq(batch.labels).sum();
  });
  mlp->train();
  return static_cast<double>(right.item<std::int64_t>()) / static_cast<double>(data.rows.size());
}

bool all_finite(const Mlp& mlp) {
  return std::ranges::all_of(mlp->parameters(), [](const torch::Tensor& parameter) {
    return torch::isfinite(parameter).all().item<bool>();
  });
}

class Stopwatch {
 public:
  double elapsed_s() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

TrainingOptions resolve_steps(TrainingOptions options, std::int64_t documents,
                              std::int64_t labels) {
  // Chosen by cross-validation on parts of the 20 Newsgroups training posts, 100 to 8,500 documents
  // in 2 to 20 labels: about 4,000 documents seen a label are enough.
  const std::int64_t count = std::max<std::int64_t>(documents, 1);
  if (options.batch_size == 0) {
    const auto power_of_two =
        static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(count / 48)));
    options.batch_size = std::clamp<std::int64_t>(power_of_two, 16, 128);
  }
  if (options.epochs == 0) options.epochs = std::clamp<std::int64_t>(4000 * labels / count, 10, 60);
  return options;
}

TrainingResult train_mlp(const TrainingData& data, const TrainingOptions& given,
                         const TrainingObserver& observer) {
  const TrainingOptions options =
      resolve_steps(given, static_cast<std::int64_t>(data.train.rows.size()), data.labels);
  const torch::Device device = resolve_device(options.device);
  // LibTorch divides sums differently for every number of threads; on one, the result is the same
  // for any. What is large is shared out by `workers`.
  at::set_num_threads(1);
  Workers workers(options.threads);
  torch::manual_seed(options.seed);  // dropout
  Random random(options.seed);       // everything else

  const NetworkShape shape{data.inputs, options.hidden1, options.hidden2, data.labels};
  Mlp mlp(MlpOptions{shape, options.dropout});
  mlp->initialize(random);
  mlp->to(device);
  mlp->train();
  const auto optimizer = make_optimizer(options.optimizer, mlp, workers);
  BatchBuilder batches(data.train, data.inputs, device);
  std::vector<std::int64_t> order = all_rows(data.train.rows);

  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const auto documents = static_cast<std::int64_t>(order.size());
  const std::int64_t steps_an_epoch = (documents + options.batch_size - 1) / options.batch_size;
  const Stopwatch stopwatch;
  TrainingResult result;
  result.options = options;
  result.device = device.str();
  std::int64_t step = 0;
  for (std::int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    random.shuffle(std::span(order));
    torch::Tensor loss_sum = torch::zeros({}, torch::dtype(torch::kFloat64).device(device));
    std::int64_t seen = 0;
    in_batches(order, batch_size, [&](std::span<const std::int64_t> rows) {
      const double lr = lr_of_step(options, step++, steps_an_epoch * options.epochs);
      const Batch batch = batches.build(rows, optimizer->columns());
      loss_sum += optimizer->step(batch, lr) * static_cast<double>(rows.size());
      seen += static_cast<std::int64_t>(rows.size());
      observer({epoch, options.epochs, seen, stopwatch.elapsed_s()});
    });

    EpochRecord record;
    record.epoch = epoch;
    record.loss = loss_sum.item<double>() / static_cast<double>(documents);
    if (!std::isfinite(record.loss) || !all_finite(mlp)) {
      result.diverged_in_epoch = epoch;
      return result;  // with the weights of the epoch before
    }
    if (data.held_out)
      record.valid_accuracy = accuracy_on(mlp, *data.held_out, data.inputs, device);
    result.epochs.push_back(record);
    result.network = copy_weights(mlp, shape);
    observer({epoch, options.epochs, seen, stopwatch.elapsed_s(), &record});
  }
  return result;
}

std::vector<float> mlp_logits(const Network& network, const SparseRows& rows,
                              const DeviceChoice& device_choice, int threads) {
  const torch::Device device = resolve_device(device_choice);
  torch::NoGradGuard no_grad;
  Mlp mlp = make_mlp(network, device);
  const std::vector<std::int32_t> no_labels(rows.size(), 0);
  BatchBuilder batches({rows, no_labels}, network.shape.inputs, device);
  std::vector<float> all;
  all.reserve(rows.size() * static_cast<std::size_t>(network.shape.labels));
  in_batches(all_rows(rows), kScoringBatch, [&](std::span<const std::int64_t> piece) {
    const Batch batch = batches.build(piece, Columns::kVocabulary);
    at::set_num_threads(threads);
    const torch::Tensor sums = mlp->hidden1->forward(mlp->hidden1->weight, batch);
    at::set_num_threads(1);  // as in training: no bit depends on the number of threads
    const torch::Tensor logits = mlp->forward_from_sums(sums).to(torch::kCPU).contiguous();
    const auto* const values = logits.const_data_ptr<float>();
    all.insert(all.end(), values, values + logits.numel());
  });
  return all;
}

}  // namespace newsclf
