// SPDX-License-Identifier: MIT
// The model of `newsclf train --init`.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/console.hpp"
#include "commands/train_options.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/classifier.hpp"

namespace newsclf {

class ContinuedModel {
 public:
  /// Loads the model that `command` names, if it names one, and prints what is lost with it.
  /// @param typed the options that were given
  /// @throws Error if it is not a model, or if an option that was given contradicts it
  ContinuedModel(const TrainCommand& command, const CLI::App& typed, const Console& console);

  /// Null: none was named.
  const Classifier* classifier() const { return classifier_ ? &*classifier_ : nullptr; }
  /// Ends the training by an exception if it does not meet --max-drop.
  /// @throws ThresholdMissed; Error if no held-out document has a label of the model
  void check(const LearningEvent& event) const;

 private:
  const TrainCommand& command_;
  std::optional<Classifier> classifier_;
};

}  // namespace newsclf
