// SPDX-License-Identifier: MIT
// How a network is trained; kept in the model file once everything left open is chosen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "newsclf/names/choice.hpp"

namespace newsclf {

enum class OptimizerKind {
  kAdam,      ///< Adam over all weights (Kingma & Ba, 2015)
  kLazyAdam,  ///< the same, but the first layer's rows move only in steps whose batch holds them
  kRowAdam,   ///< the same as that, but all weights of such a row share one second moment
};
inline constexpr Choice<OptimizerKind> kOptimizers[] = {
    {"adam", OptimizerKind::kAdam},
    {"lazy-adam", OptimizerKind::kLazyAdam},
    {"row-adam", OptimizerKind::kRowAdam},
};

enum class LrSchedule {
  kLinear,    ///< falls linearly from `lr` to 0 over the whole training
  kConstant,  ///< stays at `lr`
};
inline constexpr Choice<LrSchedule> kLrSchedules[] = {
    {"linear", LrSchedule::kLinear},
    {"constant", LrSchedule::kConstant},
};

/// A field is a row of `visit_fields` too (src/model/option_fields.hpp).
struct TrainingOptions {
  std::int64_t hidden1 = 100;  ///< units of the first hidden layer
  std::int64_t hidden2 = 100;  ///< units of the second hidden layer
  std::int64_t members = 0;    ///< networks that are averaged; 0: see `resolve_size`
  double dropout = 0.5;        ///< share of a hidden layer's units dropped in a step; 0: none
  double word_dropout = 0;     ///< share of a document's tokens dropped in a step; 0: none
  OptimizerKind optimizer = OptimizerKind::kRowAdam;  ///< how gradients move the weights
  std::int64_t epochs = 0;        ///< passes over the training documents; 0: see `resolve_size`
  std::int64_t batch_size = 0;    ///< documents per step; 0: see `resolve_size`
  std::optional<double> lr = {};  ///< rate of the first step; unset: see `resolve_size`
  LrSchedule lr_schedule = LrSchedule::kLinear;  ///< how the rate goes on
  /// Decoupled: share of every weight lost in a step, divided by the rate; unset: see
  /// `resolve_size`.
  std::optional<double> weight_decay = {};
  double label_smoothing = 0;  ///< share of the truth that is given to all labels alike
  std::int64_t patience = 0;   ///< epochs without a better held-out accuracy that end the training,
                               ///< which then keeps the best one; 0: all epochs, and the last one
  std::uint64_t seed = 0;      ///< of initial weights, order of documents, dropout

  bool operator==(const TrainingOptions&) const = default;
};

}  // namespace newsclf
