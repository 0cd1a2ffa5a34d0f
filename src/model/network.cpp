// SPDX-License-Identifier: MIT
#include "newsclf/model/network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "newsclf/error/error.hpp"

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

/// sums += softmax(logits)
void add_softmax(std::span<float> logits, std::span<double> sums) {
  // Where a sum ran over, its difference to another one would be no number.
  constexpr float kLargest = std::numeric_limits<float>::max();
  for (float& logit : logits) logit = std::clamp(logit, -kLargest, kLargest);
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (const float logit : logits) total += std::exp(logit - largest);
  for (std::size_t c = 0; c < logits.size(); ++c) sums[c] += std::exp(logits[c] - largest) / total;
}

class NativePass : public ForwardPass {
 public:
  NativePass(const Network& network, Workers& workers) : network_(network), workers_(workers) {}

  void logits(const RowsView& rows, std::span<float> out) override {
    constexpr std::int64_t kRowsPerPiece = 32;
    const auto labels = static_cast<std::size_t>(network_.shape.labels);
    workers_.share(static_cast<std::int64_t>(rows.size()), kRowsPerPiece,
                   [&](std::int64_t begin, std::int64_t end) {
                     NativeForward forward(network_);
                     for (auto r = static_cast<std::size_t>(begin);
                          r < static_cast<std::size_t>(end); ++r)
                       std::ranges::copy(forward.logits(rows.row(r)),
                                         out.begin() + static_cast<std::ptrdiff_t>(r * labels));
                   });
  }

 private:
  Network network_;
  Workers& workers_;
};

}  // namespace

NativeForward::NativeForward(const Network& network)
    : network_(network),
      hidden1_(static_cast<std::size_t>(network.shape.members * network.shape.hidden1)),
      hidden2_(static_cast<std::size_t>(network.shape.hidden2)),
      logits_(static_cast<std::size_t>(network.shape.labels)),
      probabilities_(logits_.size()) {}

std::span<const float> NativeForward::logits(const SparseRow& row) {
  std::copy(network_.hidden1_bias.begin(), network_.hidden1_bias.end(), hidden1_.begin());
  for (std::size_t k = 0; k < row.columns.size(); ++k) {
    const float* const weights =
        network_.hidden1_weight.data() + static_cast<std::size_t>(row.columns[k]) * hidden1_.size();
    const float value = row.values[k];
    for (std::size_t h = 0; h < hidden1_.size(); ++h) hidden1_[h] += value * weights[h];
  }
  relu(hidden1_);
  const auto members = static_cast<std::size_t>(network_.shape.members);
  const std::size_t units1 = hidden1_.size() / members, units2 = hidden2_.size();
  std::fill(probabilities_.begin(), probabilities_.end(), 0.0);
  for (std::size_t m = 0; m < members; ++m) {
    linear(network_.hidden2_weight.subspan(m * units2 * units1, units2 * units1),
           network_.hidden2_bias.subspan(m * units2, units2),
           std::span(hidden1_).subspan(m * units1, units1), hidden2_);
    relu(hidden2_);
    linear(network_.output_weight.subspan(m * logits_.size() * units2, logits_.size() * units2),
           network_.output_bias.subspan(m * logits_.size(), logits_.size()), hidden2_, logits_);
    if (members > 1) add_softmax(logits_, probabilities_);
  }
  if (members > 1) {
    // No probability is so small that a logit becomes infinite.
    constexpr double kSmallest = 1e-300;
    for (std::size_t c = 0; c < logits_.size(); ++c)
      logits_[c] = static_cast<float>(
          std::log(std::max(probabilities_[c] / static_cast<double>(members), kSmallest)));
  }
  if (network_.temperature != 1)
    for (float& logit : logits_) logit /= network_.temperature;
  return logits_;
}

std::vector<float> native_logits(const Network& network, const RowsView& rows, Workers& workers) {
  std::vector<float> all(rows.size() * static_cast<std::size_t>(network.shape.labels));
  NativePass(network, workers).logits(rows, all);
  return all;
}

std::unique_ptr<ForwardPass> native_forward(const Network& network, Workers& workers) {
  return std::make_unique<NativePass>(network, workers);
}

std::vector<RankedLabel> rank_labels(std::span<const float> logits, std::size_t most) {
  if (std::ranges::any_of(logits, [](float logit) { return std::isnan(logit); }))
    throw Error("model", "a logit of a document is NaN (not a number)",
                "train the model again at a lower learning rate");
  const auto logit = [&](std::int32_t label) { return logits[static_cast<std::size_t>(label)]; };
  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  most = std::min(most, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
                    [&](std::int32_t a, std::int32_t b) {
                      return logit(a) != logit(b) ? logit(a) > logit(b) : a < b;
                    });
  const double largest = logit(order.front());
  // The first case also where both are infinite.
  const auto share = [&](float value) { return value == largest ? 1 : std::exp(value - largest); };
  double sum = 0;
  for (const float value : logits) sum += share(value);
  std::vector<RankedLabel> ranked;
  for (const std::int32_t label : std::span(order).first(most))
    ranked.push_back({label, static_cast<float>(share(logit(label)) / sum)});
  return ranked;
}

}  // namespace newsclf
