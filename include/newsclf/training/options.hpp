// SPDX-License-Identifier: MIT
// What a training is given and what it returns, without LibTorch.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/model/network.hpp"
#include "newsclf/model/training_options.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// Where tensors live: `auto` (CUDA if there is any), `cpu`, `cuda` or `cuda:N`.
struct DeviceChoice {
  enum Kind { kAuto, kCpu, kCuda } kind = kAuto;
  int index = 0;  ///< of the CUDA device
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
  RowsView rows;
  std::span<const std::int32_t> labels;  ///< one per row
};

struct TrainingData {
  LabelledRows train;
  std::optional<LabelledRows> held_out;   ///< scored after every epoch; its labels never learned
  std::int64_t inputs;                    ///< columns of the rows
  std::int64_t labels;                    ///< distinct labels
  std::vector<float> label_weights = {};  ///< in the loss, one per label; empty: all 1
  /// Epochs after which to stop, though the schedule of the rate spans all; 0: none earlier.
  std::int64_t stop_after = 0;
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
