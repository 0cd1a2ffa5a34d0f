// SPDX-License-Identifier: MIT
// The options of training; the model file stores them once all unset values are chosen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "newsclf/names/choice.hpp"

namespace newsclf {

enum class OptimizerKind {
  kAdam,        ///< Adam over all weights (Kingma & Ba, 2015)
  kRowRmsprop,  ///< as kAdam, but the first layer has no mean of gradients, one mean square per
                ///< row, and a step updates only the rows in its batch
};
inline constexpr Choice<OptimizerKind> kOptimizers[] = {
    {"adam", OptimizerKind::kAdam},
    {"row-rmsprop", OptimizerKind::kRowRmsprop},
};

enum class LrSchedule {
  kLinear,    ///< falls linearly from `lr` to 0 over the whole training
  kConstant,  ///< stays at `lr`
};
inline constexpr Choice<LrSchedule> kLrSchedules[] = {
    {"linear", LrSchedule::kLinear},
    {"constant", LrSchedule::kConstant},
};

/// The tokens that the linear member reads.
enum class LinearInput {
  kNone,     ///< no linear member
  kWords,    ///< words and their n-grams up to `max_ngram`
  kBigrams,  ///< the same, and n-grams of two words
};
inline constexpr Choice<LinearInput> kLinearInputs[] = {
    {"none", LinearInput::kNone},
    {"words", LinearInput::kWords},
    {"bigrams", LinearInput::kBigrams},
};

/// The tokens that perceptrons read.
enum class NetworkInput {
  kWords,       ///< words, their n-grams up to `max_ngram` and n-grams of characters, if used
  kBigrams,     ///< the same, and n-grams of two words
  kCharacters,  ///< only n-grams of characters
};
inline constexpr Choice<NetworkInput> kNetworkInputs[] = {
    {"words", NetworkInput::kWords},
    {"bigrams", NetworkInput::kBigrams},
    {"characters", NetworkInput::kCharacters},
};

/// What `resolve_options` chooses for unset options.
enum class Preset {
  kFast,     ///< one perceptron and a linear member on words
  kDefault,  ///< three perceptrons on words and a linear member on bigrams
  kBest,     ///< three perceptrons each on words, bigrams and characters, and a linear member
};
inline constexpr Choice<Preset> kPresets[] = {
    {"fast", Preset::kFast},
    {"default", Preset::kDefault},
    {"best", Preset::kBest},
};

/// Each field also needs a line in `visit_fields` (src/model/option_fields.hpp).
struct TrainingOptions {
  std::int64_t hidden1 = 100;        ///< units of the first hidden layer
  std::int64_t hidden2 = 100;        ///< units of the second hidden layer
  Preset preset = Preset::kDefault;  ///< decides about unset options
  std::int64_t members = 0;  ///< number of averaged perceptrons for each of `inputs`; 0: unset
  std::vector<NetworkInput> inputs = {};   ///< of the perceptrons, distinct; empty: unset
  std::optional<LinearInput> linear = {};  ///< of the linear member
  double dropout = 0.5;     ///< share of a hidden layer's units dropped in a step; 0: none
  double word_dropout = 0;  ///< share of a document's tokens dropped in a step; 0: none
  OptimizerKind optimizer = OptimizerKind::kRowRmsprop;  ///< how gradients update the weights
  std::int64_t epochs = 0;        ///< passes over the training documents; 0: see `resolve_options`
  std::int64_t batch_size = 0;    ///< documents per step; 0: see `resolve_options`
  std::optional<double> lr = {};  ///< learning rate of the first step; unset: see `resolve_options`
  LrSchedule lr_schedule = LrSchedule::kLinear;  ///< how the learning rate changes
  /// Decoupled: share by which a step shrinks every weight, divided by the learning rate; unset:
  /// see `resolve_options`.
  std::optional<double> weight_decay = {};
  double label_smoothing = 0;  ///< share of the target probability spread evenly over all labels
  std::int64_t patience = 0;   ///< epochs without better held-out accuracy after which training
                               ///< stops and keeps the best epoch; 0: all epochs, keep the last
  std::uint64_t seed = 0;      ///< for initial weights, order of documents and dropout

  bool operator==(const TrainingOptions&) const = default;
};

}  // namespace newsclf
