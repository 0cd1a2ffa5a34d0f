// SPDX-License-Identifier: MIT
// Keeps the state of a training in a file: a safetensors container like that of a model, with the
// same checks.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "model/checkpoint_record.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/safetensors.hpp"
#include "newsclf/training/checkpoints.hpp"

namespace newsclf {

class Checkpoints : public TrainingCheckpoints {
 public:
  /// Reads the checkpoint to go on with, if `options` name one. Borrows `options`.
  /// @param writes whether `save` writes the file, or leaves it to another process
  /// @throws Error if it cannot be read, or is damaged
  explicit Checkpoints(const CheckpointOptions& options, bool writes = true);

  bool are_on() const { return !options_.path.empty() || !options_.resume.empty(); }
  /// The training before the refit, if the checkpoint to go on with is one of a refit; otherwise
  /// null.
  const FirstTraining* first_training() const;
  /// The training whose state is kept from now on. @param first the one before it, of a refit
  /// @param check called before a state is kept: throws if it may be wrong
  /// @throws Error if the checkpoint to go on with is one of another training
  void expect(const TrainingIdentity& identity, const std::optional<FirstTraining>& first,
              std::function<void()> check);

  const TrainingState* begin() override;
  bool is_due() override;
  void save(const TrainingState& state) override;

 private:
  struct Saved {
    Safetensors file;
    TrainingIdentity identity;
    std::optional<FirstTraining> first;
    TrainingState state;
  };
  static Saved read(const std::string& path);
  void write(const TrainingState& state) const;
  bool is_interrupted() const;

  const CheckpointOptions& options_;
  bool writes_;
  std::optional<Saved> saved_, begun_;  // to go on with; with which the training began
  TrainingIdentity identity_;
  std::optional<FirstTraining> first_;
  std::function<void()> check_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// XXH3-128 (32 hex digits) over all that the rows of a training contain.
std::string digest_rows(const TrainingData& data);

}  // namespace newsclf
