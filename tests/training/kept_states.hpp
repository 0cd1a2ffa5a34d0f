// SPDX-License-Identifier: MIT
// Trainings whose states are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "newsclf/training/checkpoints.hpp"
#include "training/small_training.hpp"

namespace newsclf::testing {

/// A state that owns its arrays.
struct OwnState {
  explicit OwnState(const TrainingState& other) : state(other) {
    for (Tensor& tensor : state.arrays) {
      memory.emplace_back(tensor.bytes.begin(), tensor.bytes.end());
      tensor.bytes = memory.back();
    }
  }
  TrainingState state;
  std::list<std::vector<std::byte>> memory;
};

/// Keeps every state, and begins with `from`.
struct States : TrainingCheckpoints {
  const TrainingState* from = nullptr;
  std::vector<std::unique_ptr<OwnState>> kept;

  const TrainingState* begin() override { return from; }
  bool is_due() override { return true; }
  void save(const TrainingState& state) override {
    kept.push_back(std::make_unique<OwnState>(state));
  }
};

inline constexpr std::int64_t kWords = 80;

struct ManyDocuments {
  Labelled train = random_documents(150, kWords, kLabels, 1);
  Labelled held_out = random_documents(40, kWords, kLabels, 2);

  TrainingData data(bool holds_out) const {
    TrainingData data{train, std::nullopt, kWords, kLabels, {1, 2, 0.5, 1}};
    if (holds_out) data.held_out.emplace(LabelledRows(held_out));
    data.linear_inputs = ColumnRange{10, kWords};
    data.perceptron_inputs = {{0, 60}, {20, kWords}};
    return data;
  }
};

inline TrainingOptions many_options() {
  TrainingOptions options = small_options();
  options.batch_size = 2;  // 75 steps: three checkpoints per epoch
  options.epochs = 3;
  options.members = 2;
  options.dropout = 0.3;
  options.word_dropout = 0.1;
  options.weight_decay = 0.5;
  options.lr = 0.002;
  options.lr_schedule = LrSchedule::kLinear;
  return options;
}

inline TrainingResult train_from(const TrainingData& data, const TrainingOptions& options,
                                 TrainingCheckpoints* checkpoints, int threads = 2) {
  Workers workers(threads);
  return train_ensemble(data, options, kCpu, workers, no_observer, checkpoints);
}

inline void require_same(const TrainingResult& result, const TrainingResult& expected) {
  CHECK((result.epochs == expected.epochs));
  CHECK(result.best_epoch == expected.best_epoch);
  CHECK(same_bytes(result.ensemble, expected.ensemble));
}

}  // namespace newsclf::testing
