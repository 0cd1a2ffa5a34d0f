// SPDX-License-Identifier: MIT
// When a classifier answers: its thresholds, stored with the model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "newsclf/names/choice.hpp"

namespace newsclf {

/// What thresholds were chosen to reach.
enum class ThresholdGoal {
  kPrecision,  ///< share of correct labels among the answers
  kCoverage,   ///< share of documents answered
};
inline constexpr Choice<ThresholdGoal> kThresholdGoals[] = {
    {"precision", ThresholdGoal::kPrecision}, {"coverage", ThresholdGoal::kCoverage}};

/// A threshold that no confidence reaches: the label is never answered.
inline constexpr float kNeverAnswered = 2;

/// The lowest confidence (see `Prediction::confidence`) at which each label is answered, and how
/// these thresholds were chosen.
struct Thresholds {
  std::vector<float> values = {};  ///< [C]; empty: there are none, and every document is answered
  ThresholdGoal goal = ThresholdGoal::kPrecision;
  double target = 0;           ///< of the goal, a fraction
  bool per_label = false;      ///< the goal holds for each label, not only for all together
  std::int64_t documents = 0;  ///< that they were chosen on
  std::int64_t answered = 0;   ///< number of those documents that are answered
  std::int64_t correct = 0;    ///< number of those answers that are correct

  bool is_empty() const { return values.empty(); }
  bool allow(std::int32_t label, float confidence) const {
    return is_empty() || confidence >= values[static_cast<std::size_t>(label)];
  }
};

}  // namespace newsclf
