// SPDX-License-Identifier: MIT
#include "newsclf/model/explanation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/straight_path.hpp"

namespace newsclf {
namespace {

/// Limits the pieces of the paths that are followed one by one, and the rules applied to them: a
/// network can be made whose units switch millions of times. The rest of the paths is followed in
/// steps as if no unit switched within a step.
class Pieces {
 public:
  /// @param numbers computed per piece
  explicit Pieces(std::size_t numbers)
      : most_(std::clamp<std::size_t>((1 << 23) / std::max<std::size_t>(numbers, 1), 1 << 8,
                                      1 << 14)) {}

  std::size_t most() const { return most_; }
  /// The end of the piece or step that begins at `from`.
  double end(double from, std::span<const StraightPath> paths) {
    double to = 1;
    for (const StraightPath& path : paths) to = std::min(to, path.end());
    const double step = 1 / static_cast<double>(most_);
    return ++visited_ <= most_ ? to : std::min(1.0, std::max(to, from + step));
  }
  /// Moves to the pieces that begin at `to`, from `end`.
  void advance(std::span<StraightPath> paths, double to) const {
    for (StraightPath& path : paths) {
      if (visited_ > most_ && path.end() <= to) path.skip_to(to);
      while (visited_ <= most_ && path.end() <= to && path.next()) {
      }
    }
  }

 private:
  std::size_t most_, visited_ = 0;
};

/// Adds the gradient of the logarithm of a label's mean probability over the members to the
/// members' paths.
class MeanProbability {
 public:
  /// @param shares the weight of each member in the mean
  MeanProbability(std::span<StraightPath> paths, std::vector<double> shares, std::size_t labels,
                  std::size_t label)
      : paths_(paths),
        shares_(std::move(shares)),
        labels_(labels),
        label_(label),
        begin_(paths.size() * labels),
        change_(begin_.size()),
        probabilities_(begin_.size()),
        log_of_label_(paths.size()),
        pieces_(begin_.size()),
        rules_left_(pieces_.most()) {}

  void integrate() {
    for (double from = 0, to = 1; from < 1; from = to) {
      to = pieces_.end(from, paths_);
      if (to > from) integrate_piece(from, to);
      pieces_.advance(paths_, to);
    }
  }

 private:
  // Nodes in [0, 1) on one side of the middle, and the weights of the Gauss-Kronrod rule with 7
  // nodes and of the Gauss rule with 3 of them (QUADPACK, Piessens et al., 1983).
  static constexpr double kNodes[] = {0.960491268708020283, 0.774596669241483377,
                                      0.434243749346802558, 0};
  static constexpr double kKronrod[] = {0.104656226026467265, 0.268488089868333441,
                                        0.401397414775962223, 0.450916538658474142};
  static constexpr double kGauss[] = {0, 5.0 / 9, 0, 8.0 / 9};
  // The Gauss-Kronrod rule is accepted as the integral if it agrees with the actual change of the
  // logit and the much coarser Gauss rule is close to it.
  static constexpr double kTolerance = 1e-9;
  static constexpr double kGaussTolerance = 1e-5;
  static constexpr int kMostBisections = 40;

  /// Integrates over [from, to], where all members are linear.
  void integrate_piece(double from, double to) {
    double largest = 0;
    for (std::size_t m = 0; m < paths_.size(); ++m)
      for (std::size_t c = 0; c < labels_; ++c) {
        const double first = paths_[m].logit(c, from), last = paths_[m].logit(c, to);
        begin_[m * labels_ + c] = first;
        change_[m * labels_ + c] = last - first;
        largest = std::max({largest, std::abs(first), std::abs(last)});
      }
    constexpr double kRounding = 4e-15;
    rounding_ = kRounding * largest;
    sum_.assign(begin_.size(), 0);
    bisect(0, 1, logit(0), logit(1), kMostBisections);
    for (std::size_t m = 0; m < paths_.size(); ++m)
      for (std::size_t c = 0; c < labels_; ++c)
        paths_[m].add_gradient(c, (to - from) * sum_[m * labels_ + c]);
  }

