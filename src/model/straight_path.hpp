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

/// What one member does at x = alpha * row, for alpha from 0 to 1. The pre-activations of the first
/// hidden layer are linear in alpha, so each of its units switches once at most; between two of
/// these switches those of the second layer are linear too. The path falls into S segments within
/// which no unit switches and the logits are linear, in doubles and not divided by the temperature.
///
/// The segments are visited in order: `add_gradient* (next add_gradient*)* mean_gradient`. The
/// whole path costs O(H1 H2 C + S C), and O(H1 + H2 + C) of memory.
class StraightPath {
 public:
  /// @param slope1 [H1], what the row adds to the pre-activations of the member's first hidden
  /// layer; borrowed, as the weights are
  StraightPath(const Network& network, std::size_t member, std::span<const double> slope1);

  /// The segment at hand is [begin, end] of alpha; at first it is the one that begins at 0.
  double begin() const { return begin_; }
  double end() const;
  double logit(std::size_t label, double alpha) const {
    return logit_start_[label] + alpha * logit_slope_[label];
  }
  /// Adds the integral, over a part of the segment, of a gradient with regard to the logit.
  void add_gradient(std::size_t label, double integral) { gradient_out_[label] += integral; }
  /// Goes to the next segment; false where the one at hand is the last.
  bool next();
  /// [H1], what has been added, with regard to the pre-activations of the first hidden layer. To be
  /// called once, in the last segment.
  std::vector<double> mean_gradient();

 private:
  /// A unit that goes on or off at `alpha`.
  struct Switch {
    double alpha;
    std::size_t unit;
    auto operator<=>(const Switch&) const = default;
  };

  void add_unit1(std::size_t unit, double sign);
  void pull_back(std::size_t unit, double sign);
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
  std::size_t passed1_ = 0, passed2_ = 0;   // how many of them are passed
  double begin_ = 0;
  std::vector<double> start2_, slope2_;  // pre-activations of layer 2 are start2 + alpha * slope2
  std::vector<char> on2_;
  std::vector<double> logit_start_, logit_slope_;
  std::vector<double> gradient_out_;  // with regard to the logits, since the last switch of layer 1
  std::vector<double> gradient2_;     // to the units of layer 2, before that
  std::vector<double> gradient1_;     // to those of layer 1 that are off from here on
};

}  // namespace newsclf
