// SPDX-License-Identifier: MIT
// The state of a training between two steps, without LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "newsclf/model/safetensors.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// A training that goes on from this state gives the same weights as one that was not interrupted,
/// for any number of threads.
struct TrainingState {
  std::int64_t epoch = 1;           ///< the epoch being trained, from 1
  std::int64_t step = 0;            ///< its next step, from 0; the number of steps: all are taken
  std::int64_t lowered_from = 0;    ///< the first epoch at the lowered learning rate; 0: none
  double elapsed_s = 0;             ///< since the first step
  std::string device;               ///< on which it was trained: `cpu`, `cuda:0`
  std::vector<EpochRecord> epochs;  ///< the epochs that ended
  std::vector<Tensor> arrays;       ///< weights, moments, generators, order of the documents
};

/// Where a training keeps its state.
class TrainingCheckpoints {
 public:
  virtual ~TrainingCheckpoints() = default;
  /// The state from which the training goes on, valid until the next call; null: from the
  /// beginning.
  virtual const TrainingState* begin() = 0;
  /// Whether to call `save`. Asked every few steps.
  virtual bool is_due() = 0;
  /// Keeps `state`, whose arrays are valid during the call. An exception from it ends the training.
  virtual void save(const TrainingState& state) = 0;
};

}  // namespace newsclf