  /// Adds the integral over [from, to] to `sum_`; positions run from 0 to 1 over the piece.
  void bisect(double from, double to, double logit_from, double logit_to, int bisections) {
    const double middle = (from + to) / 2;
    const auto [kronrod, gauss] = apply_rule(middle, (to - from) / 2);
    double change = 0, doubt = 0;
    for (std::size_t i = 0; i < change_.size(); ++i) {
      change += kronrod[i] * change_[i];
      doubt += std::abs((kronrod[i] - gauss[i]) * change_[i]);
    }
    const double missing = (logit_to - logit_from) - change;
    const bool coarse =  // false for NaN: smaller parts would be NaN too
        std::abs(missing) > kTolerance + rounding_ || doubt > kGaussTolerance + rounding_;
    if (!coarse || bisections == 0 || rules_left_ < 2) {
      for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += kronrod[i];
      return;
    }
    rules_left_ -= 2;
    const double logit_middle = logit(middle);
    bisect(from, middle, logit_from, logit_middle, bisections - 1);
    bisect(middle, to, logit_middle, logit_to, bisections - 1);
  }

  /// Both rules [N, C] on [middle - half, middle + half] of the piece.
  std::pair<std::vector<double>, std::vector<double>> apply_rule(double middle, double half) {
    std::vector<double> kronrod(begin_.size()), gauss(begin_.size());
    const auto add = [&](double position, std::size_t node) {
      const double log_mean = logit(position);
      if (log_mean <= kLogOfSmallest) return;  // clamped there: the gradient is 0
      for (std::size_t m = 0; m < paths_.size(); ++m) {
        // The member's share of the mean probability of the label.
        const double share = shares_[m] * std::exp(log_of_label_[m] - log_mean);
        for (std::size_t c = 0; c < labels_; ++c) {
          const std::size_t i = m * labels_ + c;
          const double gradient = share * ((c == label_) - probabilities_[i]);
          kronrod[i] += half * kKronrod[node] * gradient;
          gauss[i] += half * kGauss[node] * gradient;
        }
      }
    };
    for (std::size_t node = 0; node < std::size(kNodes); ++node) {
      add(middle + half * kNodes[node], node);
      if (kNodes[node] > 0) add(middle - half * kNodes[node], node);
    }
    return {std::move(kronrod), std::move(gauss)};
  }

  /// The logarithm of the label's mean probability at a position of the piece. Also stores the
  /// members' probabilities and the logarithms of the label's probabilities.
  double logit(double position) {
    double largest_log = -INFINITY;
    for (std::size_t m = 0; m < paths_.size(); ++m) {
      double* const p = probabilities_.data() + m * labels_;
      for (std::size_t c = 0; c < labels_; ++c)
        p[c] = begin_[m * labels_ + c] + position * change_[m * labels_ + c];
      const double largest = *std::max_element(p, p + labels_);
      const double of_label = p[label_] - largest;
      double total = 0;
      for (std::size_t c = 0; c < labels_; ++c) total += p[c] = std::exp(p[c] - largest);
      for (std::size_t c = 0; c < labels_; ++c) p[c] /= total;
      log_of_label_[m] = of_label - std::log(total);
      largest_log = std::max(largest_log, log_of_label_[m]);
    }
    double sum = 0;
    for (std::size_t m = 0; m < paths_.size(); ++m)
      sum += shares_[m] * std::exp(log_of_label_[m] - largest_log);
    return std::max(largest_log + std::log(sum), kLogOfSmallest);
  }

  // As in `native_logits`.
  const double kLogOfSmallest = std::log(1e-300);

