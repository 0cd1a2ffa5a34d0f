// SPDX-License-Identifier: MIT
// The networks of an ensemble in training.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <torch/torch.h>

#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/options.hpp"
#include "training/batch.hpp"
#include "training/mlp.hpp"
#include "training/optimizer.hpp"
#include "training/rates.hpp"
#include "training/side_by_side.hpp"

namespace newsclf {

/// The networks of an ensemble and their optimizers. On the CPU, row-wise RMSprop trains each
/// member of a network by itself, so that the steps of different members can be taken side by side:
/// members share no weight. Exact Adam and CUDA, where one large product is faster than several
/// small ones, train all members together.
class Learners {
 public:
  /// All arguments are borrowed.
  Learners(const TrainingData& data, const TrainingOptions& options, const Rates& rates,
           torch::Device device, Random& random, Workers& workers);

  /// The number of learners that can take their steps side by side.
  std::size_t count_apart() const { return apart_ ? learners_.size() : 1; }
  /// Builds the batches of a step, which replace those of `step - kStepsInFlight`.
  void build(std::span<const std::int64_t> rows, std::int64_t step);
  /// Takes a step: computes the gradients, then applies them.
  /// @param apart index, below `count_apart()` @param factor of the learning rates
  void take_step(std::size_t apart, std::int64_t step, double factor);

  /// The loss of the perceptrons in all steps since the last call, summed over them and over
  /// documents.
  double take_loss();
  /// Applies deferred updates; returns whether all weights are finite.
  bool catch_up(Workers& workers);
  /// Scores `data` into `record`, after `catch_up`.
  void score(const LabelledRows& data, EpochRecord& record) const;
  /// The weights, as views or as copies, after `catch_up`.
  Ensemble ensemble(bool copy) const;
  std::int64_t perceptrons() const;

 private:
  struct TrainedNetwork {
    SparseNetwork module;
    ColumnRange columns;
    std::unique_ptr<BatchBuilder> batches;
  };
  /// What takes steps by itself: a member of a network, or all of it.
  struct Learner {
    std::size_t network;
    std::int64_t member;
    bool is_linear;
    std::unique_ptr<Workers> workers = {};  ///< null if the learner uses those of the training
    std::unique_ptr<Optimizer> optimizer = {};
    torch::Tensor loss_sum = {};
  };

  void add(SparseNetwork network, ColumnRange columns, bool leaves_out,
           const OptimizerOptions& optimizing, Workers& workers);
  double rate(const Learner& learner, std::int64_t step) const;
  /// Only the linear member may end its training early.
  bool learns(const Learner& learner, std::int64_t step) const {
    return !learner.is_linear || rate(learner, step) > 0;
  }
  /// See `Ensemble::shares`.
  std::vector<double> shares() const;

  const TrainingData& data_;
  const TrainingOptions& options_;
  const Rates& rates_;
  torch::Device device_;
  bool apart_;
  std::vector<TrainedNetwork> networks_;
  std::vector<Learner> learners_;
  std::mutex first_step_;  ///< held during the first step of each learner
  std::array<std::vector<Batch>, kStepsInFlight> batches_;  // of steps, then of learners
};

}  // namespace newsclf
