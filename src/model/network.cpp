// SPDX-License-Identifier: MIT
#include "newsclf/model/network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "newsclf/error/error.hpp"

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

/// sums += softmax(logits)
void add_softmax(std::span<float> logits, std::span<double> sums) {
  // The difference of two sums that overflowed would be NaN.
  constexpr float kLargest = std::numeric_limits<float>::max();
  for (float& logit : logits) logit = std::clamp(logit, -kLargest, kLargest);
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (const float logit : logits) total += std::exp(logit - largest);
  for (std::size_t c = 0; c < logits.size(); ++c) sums[c] += std::exp(logits[c] - largest) / total;
}

/// Computes the logits of one row; the other spans are buffers for intermediate results.
void forward(const Network& network, const SparseRow& row, std::span<float> hidden1,
             std::span<float> hidden2, std::span<double> probabilities, std::span<float> logits) {
  std::ranges::copy(network.hidden1_bias, hidden1.begin());
  for (std::size_t k = 0; k < row.columns.size(); ++k) {
    const float* const weights =
        network.hidden1_weight.data() + static_cast<std::size_t>(row.columns[k]) * hidden1.size();
    const float value = row.values[k];
    for (std::size_t h = 0; h < hidden1.size(); ++h) hidden1[h] += value * weights[h];
  }
  relu(hidden1);
  const auto members = static_cast<std::size_t>(network.shape.members);
  const std::size_t units1 = hidden1.size() / members, units2 = hidden2.size();
  const std::size_t labels = logits.size();
  std::ranges::fill(probabilities, 0.0);
  for (std::size_t m = 0; m < members; ++m) {
    linear(network.hidden2_weight.subspan(m * units2 * units1, units2 * units1),
           network.hidden2_bias.subspan(m * units2, units2), hidden1.subspan(m * units1, units1),
           hidden2);
    relu(hidden2);
    linear(network.output_weight.subspan(m * labels * units2, labels * units2),
           network.output_bias.subspan(m * labels, labels), hidden2, logits);
    if (members > 1) add_softmax(logits, probabilities);
  }
  if (members > 1) {
    // The lower bound keeps the logits finite.
    constexpr double kSmallest = 1e-300;
    for (std::size_t c = 0; c < labels; ++c)
      logits[c] = static_cast<float>(
          std::log(std::max(probabilities[c] / static_cast<double>(members), kSmallest)));
  }
  if (network.temperature != 1)
    for (float& logit : logits) logit /= network.temperature;
}

}  // namespace

std::vector<float> native_logits(const Network& network, const RowsView& rows, Workers& workers) {
  constexpr std::int64_t kRowsPerPiece = 32;
  const NetworkShape& shape = network.shape;
  const auto labels = static_cast<std::size_t>(shape.labels);
  std::vector<float> all(rows.size() * labels);
  workers.share(
      std::ssize(rows.offsets) - 1, kRowsPerPiece, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> hidden1(network.hidden1_bias.size());
        std::vector<float> hidden2(static_cast<std::size_t>(shape.hidden2));
        std::vector<double> probabilities(labels);
        for (auto r = static_cast<std::size_t>(begin); r < static_cast<std::size_t>(end); ++r)
          forward(network, rows.row(r), hidden1, hidden2, probabilities,
                  std::span(all).subspan(r * labels, labels));
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
