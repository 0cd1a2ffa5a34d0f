// SPDX-License-Identifier: MIT
// What can be typed behind `newsclf train`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "commands/command_options.hpp"
#include "newsclf/learning/learn.hpp"

namespace newsclf {

struct TrainCommand {
  DataOptions data;
  LearningOptions learning;
  std::vector<std::string> valid;   ///< documents of their own to hold out
  std::string stop_words = "none";  ///< none, english, or a file of tokens
  std::string output;
  std::string log;     ///< file of one JSON object per epoch; empty: none
  std::string config;  ///< file of options
  bool force = false;
  bool print_config = false;  ///< instead of a training
  int threads = 1;
};

/// Binds all options of `newsclf train`.
void add_train_options(CLI::App& app, TrainCommand& command);

/// @throws CLI::ValidationError if the options contradict each other
void check_train_options(const TrainCommand& command);

}  // namespace newsclf
