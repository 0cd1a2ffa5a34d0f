// SPDX-License-Identifier: MIT
#include "newsclf/model/network.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace newsclf {
namespace {

/// Inner product in eight partial sums, in an order that does not depend on the machine.
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

}  // namespace

NativeForward::NativeForward(const Network& network)
    : network_(network),
      hidden1_(static_cast<std::size_t>(network.shape.hidden1)),
      hidden2_(static_cast<std::size_t>(network.shape.hidden2)),
      logits_(static_cast<std::size_t>(network.shape.labels)) {}

std::span<const float> NativeForward::logits(const SparseRow& row) {
  std::copy(network_.hidden1_bias.begin(), network_.hidden1_bias.end(), hidden1_.begin());
  for (std::size_t k = 0; k < row.columns.size(); ++k) {
    const float* const weights =
        network_.hidden1_weight.data() + static_cast<std::size_t>(row.columns[k]) * hidden1_.size();
    const float value = row.values[k];
    for (std::size_t h = 0; h < hidden1_.size(); ++h) hidden1_[h] += value * weights[h];
  }
  relu(hidden1_);
  linear(network_.hidden2_weight, network_.hidden2_bias, hidden1_, hidden2_);
  relu(hidden2_);
  linear(network_.output_weight, network_.output_bias, hidden2_, logits_);
  return logits_;
}

std::vector<float> native_logits(const Network& network, const SparseRows& rows) {
  NativeForward forward(network);
  std::vector<float> all;
  all.reserve(rows.size() * static_cast<std::size_t>(network.shape.labels));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::span<const float> logits = forward.logits(rows.row(r));
    all.insert(all.end(), logits.begin(), logits.end());
  }
  return all;
}

Prediction decide(std::span<const float> logits) {
  const auto best = std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits)  // the first case also where both are infinite
    sum += logit == *best ? 1 : std::exp(static_cast<double>(logit) - *best);
  return {static_cast<std::int32_t>(best - logits.begin()), static_cast<float>(1 / sum)};
}

}  // namespace newsclf
