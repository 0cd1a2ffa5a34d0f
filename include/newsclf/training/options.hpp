// SPDX-License-Identifier: MIT
// The inputs and results of training, without LibTorch.
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

/// The device of the tensors: `auto` (CUDA if available), `cpu`, `cuda` or `cuda:N`.
struct DeviceChoice {
  enum Kind { kAuto, kCpu, kCuda } kind = kAuto;
  int index = 0;  ///< of the CUDA device
};

/// Returns `options` with unset values chosen by the preset and from the number of training
/// documents and labels. Small collections need small batches and many epochs to get enough steps;
/// large ones always get enough. The weight decay falls with the number of steps, so that the total
/// decay is the same.
TrainingOptions resolve_options(TrainingOptions options, std::int64_t documents,
                                std::int64_t labels);

/// The learning rate that `resolve_options` chooses for a batch size.
double usual_lr(std::int64_t batch_size);

/// The number of steps per epoch; the batch size must be set.
std::int64_t steps_an_epoch(const TrainingOptions& options, std::int64_t documents);

/// Rows and the ids of their labels.
struct LabelledRows {
  RowsView rows;
  std::span<const std::int32_t> labels;  ///< one per row
};

/// The weights that networks start from instead of random ones, where there are such.
struct StartWeights {
  /// For each of `TrainingData::all_perceptron_inputs`, then for the linear member if there is one:
  /// at least as many members of the same sizes, for other columns and labels; null: none.
  std::vector<const Network*> networks;
  std::vector<std::int32_t> columns;  ///< for each column, its place in `networks`; -1: none
  std::vector<std::int32_t> labels;   ///< for each label, its id in `networks`; -1: none
  float first_factor = 1;             ///< of the weights of the first layers
};

struct TrainingData {
  LabelledRows train;
  std::optional<LabelledRows> held_out;   ///< scored after every epoch, never trained on
  std::int64_t inputs;                    ///< number of columns of the rows
  std::int64_t labels;                    ///< number of labels
  std::vector<float> label_weights = {};  ///< weights in the loss, one per label; empty: all 1
  std::vector<ColumnRange> perceptron_inputs = {};  ///< a network for each; empty: all columns
  std::optional<ColumnRange> linear_inputs = {};    ///< of the linear member, if there is one
  bool rescales_parts = false;                      ///< see `Ensemble::rescales_parts`
  /// One flag per training document: the members that fit a temperature do not learn from it. These
  /// are the first perceptron, if there are several, and the linear member. Empty: all learn.
  std::span<const char> left_out = {};
  /// Null: all weights are random. The learning rate of the linear member is otherwise independent
  /// of that of the perceptrons; with a start it is proportional to it.
  const StartWeights* start = nullptr;
  /// Stop after this many epochs, although the learning rate schedule spans all; 0: run all.
  std::int64_t stop_after = 0;
  /// Called with rows of `train` some steps before they are used, in the order in which they are
  /// used; null: they are in memory.
  std::function<void(std::span<const std::int64_t> rows)> read_ahead = {};

  /// `perceptron_inputs`, also if there is one network on all columns.
  std::vector<ColumnRange> all_perceptron_inputs() const {
    if (!perceptron_inputs.empty()) return perceptron_inputs;
    return {{0, static_cast<std::int32_t>(inputs)}};
  }
};

/// Estimates the bytes of main memory that training takes besides the documents: the weights, the
/// optimizer's state and LibTorch. `options` must be resolved.
std::int64_t training_memory(const TrainingOptions& options, const TrainingData& data);

/// The progress of training; reported after every step, and with `epoch_end` after every epoch.
struct TrainingProgress {
  std::int64_t epoch;      ///< from 1
  std::int64_t epochs;     ///< total number
  std::int64_t documents;  ///< trained on in this epoch so far
  double elapsed_s;        ///< since the first step
  const EpochRecord* epoch_end = nullptr;
  /// Set once, if training diverged in `epoch`: the learning rate with which it continues from the
  /// end of the previous epoch.
  std::optional<double> lowered_lr = {};
};
using TrainingObserver = std::function<void(const TrainingProgress&)>;

struct TrainingResult {
  Ensemble ensemble;
  TrainingOptions options;  ///< as used, with all unset values chosen
  std::vector<EpochRecord> epochs;
  std::int64_t best_epoch = 0;  ///< `ensemble` has the weights after this epoch
  std::string device;           ///< the device used, for example `cuda:0`
  /// Set if training stopped early because the loss or a weight was no longer finite even at the
  /// lowered learning rate: the epoch in which that happened. `ensemble` then has the weights after
  /// the previous epoch; it is empty if this is epoch 1.
  std::optional<std::int64_t> diverged_in_epoch;
};

}  // namespace newsclf
