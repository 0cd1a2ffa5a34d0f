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
#include "newsclf/text/choice.hpp"

namespace newsclf {

enum class OptimizerKind {
  kAdam,      ///< Adam over all weights (Kingma & Ba, 2015)
  kLazyAdam,  ///< the same, but the first layer's rows move only in steps whose batch holds them
};
inline constexpr Choice<OptimizerKind> kOptimizers[] = {
    {"adam", OptimizerKind::kAdam},
    {"lazy-adam", OptimizerKind::kLazyAdam},
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
  double dropout = 0.5;        ///< share of a hidden layer's units dropped in a step; 0: none
  OptimizerKind optimizer = OptimizerKind::kLazyAdam;  ///< how gradients move the weights
  std::int64_t epochs = 0;      ///< passes over the training documents; 0: see `resolve_steps`
  std::int64_t batch_size = 0;  ///< documents a step; 0: see `resolve_steps`
  double lr = 1e-3;             ///< rate of the first step
  LrSchedule lr_schedule = LrSchedule::kLinear;  ///< how the rate goes on
  std::uint64_t seed = 0;  ///< of initial weights, order of documents, dropout
  int threads = 1;         ///< that compute; see `available_threads`
  DeviceChoice device{};   ///< where
};

/// Rows with the ids of their labels.
struct LabelledRows {
  const SparseRows& rows;
  std::span<const std::int32_t> labels;  ///< one a row
};

struct TrainingData {
  LabelledRows train;
  std::optional<LabelledRows> held_out;  ///< scored after every epoch, never learned from
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
};
using TrainingObserver = std::function<void(const TrainingProgress&)>;

struct TrainingResult {
  Network network;
  TrainingOptions options;  ///< as they were used: nothing is left to the data
  std::vector<EpochRecord> epochs;
  std::string device;  ///< that was used, for example `cuda:0`
  /// Set where training stopped early because the loss or a weight was no longer finite: the epoch
  /// in which it happened. `network` is then the state after the epoch before; empty in epoch 1.
  std::optional<std::int64_t> diverged_in_epoch;
};

}  // namespace newsclf
