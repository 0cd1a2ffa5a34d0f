// SPDX-License-Identifier: MIT
// A member of a network along the straight path from the empty document to a row.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "newsclf/model/network.hpp"

namespace newsclf {

/// One member evaluated at x = alpha * row, for alpha from 0 to 1. The logits of a linear member
/// are linear in alpha. In a perceptron, the pre-activations of the first hidden layer are linear
/// in alpha, so each of its units switches at most once; between two of these switches, the
/// pre-activations of the second layer are linear too. Within each of the S segments of the path no
/// unit switches; the logits (doubles, before the temperature) are linear.
///
/// Visit the segments in order: `add_gradient* ((next | skip_to) add_gradient*)* mean_gradient`.
/// The whole path, without leaving out segments, takes O(H1 H2 C + S C) time and O(H1 + H2 + C)
/// memory.
class StraightPath {
 public:
  /// @param slope1 [H1], what the row adds to the pre-activations of the member's first hidden
  /// layer, or [C], to the logits of a linear member; borrowed, like the weights
  StraightPath(const Network& network, std::size_t member, std::span<const double> slope1);

  /// The current segment covers alpha in [begin, end]; the first segment begins at 0.
  double begin() const { return begin_; }
  double end() const;
  double logit(std::size_t label, double alpha) const {
    return logit_start_[label] + alpha * logit_slope_[label];
  }
  /// Adds the integral of a gradient with respect to the logit over a part of the segment.
  void add_gradient(std::size_t label, double integral) { gradient_out_[label] += integral; }
  /// Moves to the next segment; returns false if the current one is the last.
  bool next();
  /// Moves to the segment that contains `alpha`, beyond the end of the current one; segments in
  /// between are left out. Takes O(H2 C) time and O(H2) for each unit of the first layer that
  /// switches.
  void skip_to(double alpha);
  /// The sum of the added gradients with respect to the pre-activations of the first hidden layer
  /// [H1], or to the logits [C] of a linear member. Call it once, in the last segment.
  std::vector<double> mean_gradient();

 private:
  /// A unit that turns on or off at `alpha`.
  struct Switch {
    double alpha;
    std::size_t unit;
    auto operator<=>(const Switch&) const = default;
  };

  void add_unit1(std::size_t unit, double sign);
  void pull_back(std::size_t unit, double sign);
  void switch_unit1(std::size_t unit);
  void enter();
  void leave();
  void switch_unit2(std::size_t unit);

  std::size_t units1_, units2_, labels_;
  std::span<const float> bias1_;
  std::span<const double> slope1_;
  std::span<const float> weight2_, weight_out_, bias_out_;
  std::vector<char> on1_first_, on1_last_;  // whether units of layer 1 are on at 0, and at 1
  std::vector<Switch> switches1_;           // of layer 1, on the whole path
  std::vector<Switch> switches2_;           // of layer 2, up to the next switch of layer 1
  std::size_t passed1_ = 0, passed2_ = 0;   // number of switches already passed
  double begin_ = 0;
  std::vector<double> start2_, slope2_;  // pre-activations of layer 2 are start2 + alpha * slope2
  std::vector<char> on2_;
  std::vector<double> logit_start_, logit_slope_;
  std::vector<double> gradient_out_;  // of the logits, since the last switch of layer 1
  std::vector<double> gradient2_;     // of the units of layer 2, before that
  std::vector<double> gradient1_;     // of layer 1, final for units that are off from here on
};

}  // namespace newsclf
