// SPDX-License-Identifier: MIT
// What can be typed behind `newsclf train`.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "commands/command_options.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// Which documents are held out of training, and what is made of them.
struct ValidationOptions {
  std::vector<std::string> data;  ///< documents of their own to hold out
  double fraction = 0;            ///< or this share of DATA; 0: none
  bool calibrate = true;          ///< fit a temperature on them
  bool refit = true;              ///< learn from them too, in a second training

  bool is_on() const { return !data.empty() || fraction > 0; }
};

struct TrainCommand {
  TrainCommand();

  DataOptions data;
  ValidationOptions validation;
  VectorizerOptions vectorizer;
  std::string stop_words = "none";  ///< none, english, or a file of tokens
  bool char_ngrams_given = false;  ///< otherwise `suit_text` decides about them
  TrainingOptions training;
  std::string class_weight = "none";  ///< none, balanced, or a file of labels and weights
  std::string output;
  std::string log;  ///< file of one JSON object an epoch; empty: none
  std::string config;  ///< file of options
  bool force = false;
  bool print_config = false;  ///< instead of a training
  std::int64_t max_memory;    ///< bytes
};

/// Binds all options of `newsclf train`.
void add_train_options(CLI::App& app, TrainCommand& command);

/// @throws CLI::ValidationError if the options contradict each other
void check_train_options(const TrainCommand& command);

}  // namespace newsclf
