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

#include "newsclf/parallel/process_group.hpp"
#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/options.hpp"
#include "training/batch.hpp"
#include "training/mlp.hpp"
#include "training/optimizer.hpp"
#include "training/rates.hpp"
#include "training/side_by_side.hpp"
#include "training/state_arrays.hpp"

namespace newsclf {

/// The networks of an ensemble and their optimizers. On the CPU, row-wise RMSprop trains each
/// member of a network by itself, so that the steps of different members can be taken side by side:
/// members share no weight. Exact Adam and CUDA, where one large product is faster than several
/// small ones, train all members together.
///
/// Of several processes, each has the rows of every first layer, which are most of the weights, for
/// its share of the columns, and computes their part of the sums for all documents of a batch. Only
/// these sums are exchanged. All else is done by every process in the same way.
class Learners {
 public:
  /// All arguments are borrowed. @param processes null: there is only this one
  Learners(const TrainingData& data, const TrainingOptions& options, const Rates& rates,
           torch::Device device, Random& random, Workers& workers, ProcessGroup* processes);

  /// The number of learners that can take their steps side by side. Of several processes, all must
  /// take them in the same order.
  std::size_t count_apart() const { return are_side_by_side_ ? learners_.size() : 1; }
  /// Builds the batches of a step, which replace those of `step - kStepsInFlight`.
  void build(std::span<const std::int64_t> rows, std::int64_t step);
  /// Takes a step: computes the gradients, then applies them.
  /// @param apart index, below `count_apart()` @param factor of the learning rates
  void take_step(std::size_t apart, std::int64_t step, double factor);

  /// The loss of the perceptrons in all steps since the last call, summed over them and over
  /// documents. @throws Error if it is not the same in all processes
  double take_loss();
  /// Applies deferred updates; returns whether all weights, of all processes, are finite.
  bool catch_up(Workers& workers);
  /// Scores `data` into `record`, after `catch_up`.
  void score(const LabelledRows& data, EpochRecord& record) const;
  /// The weights, which share the memory of the modules on the CPU, after `catch_up`; the last
  /// call.
  Ensemble ensemble();
  std::int64_t perceptrons() const;

  /// Keeps a copy of the weights, after `catch_up`; the last one counts.
  void keep_weights();
  /// Puts the kept weights back.
  void restore_weights();
  /// Adds all that changes between steps. Call it between steps.
  void add_state(StateArrays& state);

 private:
  struct TrainedNetwork {
    SparseNetwork module;
    ColumnRange columns;
    std::unique_ptr<BatchBuilder> batches;
    std::vector<torch::Tensor> kept = {};  ///< copies of the parameters, see `keep_weights`
  };
  /// What takes steps by itself: a member of a network, or all of it.
  struct Learner {
    SparseNetwork module;
    std::size_t network;
    std::int64_t member;
    bool is_linear;
    std::unique_ptr<Workers> workers = {};  ///< null if the learner uses those of the training
    std::unique_ptr<Optimizer> optimizer = {};
    torch::Tensor loss_sum = {};
    bool has_stepped = false;
  };

  void add(SparseNetwork network, ColumnRange columns, bool leaves_out,
           const OptimizerOptions& optimizing, Workers& workers);
  /// Adds up the sums of all processes, in place.
  void add_up(std::span<torch::Tensor> sums) const;
  /// Keeps only the rows of the first layer's weight in the share of this process.
  void keep_share(SparseNetworkImpl& network) const;
  /// Gets the other rows from the other processes.
  void gather_shares(SparseNetworkImpl& network) const;
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
  ProcessGroup* processes_;
  ColumnShare share_;
  bool are_apart_;         // each member has a learner
  bool are_side_by_side_;  // these can take their steps at the same time
  std::vector<TrainedNetwork> networks_;
  std::vector<Learner> learners_;
  std::mutex first_step_;  ///< held during the first step of each learner
  std::array<std::vector<Batch>, kStepsInFlight> batches_;  // of steps, then of learners
};

}  // namespace newsclf
