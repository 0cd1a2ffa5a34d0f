// SPDX-License-Identifier: MIT
#include "newsclf/model/network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Floats = std::vector<float>;

/// Rows of {column, value} pairs.
SparseRows rows_of(const std::vector<std::vector<std::pair<std::int32_t, float>>>& rows) {
  SparseRows result;
  for (const auto& row : rows) {
    for (const auto& [column, value] : row) {
      result.columns.push_back(column);
      result.values.push_back(value);
    }
    result.end_row();
  }
  return result;
}

/// A network of one input, with layers of `hidden1` and `hidden2` units, whose weights are small
/// integers: its sums are exact in any order.
Network wide_network(std::int64_t hidden1, std::int64_t hidden2) {
  const auto values = std::make_shared<Floats>();
  const std::int64_t sizes[] = {hidden1, hidden1, hidden2 * hidden1, hidden2, 2 * hidden2, 2};
  std::size_t total = 0;
  for (const std::int64_t size : sizes) total += static_cast<std::size_t>(size);
  for (std::size_t i = 0; i < total; ++i) values->push_back(static_cast<float>(i * i % 7) - 2);
  std::span<const float> rest = *values;
  std::vector<std::span<const float>> parts;
  for (const std::int64_t size : sizes) {
    parts.push_back(rest.first(static_cast<std::size_t>(size)));
    rest = rest.subspan(static_cast<std::size_t>(size));
  }
  return {
      {1, hidden1, hidden2, 2}, parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], values};
}

/// weight * in + bias, in plain loops; negative results become 0 where `relu` is set.
Floats layer(std::span<const float> weight, std::span<const float> bias, const Floats& in,
             bool relu) {
  Floats out;
  for (std::size_t o = 0; o < bias.size(); ++o) {
    float sum = bias[o];
    for (std::size_t i = 0; i < in.size(); ++i) sum += weight[o * in.size() + i] * in[i];
    out.push_back(relu && sum < 0 ? 0 : sum);
  }
  return out;
}

}  // namespace

TEST_CASE("the logits of single tokens are what the weights say") {
  const Network network = tiny_classifier().network;
  // moon: hidden1 (1, 0, 0.375), hidden2 (1.375, 0.375)
  CHECK(native_logits(network, rows_of({{{0, 1.f}}})) == Floats{0.625f, 1.375f});
  // orbit: hidden1 (2, 0, 0), for -0.125 is cut off; hidden2 (2, 0)
  CHECK(native_logits(network, rows_of({{{1, 1.f}}})) == Floats{0.25f, 2});
  // ball: hidden1 (0, 1, 0), hidden2 (0, 1)
  CHECK(native_logits(network, rows_of({{{2, 1.f}}})) == Floats{1.25f, 0});
  // bat: hidden1 (0, 2, 0.125), hidden2 (0.125, 2.125)
  CHECK(native_logits(network, rows_of({{{3, 1.f}}})) == Floats{2.375f, 0.125f});
}

TEST_CASE("the tokens of a document add up, each by its weight") {
  const Network network = tiny_classifier().network;
  // twice moon, once bat: hidden1 (2, 2, 1.125), hidden2 (3.125, 3.125)
  CHECK(native_logits(network, rows_of({{{0, 2.f}, {3, 1.f}}})) == Floats{3.375f, 3.125f});
}

TEST_CASE("both hidden layers cut off what is negative") {
  const Classifier classifier = tiny_classifier();
  Network network = classifier.network;
  const Floats bias{-5, 1};
  network.hidden2_bias = bias;
  // minus moon: hidden1 (0, 0, 0); hidden2 (0, 1), for -5 is cut off
  CHECK(native_logits(network, rows_of({{{0, -1.f}}})) == Floats{1.25f, 0});
}

TEST_CASE("a row without entries takes the way of the biases") {
  // hidden1 (0, 0, 0), for the bias -0.125 is cut off
  CHECK(native_logits(tiny_classifier().network, rows_of({{}})) == Floats{0.25f, 0});
}

TEST_CASE("no rows have no logits") {
  CHECK(native_logits(tiny_classifier().network, rows_of({})).empty());
}

TEST_CASE("layers of any width are summed up whole") {
  const auto width = GENERATE(1, 7, 8, 9, 16, 19);
  const Network network = wide_network(width, width + 1);
  Floats hidden1;
  for (std::size_t h = 0; h < network.hidden1_bias.size(); ++h)
    hidden1.push_back(std::max(0.f, network.hidden1_bias[h] + 3 * network.hidden1_weight[h]));
  const Floats hidden2 = layer(network.hidden2_weight, network.hidden2_bias, hidden1, true);
  const Floats expected = layer(network.output_weight, network.output_bias, hidden2, false);
  CHECK(native_logits(network, rows_of({{{0, 3.f}}})) == expected);
}

TEST_CASE("the logits of a row do not depend on its neighbours") {
  const Network network = tiny_classifier().network;
  const Floats alone = native_logits(network, rows_of({{{1, 0.1f}, {2, 0.7f}}}));
  const Floats among = native_logits(network, rows_of({{{0, 5.f}}, {{1, 0.1f}, {2, 0.7f}}, {}}));
  CHECK(Floats(among.begin() + 2, among.begin() + 4) == alone);
}

TEST_CASE("the label of the largest logit is taken, with its softmax") {
  const Prediction prediction = decide(Floats{1, 3, 2});
  CHECK(prediction.label == 1);
  CHECK(prediction.probability == Approx(0.66524096));  // 1 / (1 + e^-1 + e^-2)
}

TEST_CASE("of equal logits the first is taken") {
  const Prediction prediction = decide(Floats{-1, 2, 2});
  CHECK(prediction.label == 1);
  CHECK(prediction.probability == Approx(1 / (2 + std::exp(-3.0))));
}

TEST_CASE("a single label is certain") {
  const Prediction prediction = decide(Floats{-4});
  CHECK(prediction.label == 0);
  CHECK(prediction.probability == 1);
}

TEST_CASE("the softmax of huge logits does not overflow") {
  constexpr float kHuge = std::numeric_limits<float>::max();
  CHECK(decide(Floats{-kHuge, kHuge}).label == 1);
  CHECK(decide(Floats{-kHuge, kHuge}).probability == 1);
  CHECK(decide(Floats{kHuge, kHuge, -kHuge}).probability == 0.5f);
  CHECK(decide(Floats{-kHuge, -kHuge, -kHuge, -kHuge}).probability == 0.25f);
  CHECK(decide(Floats{1000, 999}).probability == Approx(0.73105858));  // 1 / (1 + e^-1)
}
