// SPDX-License-Identifier: MIT
#include "newsclf/model/network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "newsclf/error/error.hpp"
#include "newsclf/features/weighting.hpp"

namespace newsclf {
namespace {

/// Inner product in eight partial sums; the order does not depend on the machine.
float dot(const float* a, const float* b, std::size_t n) {
  std::array<float, 8> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= n; i += sums.size())
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += a[i + k] * b[i + k];
  float sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (const float partial : sums) sum += partial;
  return sum;
}

/// out = weight * in + bias; weight is [out, in].
void linear(std::span<const float> weight, std::span<const float> bias, std::span<const float> in,
            std::span<float> out) {
  for (std::size_t o = 0; o < out.size(); ++o)
    out[o] = bias[o] + dot(weight.data() + o * in.size(), in.data(), in.size());
}

void relu(std::span<float> values) {
  for (float& value : values) value = std::max(value, 0.0f);
}

/// sums += share * softmax(logits / temperature)
void add_softmax(std::span<float> logits, double share, float temperature, std::span<double> sums) {
  // The difference of two sums that overflowed would be NaN.
  constexpr float kLargest = std::numeric_limits<float>::max();
  for (float& logit : logits) logit = std::clamp(logit / temperature, -kLargest, kLargest);
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (const float logit : logits) total += std::exp(logit - largest);
  for (std::size_t c = 0; c < logits.size(); ++c)
    sums[c] += share * std::exp(logits[c] - largest) / total;
}

/// The forward pass of one row at a time, with buffers for intermediate results.
class Forward {
 public:
  explicit Forward(const Ensemble& ensemble) : ensemble_(ensemble), shares_(ensemble.shares()) {}

  /// Computes the logits of all members [members, C].
  void member_logits(const SparseRow& row, std::span<float> logits) {
    for (const Network& network : ensemble_.networks) {
      const auto count = static_cast<std::size_t>(network.shape.members * network.shape.labels);
      add_network(network, row, logits.first(count));
      logits = logits.subspan(count);
    }
  }

  /// Computes the logits of the ensemble [C].
  void logits(const SparseRow& row, std::span<float> logits) {
    const std::size_t labels = logits.size();
    if (shares_.size() == 1) {
      add_network(ensemble_.networks.front(), row, logits);
      if (ensemble_.temperature != 1)
        for (float& logit : logits) logit /= ensemble_.temperature;
      return;
    }
    members_.resize(shares_.size() * labels);
    member_logits(row, members_);
    probabilities_.assign(labels, 0);
    for (std::size_t m = 0; m < shares_.size(); ++m)
      add_softmax(std::span(members_).subspan(m * labels, labels), shares_[m],
                  ensemble_.temperature, probabilities_);
    // The lower bound keeps the logits finite.
    constexpr double kSmallest = 1e-300;
    for (std::size_t c = 0; c < labels; ++c)
      logits[c] = static_cast<float>(std::log(std::max(probabilities_[c], kSmallest)));
  }

 private:
  void add_network(const Network& network, const SparseRow& row, std::span<float> logits) {
    const auto [part, factor] = ensemble_.input_of(network, row);
    first_.assign(network.first_bias.begin(), network.first_bias.end());
    for (std::size_t k = 0; k < part.columns.size(); ++k) {
      const float* const weights = network.weights_of(part.columns[k]).data();
      const float value = part.values[k] * factor;
      for (std::size_t h = 0; h < first_.size(); ++h) first_[h] += value * weights[h];
    }
    if (network.shape.is_linear()) {
      std::ranges::copy(first_, logits.begin());
      return;
    }
    relu(first_);
    const auto units1 = static_cast<std::size_t>(network.shape.hidden1);
    const auto units2 = static_cast<std::size_t>(network.shape.hidden2);
    const auto labels = static_cast<std::size_t>(network.shape.labels);
    hidden2_.resize(units2);
    for (std::size_t m = 0; m < static_cast<std::size_t>(network.shape.members); ++m) {
      linear(network.hidden2_weight.subspan(m * units2 * units1, units2 * units1),
             network.hidden2_bias.subspan(m * units2, units2),
             std::span(first_).subspan(m * units1, units1), hidden2_);
      relu(hidden2_);
      linear(network.output_weight.subspan(m * labels * units2, labels * units2),
             network.output_bias.subspan(m * labels, labels), hidden2_,
             logits.subspan(m * labels, labels));
    }
  }