  std::span<StraightPath> paths_;
  std::vector<double> shares_;
  std::size_t labels_, label_;
  std::vector<double> begin_, change_;  // [N, C], of the members' logits in the current piece
  std::vector<double> probabilities_;   // [N, C]
  std::vector<double> log_of_label_;    // [N]
  std::vector<double> sum_;             // [N, C]
  double rounding_ = 0;
  Pieces pieces_;
  std::size_t rules_left_;  // for the whole document, beyond one per piece
};

/// Sums of stored rows [row_size] as sums of rows of weights [width].
std::vector<double> expand(const Network& network, std::vector<double> sums) {
  const std::span<const float> basis = network.packed.basis;
  if (basis.empty()) return sums;
  const std::size_t width = basis.size() / sums.size();
  std::vector<double> out(width);
  for (std::size_t i = 0; i < basis.size(); ++i) out[i % width] += sums[i / width] * basis[i];
  return out;
}

/// The gradient [width] with respect to sums of rows of weights, as the gradient [row_size] with
/// respect to sums of stored rows.
std::vector<double> pull_back(const Network& network, std::vector<double> gradient) {
  const std::span<const float> basis = network.packed.basis;
  if (basis.empty()) return gradient;
  std::vector<double> out(network.row_size());
  for (std::size_t i = 0; i < basis.size(); ++i)
    out[i / gradient.size()] += gradient[i % gradient.size()] * basis[i];
  return out;
}

}  // namespace

Explainer::Explainer(const Ensemble& ensemble) : ensemble_(ensemble) {
  SparseRows empty;
  empty.end_row();
  base_logits_ = native_logits(ensemble, empty);
}

std::vector<TokenContribution> Explainer::explain(const SparseRow& row, std::int32_t label) const {
  std::vector<StraightPath> paths;
  std::vector<std::vector<double>> slopes;  // of each network's first layer, borrowed by its paths
  slopes.reserve(ensemble_.networks.size());
  for (const Network& network : ensemble_.networks) {
    const auto [part, factor] = ensemble_.input_of(network, row);
    std::vector<double> sums(network.row_size());
    for (std::size_t k = 0; k < part.columns.size(); ++k) {
      const std::vector<float> numbers = network.row(part.columns[k]);
      const double value = static_cast<double>(part.values[k]) * static_cast<double>(factor);
      for (std::size_t h = 0; h < sums.size(); ++h) sums[h] += value * numbers[h];
    }
    const std::vector<double>& slope = slopes.emplace_back(expand(network, std::move(sums)));
    const std::size_t units = slope.size() / static_cast<std::size_t>(network.shape.members);
    for (std::size_t m = 0; m < static_cast<std::size_t>(network.shape.members); ++m)
      paths.emplace_back(network, m, std::span(slope).subspan(m * units, units));
  }
  if (paths.size() > 1) {
    MeanProbability(paths, ensemble_.all_shares(), static_cast<std::size_t>(ensemble_.labels()),
                    static_cast<std::size_t>(label))
        .integrate();
  } else {
    Pieces pieces(static_cast<std::size_t>(ensemble_.labels()));
    for (double from = 0, to = 1; from < 1; from = to) {
      to = pieces.end(from, paths);
      paths.front().add_gradient(static_cast<std::size_t>(label), to - from);
      pieces.advance(paths, to);
    }
  }

  std::vector<double> sums(row.columns.size());
  auto path = paths.begin();
  for (const Network& network : ensemble_.networks) {
    std::vector<double> gradient;  // [width], with respect to the sums of the first layer
    for (std::int64_t m = 0; m < network.shape.members; ++m, ++path) {
      const std::vector<double> of_member = path->mean_gradient();
      gradient.insert(gradient.end(), of_member.begin(), of_member.end());
    }
    gradient = pull_back(network, std::move(gradient));
    const auto [part, factor] = ensemble_.input_of(network, row);
    const auto first = static_cast<std::size_t>(part.columns.data() - row.columns.data());
    for (std::size_t k = 0; k < part.columns.size(); ++k) {
      const std::vector<float> numbers = network.row(part.columns[k]);
      double sum = 0;
      for (std::size_t h = 0; h < numbers.size(); ++h) sum += numbers[h] * gradient[h];
      sums[first + k] += static_cast<double>(factor) * sum;
    }
  }
  std::vector<TokenContribution> contributions;
  contributions.reserve(row.columns.size());
  for (std::size_t k = 0; k < row.columns.size(); ++k)
    contributions.push_back(
        {row.columns[k],
         static_cast<float>(row.values[k] * sums[k] / static_cast<double>(ensemble_.temperature))});
  return contributions;
}

Reasons strongest_reasons(std::span<const TokenContribution> contributions, std::size_t most) {
  Reasons reasons;
  for (const TokenContribution& token : contributions) {
    if (token.contribution > 0) reasons.in_favour.push_back(token);
    if (token.contribution < 0) reasons.against.push_back(token);
  }
  for (std::vector<TokenContribution>* const side : {&reasons.in_favour, &reasons.against}) {
    std::ranges::sort(*side, {}, [](const TokenContribution& token) {
      return std::pair(-std::abs(token.contribution), token.column);
    });
    if (side->size() > most) side->resize(most);
  }
  return reasons;
}

}  // namespace newsclf
