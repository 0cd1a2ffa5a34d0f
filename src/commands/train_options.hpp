// SPDX-License-Identifier: MIT
// The options of `newsclf train`, and the groups of them that other commands that train share.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands/command_options.hpp"
#include "newsclf/learning/learn.hpp"

namespace newsclf {

/// `cross-validate` leaves the options of held-out documents and of outputs as they are here.
struct TrainCommand {
  DataOptions data;
  LearningOptions learning;
  std::vector<std::string> valid;   ///< where to read documents to hold out
  std::string stop_words = "none";  ///< none, english, or a file of tokens
  std::string init;                 ///< model file to start from; empty: none
  std::vector<std::string> replay;  ///< where to read documents that it was trained on
  std::optional<double> max_drop;   ///< of the accuracy that it had, as a fraction
  std::string output;
  CheckpointOptions checkpoint;
  std::string cache;   ///< folder that keeps what is on disk; empty: none
  std::string log;     ///< file for one JSON object per epoch; empty: none
  std::string config;  ///< file of options
  bool force = false;
  bool print_config = false;  ///< print the options instead of training
  int threads = 1;
};

/// Adds --config and the options of `add_data_options`.
void add_training_data_options(CLI::App& app, TrainCommand& command);
/// Adds --valid with the description `what`.
CLI::Option* add_valid_option(CLI::App& app, TrainCommand& command, const std::string& what);
/// Adds --no-calibration.
void add_calibration_option(CLI::App& app, ValidationOptions& options);
/// Adds the options of text, networks, training and machine.
void add_learning_options(CLI::App& app, TrainCommand& command);
/// Adds -o.
void add_model_output_option(CLI::App& app, TrainCommand& command);
/// Adds --print-config.
void add_print_config_option(CLI::App& app, TrainCommand& command);

/// Adds all options of `newsclf train`.
void add_train_options(CLI::App& app, TrainCommand& command);

/// @throws CLI::ValidationError if the options contradict each other
void check_train_options(const TrainCommand& command);

}  // namespace newsclf
