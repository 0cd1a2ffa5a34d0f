// SPDX-License-Identifier: MIT
#include "model/straight_path.hpp"

#include <algorithm>
#include <utility>

namespace newsclf {
namespace {

/// Whether a unit whose pre-activation is `value`, and changes by `slope` from here on, is on.
char is_on(double value, double slope) { return value > 0 || (value == 0 && slope > 0); }

}  // namespace

StraightPath::StraightPath(const Network& network, std::size_t member,
                           std::span<const double> slope1)
    : units1_(static_cast<std::size_t>(network.shape.hidden1)),
      units2_(static_cast<std::size_t>(network.shape.hidden2)),
      labels_(static_cast<std::size_t>(network.shape.labels)),
      bias1_(network.first_bias.subspan(member * units1_, units1_)),
      slope1_(slope1),
      weight2_(network.hidden2_weight.subspan(member * units2_ * units1_, units2_ * units1_)),
      weight_out_(network.output_weight.subspan(member * labels_ * units2_, labels_ * units2_)),
      bias_out_(network.shape.is_linear() ? network.output_bias
                                          : network.output_bias.subspan(member * labels_, labels_)),
      slope2_(units2_),
      on2_(units2_),
      logit_start_(labels_),
      logit_slope_(labels_),
      gradient_out_(labels_),
      gradient2_(units2_),
      gradient1_(units1_) {
  if (network.shape.is_linear()) {
    logit_start_.assign(network.first_bias.begin(), network.first_bias.end());
    logit_slope_.assign(slope1.begin(), slope1.end());
    return;
  }
  const auto bias2 = network.hidden2_bias.subspan(member * units2_, units2_);
  start2_.assign(bias2.begin(), bias2.end());
  for (std::size_t h = 0; h < units1_; ++h) {
    const double bias = bias1_[h], slope = slope1_[h];
    on1_first_.push_back(is_on(bias, slope));
    on1_last_.push_back(is_on(bias + slope, -slope));
    if (on1_first_[h] != on1_last_[h])
      switches1_.push_back({std::clamp(-bias / slope, 0.0, 1.0), h});
    if (on1_first_[h]) add_unit1(h, 1);
  }
  std::ranges::sort(switches1_);
  enter();
}

double StraightPath::end() const {
  if (passed2_ < switches2_.size()) return switches2_[passed2_].alpha;
  return passed1_ < switches1_.size() ? switches1_[passed1_].alpha : 1;
}

bool StraightPath::next() {
  begin_ = end();
  if (passed2_ < switches2_.size()) {
    switch_unit2(switches2_[passed2_++].unit);
    return true;
  }
  if (passed1_ == switches1_.size()) return false;
  leave();
  switch_unit1(switches1_[passed1_++].unit);
  enter();
  return true;
}

void StraightPath::skip_to(double alpha) {
  if (passed1_ == switches1_.size() && passed2_ == switches2_.size()) return;
  leave();
  while (passed1_ < switches1_.size() && switches1_[passed1_].alpha <= alpha)
    switch_unit1(switches1_[passed1_++].unit);
  begin_ = alpha;
  enter();
}

std::vector<double> StraightPath::mean_gradient() {
  if (units1_ == 0) return std::move(gradient_out_);
  leave();
  for (std::size_t h = 0; h < units1_; ++h)
    if (on1_last_[h]) pull_back(h, 1);
  return std::move(gradient1_);
}

/// Adds a unit of layer 1 to the lines of layer 2, or subtracts it if `sign` is -1.
void StraightPath::add_unit1(std::size_t unit, double sign) {
  for (std::size_t k = 0; k < units2_; ++k) {
    const double weight = sign * weight2_[k * units1_ + unit];
    start2_[k] += weight * bias1_[unit];
    slope2_[k] += weight * slope1_[unit];
  }
}

/// Adds the gradient of layer 2 so far to a unit of layer 1, or subtracts it. Each unit is on only
/// before or only after its switch, so it is enough to do this at the switch and at the end.
void StraightPath::pull_back(std::size_t unit, double sign) {
  for (std::size_t k = 0; k < units2_; ++k)
    gradient1_[unit] += sign * weight2_[k * units1_ + unit] * gradient2_[k];
}

void StraightPath::switch_unit1(std::size_t unit) {
  pull_back(unit, on1_first_[unit] ? 1 : -1);
  add_unit1(unit, on1_first_[unit] ? -1 : 1);
}

/// Computes which units of layer 2 are on at `begin_`, where they switch before the next switch of
/// layer 1, and the lines of the logits.
void StraightPath::enter() {
  const double from = begin_, to = passed1_ < switches1_.size() ? switches1_[passed1_].alpha : 1;
  switches2_.clear();
  passed2_ = 0;
  for (std::size_t k = 0; k < units2_; ++k) {
    const double start = start2_[k], slope = slope2_[k];
    on2_[k] = is_on(start + from * slope, slope);
    if (on2_[k] != is_on(start + to * slope, -slope))
      switches2_.push_back({std::clamp(-start / slope, from, to), k});
  }
  std::ranges::sort(switches2_);
  for (std::size_t c = 0; c < labels_; ++c) {
    logit_start_[c] = bias_out_[c];
    logit_slope_[c] = 0;
    for (std::size_t k = 0; k < units2_; ++k) {
      if (!on2_[k]) continue;
      logit_start_[c] += weight_out_[c * units2_ + k] * start2_[k];
      logit_slope_[c] += weight_out_[c * units2_ + k] * slope2_[k];
    }
  }
}

/// Propagates the gradient with respect to the logits to the units of layer 2 that are on.
void StraightPath::leave() {
  for (std::size_t c = 0; c < labels_; ++c) {
    const double gradient = std::exchange(gradient_out_[c], 0);
    if (gradient == 0) continue;
    for (std::size_t k = 0; k < units2_; ++k)
      if (on2_[k]) gradient2_[k] += gradient * weight_out_[c * units2_ + k];
  }
}

void StraightPath::switch_unit2(std::size_t unit) {
  const double sign = on2_[unit] ? -1 : 1;
  on2_[unit] = !on2_[unit];
  for (std::size_t c = 0; c < labels_; ++c) {
    const double weight = sign * weight_out_[c * units2_ + unit];
    logit_start_[c] += weight * start2_[unit];
    logit_slope_[c] += weight * slope2_[unit];
    // `leave` will add all of `gradient_out_` if the unit is on by then.
    gradient2_[unit] -= weight * gradient_out_[c];
  }
}

}  // namespace newsclf
