// SPDX-License-Identifier: MIT
#include "newsclf/training/options.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace newsclf {
namespace {

/// The default weight decay multiplies a weight by exp(-kWholeDecay) over the whole training. This
/// helps small collections and, independent of the number of steps, does not harm rare tokens.
constexpr double kWholeDecay = 0.4;

}  // namespace

double usual_lr(std::int64_t batch_size) {
  // Grows with the square root of the batch size (Malladi et al., 2022).
  return 2e-3 * std::sqrt(static_cast<double>(batch_size) / 64);
}

std::int64_t steps_an_epoch(const TrainingOptions& options, std::int64_t documents) {
  return (documents + options.batch_size - 1) / options.batch_size;
}

TrainingOptions resolve_options(TrainingOptions options, std::int64_t documents,
                                std::int64_t labels) {
  // Chosen by cross-validation on parts of the 20 Newsgroups training posts, 200 to 8,500 documents
  // with 2 to 20 labels. The learning rate grows with the square root of the batch size, and the
  // number of epochs falls by the same factor.
  const std::int64_t count = std::max<std::int64_t>(documents, 1);
  if (options.batch_size == 0) {
    const auto power_of_two =
        static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(count / 24)));
    options.batch_size = std::clamp<std::int64_t>(power_of_two, 32, 256);
  }
  const double root = std::sqrt(static_cast<double>(options.batch_size) / 64);
  if (!options.lr) options.lr = usual_lr(options.batch_size);
  if (options.epochs == 0) {
    // About 2,000 documents seen per label are enough, in at least 5 epochs, at batch size 64.
    const std::int64_t at_64 = std::clamp<std::int64_t>(2000 * labels / count, 5, 42);
    options.epochs = std::max<std::int64_t>(std::llround(static_cast<double>(at_64) / root), 5);
  }
  if (options.members == 0) options.members = options.preset == Preset::kFast ? 1 : 3;
  if (options.inputs.empty()) {
    options.inputs = {NetworkInput::kWords};
    if (options.preset == Preset::kBest)
      options.inputs.insert(options.inputs.end(),
                            {NetworkInput::kBigrams, NetworkInput::kCharacters});
  }
  if (!options.linear)
    options.linear = options.preset == Preset::kFast ? LinearInput::kWords : LinearInput::kBigrams;
  if (!options.weight_decay) {
    const auto steps = static_cast<double>(options.epochs * steps_an_epoch(options, count));
    const bool linear = options.lr_schedule == LrSchedule::kLinear;
    const double all_rates = *options.lr * (linear ? (steps + 1) / 2 : steps);
    options.weight_decay = all_rates > 0 ? kWholeDecay / all_rates : 0;
  }
  return options;
}

std::int64_t training_memory(const TrainingOptions& options, const TrainingData& data) {
  constexpr double kLibTorch = 150e6;  // measured: 109 MB loaded, plus what it allocates
  // Doubles, because the given sizes may exceed any memory.
  const auto h1 = static_cast<double>(options.hidden1), h2 = static_cast<double>(options.hidden2);
  const auto labels = static_cast<double>(data.labels);
  double weights = data.linear_inputs ? data.linear_inputs->size() * labels : 0;
  for (const ColumnRange& columns : data.all_perceptron_inputs())
    weights += static_cast<double>(options.members) * (columns.size() * h1 + h1 * h2 + h2 * labels);
  double copies = 1;                                           // the weight
  if (options.optimizer == OptimizerKind::kAdam) copies += 3;  // its moments, its gradient
  if (options.patience > 0) copies += 1;                       // the best epoch's
  if (data.start != nullptr) copies += 1;                      // the start's, unpacked
  const double bytes = kLibTorch + sizeof(float) * weights * copies;
  return static_cast<std::int64_t>(std::min(bytes, 9e18));
}

}  // namespace newsclf
