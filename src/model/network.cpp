// SPDX-License-Identifier: MIT
#include "newsclf/model/network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "model/forward_loops.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/features/weighting.hpp"
#include "parallel/clones.hpp"

namespace newsclf {
namespace {

NEWSCLF_CLONES void linear(std::span<const float> weight, std::span<const float> bias,
                           std::span<const float> in, std::span<float> out) {
  loops::linear(weight, bias, in, out);
}

void relu(std::span<float> values) {
  for (float& value : values) value = std::max(value, 0.0f);
}

/// sums += share * softmax(logits)
void add_softmax(std::span<float> logits, double share, std::span<double> sums) {
  // The difference of two sums that overflowed would be NaN.
  constexpr float kLargest = std::numeric_limits<float>::max();
  for (float& logit : logits) logit = std::clamp(logit, -kLargest, kLargest);
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (const float logit : logits) total += std::exp(logit - largest);
  for (std::size_t c = 0; c < logits.size(); ++c)
    sums[c] += share * std::exp(logits[c] - largest) / total;
}

/// The forward pass of one row at a time, with buffers for intermediate results.
class Forward {
 public:
  explicit Forward(const Ensemble& ensemble)
      : ensemble_(ensemble), shares_(ensemble.all_shares()) {}

  /// Computes the logits of a row [C].
  void compute(const SparseRow& row, std::span<float> logits) {
    const bool averages = shares_.size() > 1;
    probabilities_.assign(logits.size(), 0);
    auto share = shares_.begin();
    for (const Network& network : ensemble_.networks) {
      read_row(network, row);
      for (std::size_t m = 0; m < static_cast<std::size_t>(network.shape.members); ++m, ++share) {
        if (*share == 0) continue;
        compute_member(network, m, logits);
        if (averages) add_softmax(logits, *share, probabilities_);
      }
    }
    // The lower bound keeps the logits finite.
    constexpr double kSmallest = 1e-300;
    if (averages)
      for (std::size_t c = 0; c < logits.size(); ++c)
        logits[c] = static_cast<float>(std::log(std::max(probabilities_[c], kSmallest)));
    if (ensemble_.temperature != 1)
      for (float& logit : logits) logit /= ensemble_.temperature;
  }

 private:
  /// Computes the first layer of all members: [width].
  void read_row(const Network& network, const SparseRow& row) {
    const auto [part, factor] = ensemble_.input_of(network, row);
    first_.assign(network.first_bias.begin(), network.first_bias.end());
    const PackedRows& packed = network.packed;
    if (!packed.is_empty()) sums_.assign(packed.rank, 0);
    network.add_rows(part, factor, packed.is_empty() ? first_ : sums_);
    if (!packed.is_empty()) packed.expand(sums_, first_);
    if (!network.shape.is_linear()) relu(first_);
  }

  void compute_member(const Network& network, std::size_t m, std::span<float> logits) {
    if (network.shape.is_linear()) {
      std::ranges::copy(first_, logits.begin());
      return;
    }
    const auto units1 = static_cast<std::size_t>(network.shape.hidden1);
    const auto units2 = static_cast<std::size_t>(network.shape.hidden2);
    const std::size_t labels = logits.size();
    hidden2_.resize(units2);
    linear(network.hidden2_weight.subspan(m * units2 * units1, units2 * units1),
           network.hidden2_bias.subspan(m * units2, units2),
           std::span(first_).subspan(m * units1, units1), hidden2_);
    relu(hidden2_);
    linear(network.output_weight.subspan(m * labels * units2, labels * units2),
           network.output_bias.subspan(m * labels, labels), hidden2_, logits);
  }

  const Ensemble& ensemble_;
  std::vector<double> shares_;
  std::vector<float> first_, sums_, hidden2_;
  std::vector<double> probabilities_;
};

}  // namespace

void Network::add_rows(const SparseRow& row, float factor, std::span<float> sums) const {
  if (!packed.is_empty()) return packed.add(row, first_column, factor, sums);
  loops::add_rows(loops::Matrix<float>{first_weight.data(), nullptr, sums.size()}, row,
                  first_column, factor, sums.data());
}

std::vector<float> Network::row(std::int32_t column) const {
  std::vector<float> numbers(row_size());
  constexpr float kOne = 1;
  add_rows({{&column, 1}, {&kOne, 1}}, 1, numbers);
  return numbers;
}

FirstWeight::FirstWeight(const Network& network) : floats_(network.first_weight) {
  if (network.packed.is_empty()) return;
  const auto width = static_cast<std::size_t>(network.shape.width());
  unpacked_.resize(static_cast<std::size_t>(network.shape.inputs) * width);
  for (std::int32_t v = 0; v < static_cast<std::int32_t>(network.shape.inputs); ++v)
    network.packed.expand(network.row(network.first_column + v),
                          std::span(unpacked_).subspan(static_cast<std::size_t>(v) * width, width));
  floats_ = unpacked_;
}

std::int64_t Ensemble::members() const {
  std::int64_t count = 0;
  for (const Network& network : networks) count += network.shape.members;
  return count;
}

std::vector<double> Ensemble::all_shares() const {
  if (!shares.empty()) return shares;
  const auto count = static_cast<std::size_t>(members());
  return std::vector<double>(count, 1 / static_cast<double>(count));
}

std::pair<SparseRow, float> Ensemble::input_of(const Network& network, const SparseRow& row) const {
  const SparseRow part = part_of(row, network.columns());
  return {part, rescales_parts ? norm_factor(row, part) : 1};
}

std::vector<float> native_logits(const Ensemble& ensemble, const RowsView& rows, Workers& workers) {
  constexpr std::int64_t kRowsPerPiece = 32;
  const auto labels = static_cast<std::size_t>(ensemble.labels());
  std::vector<float> all(rows.size() * labels);
  workers.share(
      std::ssize(rows.offsets) - 1, kRowsPerPiece, [&](std::int64_t begin, std::int64_t end) {
        Forward forward(ensemble);
        for (auto r = static_cast<std::size_t>(begin); r < static_cast<std::size_t>(end); ++r)
          forward.compute(rows.row(r), std::span(all).subspan(r * labels, labels));
      });
  return all;
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
