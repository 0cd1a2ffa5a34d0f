// SPDX-License-Identifier: MIT
// The options of training; the model file stores them once all unset values are chosen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

/// The columns that the linear member reads.
enum class LinearInput {
  kNone,     ///< no linear member
  kWords,    ///< those of the perceptrons
  kBigrams,  ///< all: word n-grams of the kind `kLongNgram` too
};
inline constexpr Choice<LinearInput> kLinearInputs[] = {
    {"none", LinearInput::kNone},
    {"words", LinearInput::kWords},
    {"bigrams", LinearInput::kBigrams},
};

/// Each field also needs a line in `visit_fields` (src/model/option_fields.hpp).
struct TrainingOptions {
  std::int64_t hidden1 = 100;  ///< units of the first hidden layer
  std::int64_t hidden2 = 100;  ///< units of the second hidden layer
  std::int64_t members = 0;    ///< number of averaged perceptrons; 0: see `resolve_size`
  LinearInput linear = LinearInput::kBigrams;  ///< input of the linear member
  double dropout = 0.5;        ///< share of a hidden layer's units dropped in a step; 0: none
  double word_dropout = 0;     ///< share of a document's tokens dropped in a step; 0: none
  OptimizerKind optimizer = OptimizerKind::kRowRmsprop;  ///< how gradients update the weights
  std::int64_t epochs = 0;        ///< passes over the training documents; 0: see `resolve_size`
  std::int64_t batch_size = 0;    ///< documents per step; 0: see `resolve_size`
  std::optional<double> lr = {};  ///< learning rate of the first step; unset: see `resolve_size`
  LrSchedule lr_schedule = LrSchedule::kLinear;  ///< how the learning rate changes
  /// Decoupled: share by which a step shrinks every weight, divided by the learning rate; unset:
  /// see `resolve_size`.
  std::optional<double> weight_decay = {};
  double label_smoothing = 0;  ///< share of the target probability spread evenly over all labels
  std::int64_t patience = 0;   ///< epochs without better held-out accuracy after which training
                               ///< stops and keeps the best epoch; 0: all epochs, keep the last
  std::uint64_t seed = 0;      ///< for initial weights, order of documents and dropout

  bool operator==(const TrainingOptions&) const = default;
};

}  // namespace newsclf
