// SPDX-License-Identifier: MIT
// The state of a training between two steps, without LibTorch.
#pragma once

#include <vector>

#include "newsclf/model/safetensors.hpp"
#include "newsclf/model/training_place.hpp"

namespace newsclf {

/// A training that goes on from this state gives the same weights as one that was not interrupted,
/// for any number of threads.
struct TrainingState : TrainingPlace {
  std::vector<Tensor> arrays;  ///< weights, moments, generators, order of the documents
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