  const Ensemble& ensemble_;
  std::vector<double> shares_;
  std::vector<float> first_, hidden2_, members_;
  std::vector<double> probabilities_;
};

/// Calls `compute(forward, row, out)` for each row, with `width` floats per row as output.
std::vector<float> for_rows(const Ensemble& ensemble, const RowsView& rows, std::size_t width,
                            Workers& workers, const auto& compute) {
  constexpr std::int64_t kRowsPerPiece = 32;
  std::vector<float> all(rows.size() * width);
  workers.share(std::ssize(rows.offsets) - 1, kRowsPerPiece,
                [&](std::int64_t begin, std::int64_t end) {
                  Forward forward(ensemble);
                  for (auto r = static_cast<std::size_t>(begin); r < static_cast<std::size_t>(end);
                       ++r)
                    compute(forward, rows.row(r), std::span(all).subspan(r * width, width));
                });
  return all;
}

}  // namespace

std::int64_t Ensemble::members() const {
  std::int64_t count = 0;
  for (const Network& network : networks) count += network.shape.members;
  return count;
}

std::vector<double> Ensemble::shares() const {
  const bool has_linear =
      std::ranges::any_of(networks, [](const Network& n) { return n.shape.is_linear(); });
  const std::int64_t others = members() - (has_linear ? 1 : 0);
  const double of_linear = !has_linear ? 0 : others == 0 ? 1 : linear_share;
  std::vector<double> shares;
  for (const Network& network : networks)
    shares.insert(shares.end(), static_cast<std::size_t>(network.shape.members),
                  network.shape.is_linear() ? of_linear
                                            : (1 - of_linear) / static_cast<double>(others));
  return shares;
}

std::pair<SparseRow, float> Ensemble::input_of(const Network& network, const SparseRow& row) const {
  const SparseRow part = part_of(row, network.columns());
  return {part, rescales_parts ? norm_factor(row, part) : 1};
}

std::vector<float> native_logits(const Ensemble& ensemble, const RowsView& rows, Workers& workers) {
  return for_rows(ensemble, rows, static_cast<std::size_t>(ensemble.labels()), workers,
                  [](Forward& forward, const SparseRow& row, std::span<float> out) {
                    forward.logits(row, out);
                  });
}

std::vector<float> member_logits(const Ensemble& ensemble, const RowsView& rows, Workers& workers) {
  return for_rows(ensemble, rows,
                  static_cast<std::size_t>(ensemble.members() * ensemble.labels()), workers,
                  [](Forward& forward, const SparseRow& row, std::span<float> out) {
                    forward.member_logits(row, out);
                  });
}

std::vector<RankedLabel> rank_labels(std::span<const float> logits, std::size_t most) {
  if (std::ranges::any_of(logits, [](float logit) { return std::isnan(logit); }))
    throw Error("model", "a logit of a document is NaN (not a number)",
                "train the model again at a lower learning rate");
  const auto logit = [&](std::int32_t label) { return logits[static_cast<std::size_t>(label)]; };
  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  most = std::min(most, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(most), {},
                            [&](std::int32_t label) { return std::pair(-logit(label), label); });
  const double largest = logit(order.front());
  // The first case also covers two infinite values.
  const auto share = [&](float value) { return value == largest ? 1 : std::exp(value - largest); };
  double sum = 0;
  for (const float value : logits) sum += share(value);
  std::vector<RankedLabel> ranked;
  for (const std::int32_t label : std::span(order).first(most))
    ranked.push_back({label, static_cast<float>(share(logit(label)) / sum)});
  return ranked;
}

std::vector<float> in_label_order(std::span<const RankedLabel> labels) {
  std::vector<float> probabilities(labels.size());
  for (const auto& [label, probability] : labels)
    probabilities[static_cast<std::size_t>(label)] = probability;
  return probabilities;
}

}  // namespace newsclf
