// SPDX-License-Identifier: MIT
// How a network is trained: options and results, without LibTorch.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/model/network.hpp"
#include "newsclf/model/training_record.hpp"
#include "newsclf/names/choice.hpp"

namespace newsclf {

enum class OptimizerKind {
  kAdam,      ///< Adam over all weights (Kingma & Ba, 2015)
  kLazyAdam,  ///< the same, but the first layer's rows move only in steps whose batch holds them
  kRowAdam,   ///< the same as that, but all weights of such a row share one second moment
};
inline constexpr Choice<OptimizerKind> kOptimizers[] = {
    {"adam", OptimizerKind::kAdam},
    {"lazy-adam", OptimizerKind::kLazyAdam},
    {"row-adam", OptimizerKind::kRowAdam},
};

enum class LrSchedule {
  kLinear,    ///< falls linearly from `lr` to 0 over the whole training
  kConstant,  ///< stays at `lr`
};
inline constexpr Choice<LrSchedule> kLrSchedules[] = {
    {"linear", LrSchedule::kLinear},
    {"constant", LrSchedule::kConstant},
};

/// Where tensors live: `auto` (CUDA if there is any), `cpu`, `cuda` or `cuda:N`.
struct DeviceChoice {
  enum Kind { kAuto, kCpu, kCuda } kind = kAuto;
  int index = 0;  ///< of the CUDA device
};

struct TrainingOptions {
  std::int64_t hidden1 = 100;  ///< units of the first hidden layer
  std::int64_t hidden2 = 100;  ///< units of the second hidden layer
  std::int64_t members = 0;    ///< networks that are averaged; 0: see `resolve_size`
  double dropout = 0.5;        ///< share of a hidden layer's units dropped in a step; 0: none
  double word_dropout = 0;     ///< share of a document's tokens dropped in a step; 0: none
  OptimizerKind optimizer = OptimizerKind::kRowAdam;  ///< how gradients move the weights
  std::int64_t epochs = 0;        ///< passes over the training documents; 0: see `resolve_size`
  std::int64_t batch_size = 0;    ///< documents a step; 0: see `resolve_size`
  std::optional<double> lr = {};  ///< rate of the first step; unset: see `resolve_size`
  LrSchedule lr_schedule = LrSchedule::kLinear;  ///< how the rate goes on
  /// Decoupled: share of every weight lost in a step, divided by the rate; unset: see
  /// `resolve_size`.
  std::optional<double> weight_decay = {};
  double label_smoothing = 0;             ///< share of the truth that is given to all labels alike
  std::vector<float> label_weights = {};  ///< in the loss, one a label; empty: all 1
  std::int64_t patience = 0;  ///< epochs without a better held-out accuracy that end the training,
                              ///< which then keeps the best one; 0: all epochs, and the last one
  std::int64_t stop_after = 0;  ///< epochs, though the schedule of the rate spans `epochs`; 0: all
  std::uint64_t seed = 0;       ///< of initial weights, order of documents, dropout
  int threads = 1;              ///< that compute; see `available_threads`
  DeviceChoice device{};        ///< where
};

/// `options` with what was left open set by the number of training documents and of labels. Small
/// collections need small batches and many passes to get enough steps, large ones get enough of
/// them in any case; the weight decay falls with the steps, so that weights shrink alike in all.
TrainingOptions resolve_size(TrainingOptions options, std::int64_t documents, std::int64_t labels);

/// Steps of an epoch; the batch size is set.
std::int64_t steps_an_epoch(const TrainingOptions& options, std::int64_t documents);

/// Bytes of main memory that a training takes beside its documents, about: the weights, what the
/// optimizer keeps of each, LibTorch. What is left open in `options` is resolved.
std::int64_t training_memory(const TrainingOptions& options, std::int64_t inputs,
                             std::int64_t labels);

/// Rows with the ids of their labels.
struct LabelledRows {
  const SparseRows& rows;
  std::span<const std::int32_t> labels;  ///< one a row
};

struct TrainingData {
  LabelledRows train;
  std::optional<LabelledRows> held_out;  ///< scored after every epoch; its labels never learned
  std::int64_t inputs;                   ///< columns of the rows
  std::int64_t labels;                   ///< distinct labels
};

/// Where training stands; sent after every step, and with `epoch_end` after every epoch.
struct TrainingProgress {
  std::int64_t epoch;      ///< from 1
  std::int64_t epochs;     ///< that there will be
  std::int64_t documents;  ///< trained on in this epoch so far
  double elapsed_s;        ///< since the first step
  const EpochRecord* epoch_end = nullptr;
  /// Set once where the training diverged in `epoch`: the rate at which it goes on from the end of
  /// the epoch before.
  std::optional<double> lowered_lr = {};
};
using TrainingObserver = std::function<void(const TrainingProgress&)>;

struct TrainingResult {
  Network network;
  TrainingOptions options;  ///< as they were used: nothing is left to the data
  std::vector<EpochRecord> epochs;
  std::int64_t best_epoch = 0;  ///< the epoch that `network` is the state after
  std::string device;           ///< that was used, for example `cuda:0`
  /// Set where training stopped early because the loss or a weight was no longer finite, at the
  /// lowered rate too: the epoch in which it happened. `network` is then the state after the epoch
  /// before; empty in epoch 1.
  std::optional<std::int64_t> diverged_in_epoch;
};

}  // namespace newsclf
