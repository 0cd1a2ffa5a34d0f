// SPDX-License-Identifier: MIT
#include "model/straight_path.hpp"

#include <algorithm>

namespace newsclf {
namespace {

/// A unit that goes on or off at `alpha`.
struct Switch {
  double alpha;
  std::int32_t unit;
};

void sort(std::vector<Switch>& switches) {
  std::sort(switches.begin(), switches.end(), [](const Switch& a, const Switch& b) {
    return a.alpha != b.alpha ? a.alpha < b.alpha : a.unit < b.unit;
  });
}

/// Whether a unit whose pre-activation is `value`, and changes by `slope` from here on, is on.
char is_on(double value, double slope) { return value > 0 || (value == 0 && slope > 0); }

/// The layers of one member, and where it is on its path.
class Walk {
 public:
  Walk(const Network& network, std::size_t member, std::span<const double> slope1)
      : units1_(static_cast<std::size_t>(network.shape.hidden1)),
        units2_(static_cast<std::size_t>(network.shape.hidden2)),
        labels_(static_cast<std::size_t>(network.shape.labels)),
        bias1_(network.hidden1_bias.subspan(member * units1_, units1_)),
        slope1_(slope1),
        weight2_(network.hidden2_weight.subspan(member * units2_ * units1_, units2_ * units1_)),
        weight_out_(network.output_weight.subspan(member * labels_ * units2_, labels_ * units2_)),
        bias_out_(network.output_bias.subspan(member * labels_, labels_)),
        slope2_(units2_),
        on2_(units2_) {
    const auto bias2 = network.hidden2_bias.subspan(member * units2_, units2_);
    start2_.assign(bias2.begin(), bias2.end());
  }

  MemberPath trace() {
    const std::vector<Switch> switches = switches_of_layer1();
    for (std::size_t h = 0; h < units1_; ++h)
      if (path_.on1_first[h]) add_unit1(h, 1);
    enter(0, switches.empty() ? 1 : switches.front().alpha);
    add_logits(0);
    for (std::size_t i = 0; i <= switches.size(); ++i) {
      const double from = i == 0 ? 0 : switches[i - 1].alpha;
      const double to = i == switches.size() ? 1 : switches[i].alpha;
      for (const Switch& crossing : enter(from, to)) {
        end_segment(crossing.alpha, MemberPath::kNone);
        char& on = on2_[static_cast<std::size_t>(crossing.unit)];
        on = !on;
      }
      if (i == switches.size()) {
        end_segment(1, MemberPath::kNone);
        break;
      }
      end_segment(to, switches[i].unit);
      const auto unit = static_cast<std::size_t>(switches[i].unit);
      add_unit1(unit, path_.on1_first[unit] ? -1 : 1);
    }
    return std::move(path_);
  }

 private:
  std::vector<Switch> switches_of_layer1() {
    std::vector<Switch> switches;
    for (std::size_t h = 0; h < units1_; ++h) {
      const double bias = bias1_[h], slope = slope1_[h];
      path_.on1_first.push_back(is_on(bias, slope));
      path_.on1_last.push_back(is_on(bias + slope, -slope));
      if (path_.on1_first[h] != path_.on1_last[h])
        switches.push_back({std::clamp(-bias / slope, 0.0, 1.0), static_cast<std::int32_t>(h)});
    }
    sort(switches);
    return switches;
  }

  /// Adds a unit of layer 1 to the lines of layer 2, or with `sign` -1 takes it away.
  void add_unit1(std::size_t unit, double sign) {
    for (std::size_t k = 0; k < units2_; ++k) {
      const double weight = sign * weight2_[k * units1_ + unit];
      start2_[k] += weight * bias1_[unit];
      slope2_[k] += weight * slope1_[unit];
    }
  }

  /// Sets which units of layer 2 are on behind `from`; returns where they switch before `to`.
  std::vector<Switch> enter(double from, double to) {
    std::vector<Switch> crossings;
    for (std::size_t k = 0; k < units2_; ++k) {
      const double start = start2_[k], slope = slope2_[k];
      on2_[k] = is_on(start + from * slope, slope);
      if (on2_[k] != is_on(start + to * slope, -slope))
        crossings.push_back({std::clamp(-start / slope, from, to), static_cast<std::int32_t>(k)});
    }
    sort(crossings);
    return crossings;
  }

  void end_segment(double alpha, std::int32_t switched) {
    path_.ends.push_back(alpha);
    path_.switched.push_back(switched);
    path_.on2.insert(path_.on2.end(), on2_.begin(), on2_.end());
    add_logits(alpha);
  }

  void add_logits(double alpha) {
    for (std::size_t c = 0; c < labels_; ++c) {
      double logit = bias_out_[c];
      for (std::size_t k = 0; k < units2_; ++k)
        if (on2_[k]) logit += weight_out_[c * units2_ + k] * (start2_[k] + alpha * slope2_[k]);
      path_.logits.push_back(logit);
    }
  }

  std::size_t units1_, units2_, labels_;
  std::span<const float> bias1_;
  std::span<const double> slope1_;
  std::span<const float> weight2_, weight_out_, bias_out_;
  std::vector<double> start2_, slope2_;  // pre-activations of layer 2 are start2 + alpha * slope2
  std::vector<char> on2_;
  MemberPath path_;
};

}  // namespace

MemberPath trace_path(const Network& network, std::size_t member, std::span<const double> slope1) {
  return Walk(network, member, slope1).trace();
}

}  // namespace newsclf
