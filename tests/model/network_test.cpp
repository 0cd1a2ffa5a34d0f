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

/// A network with one input and layers of `hidden1` and `hidden2` units. Its weights are small
/// integers, so that sums are exact in any order.
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

/// An ensemble of networks with the same sizes.
Network ensemble_of(const std::vector<Network>& members) {
  struct Weights {
    Floats hidden1, bias1, hidden2, bias2, output, bias_out;
  };
  const auto weights = std::make_shared<Weights>();
  const auto append = [](Floats& to, std::span<const float> values) {
    to.insert(to.end(), values.begin(), values.end());
  };
  NetworkShape shape = members.front().shape;
  const auto units = static_cast<std::size_t>(shape.hidden1);
  for (std::size_t v = 0; v < static_cast<std::size_t>(shape.inputs); ++v)
    for (const Network& member : members)
      append(weights->hidden1, member.first_weight.subspan(v * units, units));
  for (const Network& member : members) {
    append(weights->bias1, member.first_bias);
    append(weights->hidden2, member.hidden2_weight);
    append(weights->bias2, member.hidden2_bias);
    append(weights->output, member.output_weight);
    append(weights->bias_out, member.output_bias);
  }
  shape.members = static_cast<std::int64_t>(members.size());
  return {shape,          weights->hidden1, weights->bias1,    weights->hidden2,
          weights->bias2, weights->output,  weights->bias_out, weights};
}

/// A network whose logits are `logits` for every document.
Network constant_network(const Floats& logits) {
  struct Weights {
    Floats zeros, logits;
  };
  const auto weights = std::make_shared<const Weights>(Weights{Floats(logits.size()), logits});
  const std::span<const float> zeros = weights->zeros, one = zeros.first(1);
  return {{1, 1, 1, static_cast<std::int64_t>(logits.size())},
          one,
          one,
          one,
          one,
          zeros,
          weights->logits,
          weights};
}

/// The logits of an ensemble of constant networks.
Floats ensemble_logits(const std::vector<Floats>& member_logits, float temperature = 1) {
  std::vector<Network> members;
  members.reserve(member_logits.size());
  for (const Floats& logits : member_logits) members.push_back(constant_network(logits));
  Ensemble ensemble = ensemble_of(members);
  ensemble.temperature = temperature;
  return native_logits(ensemble, rows_of({{}}));
}

/// The logarithm of each label's mean softmax.
Floats log_mean_softmax(const std::vector<Floats>& member_logits) {
  Floats logs;
  for (std::size_t c = 0; c < member_logits.front().size(); ++c) {
    double sum = 0;
    for (const Floats& logits : member_logits) {
      double total = 0;
      for (const float logit : logits) total += std::exp(static_cast<double>(logit));
      sum += std::exp(static_cast<double>(logits[c])) / total;
    }
    logs.push_back(static_cast<float>(std::log(sum / static_cast<double>(member_logits.size()))));
  }
  return logs;
}

/// weight * in + bias, in plain loops; negative results become 0 if `relu` is set.
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

TEST_CASE("the logits of single tokens follow from the weights") {
  const Ensemble ensemble = tiny_classifier().ensemble;
  // moon: hidden1 (1, 0, 0.375), hidden2 (1.375, 0.375)
  CHECK(native_logits(ensemble, rows_of({{{0, 1.f}}})) == Floats{0.625f, 1.375f});
  // orbit: hidden1 (2, 0, 0), since ReLU sets -0.125 to 0; hidden2 (2, 0)
  CHECK(native_logits(ensemble, rows_of({{{1, 1.f}}})) == Floats{0.25f, 2});
  // ball: hidden1 (0, 1, 0), hidden2 (0, 1)
  CHECK(native_logits(ensemble, rows_of({{{2, 1.f}}})) == Floats{1.25f, 0});
  // bat: hidden1 (0, 2, 0.125), hidden2 (0.125, 2.125)
  CHECK(native_logits(ensemble, rows_of({{{3, 1.f}}})) == Floats{2.375f, 0.125f});
}

TEST_CASE("the tokens of a document add up, multiplied by their weights") {
  const Ensemble ensemble = tiny_classifier().ensemble;
  // twice moon, once bat: hidden1 (2, 2, 1.125), hidden2 (3.125, 3.125)
  CHECK(native_logits(ensemble, rows_of({{{0, 2.f}, {3, 1.f}}})) == Floats{3.375f, 3.125f});
}

TEST_CASE("both hidden layers set negative values to 0") {
  const Classifier classifier = tiny_classifier();
  Network network = only_network(classifier.ensemble);
  const Floats bias{-5, 1};
  network.hidden2_bias = bias;
  // minus moon: hidden1 (0, 0, 0); hidden2 (0, 1), since ReLU sets -5 to 0
  CHECK(native_logits(network, rows_of({{{0, -1.f}}})) == Floats{1.25f, 0});
}

TEST_CASE("the logits of a row without entries depend only on the biases") {
  // hidden1 (0, 0, 0), since ReLU sets the bias -0.125 to 0
  CHECK(native_logits(tiny_classifier().ensemble, rows_of({{}})) == Floats{0.25f, 0});
}

TEST_CASE("the logits of no rows are empty") {
  CHECK(native_logits(tiny_classifier().ensemble, rows_of({})).empty());
}

TEST_CASE("layers of any width are summed completely") {
  const auto width = GENERATE(1, 7, 8, 9, 16, 19);
  const Network network = wide_network(width, width + 1);
  Floats hidden1;
  for (std::size_t h = 0; h < network.first_bias.size(); ++h)
    hidden1.push_back(std::max(0.f, network.first_bias[h] + 3 * network.first_weight[h]));
  const Floats hidden2 = layer(network.hidden2_weight, network.hidden2_bias, hidden1, true);
  const Floats expected = layer(network.output_weight, network.output_bias, hidden2, false);
  CHECK(native_logits(network, rows_of({{{0, 3.f}}})) == expected);
}

TEST_CASE("the logits of a row do not depend on other rows") {
  const Ensemble ensemble = tiny_classifier().ensemble;
  const Floats alone = native_logits(ensemble, rows_of({{{1, 0.1f}, {2, 0.7f}}}));
  const Floats among = native_logits(ensemble, rows_of({{{0, 5.f}}, {{1, 0.1f}, {2, 0.7f}}, {}}));
  CHECK(Floats(among.begin() + 2, among.begin() + 4) == alone);
}

TEST_CASE("an ensemble's logits are the logarithm of its members' mean probability") {
  // 3/4 and 1/4, 1/2 and 1/2: on average 5/8 and 3/8.
  require_close(ensemble_logits({{std::log(3.0f), 0}, {7, 7}}),
                Floats{std::log(0.625f), std::log(0.375f)}, 1e-6);
  // 1/10 2/10 7/10, 6/10 3/10 1/10, 2/10 4/10 4/10: on average 3/10 3/10 4/10.
  require_close(ensemble_logits({{std::log(1.0f), std::log(2.0f), std::log(7.0f)},
                                 {std::log(6.0f), std::log(3.0f), std::log(1.0f)},
                                 {std::log(1.0f), std::log(2.0f), std::log(2.0f)}}),
                Floats{std::log(0.3f), std::log(0.3f), std::log(0.4f)}, 1e-6);
}

TEST_CASE("each member of an ensemble has its own weights") {
  Ensemble ensemble = tiny_ensemble().ensemble;
  ensemble.temperature = 1;
  // The first member is `tiny_classifier`. For the second:
  // moon: hidden1 (0, 1, 0), since ReLU sets -0.5 to 0; hidden2 (1.25, 0)
  require_close(native_logits(ensemble, rows_of({{{0, 1.f}}})),
                log_mean_softmax({{0.625f, 1.375f}, {0.625f, 3}}), 1e-6);
  // orbit: hidden1 (0, 0, 1.5), hidden2 (1, 1.5)
  require_close(native_logits(ensemble, rows_of({{{1, 1.f}}})),
                log_mean_softmax({{0.25f, 2}, {2, 2.5f}}), 1e-6);
  // ball: hidden1 (1, 0, 0), hidden2 (0.25, 1)
  require_close(native_logits(ensemble, rows_of({{{2, 1.f}}})),
                log_mean_softmax({{1.25f, 0}, {1.125f, 1}}), 1e-6);
  // bat: hidden1 (0.5, 0, 0), hidden2 (0.25, 0.5)
  require_close(native_logits(ensemble, rows_of({{{3, 1.f}}})),
                log_mean_softmax({{2.375f, 0.125f}, {0.625f, 1}}), 1e-6);
}

TEST_CASE("members of any width are summed completely") {
  const auto width = GENERATE(1, 7, 8, 9, 16);
  const Network plain = wide_network(width, width + 1);
  // Three members that differ by a factor on their first layer.
  Floats halved, negated;
  for (const float weight : plain.first_weight) {
    halved.push_back(weight / 2);
    negated.push_back(-weight);
  }
  std::vector<Network> members(3, plain);
  members[1].first_weight = halved;
  members[2].first_weight = negated;
  const SparseRows rows = rows_of({{{0, 0.125f}}});
  std::vector<Floats> member_logits;
  member_logits.reserve(members.size());
  for (const Network& member : members) member_logits.push_back(native_logits(member, rows));
  require_close(native_logits(ensemble_of(members), rows), log_mean_softmax(member_logits), 1e-6);
}

TEST_CASE("an ensemble of equal members has the logits of one member") {
  require_close(ensemble_logits({{1, 3, 2}, {1, 3, 2}, {1, 3, 2}}), log_mean_softmax({{1, 3, 2}}),
                1e-6);
}

TEST_CASE("the logits of a row of an ensemble do not depend on other rows") {
  const Ensemble ensemble = tiny_ensemble().ensemble;
  const Floats alone = native_logits(ensemble, rows_of({{{1, 0.1f}, {2, 0.7f}}}));
  const Floats among = native_logits(ensemble, rows_of({{{0, 5.f}}, {{1, 0.1f}, {2, 0.7f}}, {}}));
  CHECK(Floats(among.begin() + 2, among.begin() + 4) == alone);
}

TEST_CASE("logits are divided by the temperature") {
  Ensemble ensemble = tiny_classifier().ensemble;
  ensemble.temperature = 2;
  CHECK(native_logits(ensemble, rows_of({{{0, 1.f}}, {{1, 1.f}}})) ==
        Floats{0.3125f, 0.6875f, 0.125f, 1});
  ensemble.temperature = 0.25f;
  CHECK(native_logits(ensemble, rows_of({{{1, 1.f}}})) == Floats{1, 8});
}

TEST_CASE("the temperature of an ensemble divides the logarithm of the mean") {
  require_close(ensemble_logits({{std::log(3.0f), 0}, {7, 7}}, 2),
                Floats{std::log(0.625f) / 2, std::log(0.375f) / 2}, 1e-6);
  require_close(ensemble_logits({{std::log(3.0f), 0}, {7, 7}}, 0.5f),
                Floats{std::log(0.625f) * 2, std::log(0.375f) * 2}, 1e-6);
}

TEST_CASE("extreme logits of one network stay finite and in order") {
  const Floats plain = native_logits(constant_network({-1e38f, 1e38f, 0}), rows_of({{}}));
  CHECK(plain == Floats{-1e38f, 1e38f, 0});
  Ensemble ensemble = constant_network({-1e38f, 1e38f, 0});
  ensemble.temperature = 2;
  CHECK(native_logits(ensemble, rows_of({{}})) == Floats{-5e37f, 5e37f, 0});
}

TEST_CASE("extreme logits of members stay finite and in order") {
  for (const float temperature : {1.0f, 2.0f, 0.02f, 50.0f}) {
    CAPTURE(temperature);
    const Floats agreed = ensemble_logits({{1e38f, -1e38f}, {1e38f, -1e38f}}, temperature);
    CHECK(agreed[0] == 0);
    CHECK(std::isfinite(agreed[1]));
    CHECK(agreed[1] < -600 / temperature);
    // The members are certain of different labels, and neither predicts the third label.
    const Floats torn = ensemble_logits({{1e38f, -1e38f, 0}, {-1e38f, 1e38f, 0}}, temperature);
    CHECK(torn[0] == Approx(std::log(0.5) / temperature));
    CHECK(torn[1] == torn[0]);
    CHECK(std::isfinite(torn[2]));
    CHECK(torn[2] < torn[1]);
  }
}

TEST_CASE("a label that one member considers possible ranks before one that no member does") {
  const Floats logits = ensemble_logits({{200, 0, -1e38f}, {200, -1e38f, -1e38f}});
  CHECK(logits[0] == 0);
  CHECK(logits[1] == Approx(-200 - std::log(2.0)));
  CHECK(std::isfinite(logits[2]));
  CHECK(logits[2] < logits[1]);
}

RankedLabel best_of(const Floats& logits) { return rank_labels(logits).front(); }

TEST_CASE("labels are ranked by logit, ties in label order, with their softmax") {
  const auto ranked = rank_labels(Floats{1, 3, 3, 2}, 3);
  REQUIRE(ranked.size() == 3);
  CHECK(ranked[0].label == 1);
  CHECK(ranked[1].label == 2);
  CHECK(ranked[2].label == 3);
  CHECK(ranked[0].probability == ranked[1].probability);
  CHECK(ranked[2].probability == Approx(ranked[0].probability * std::exp(-1.0)));
  CHECK(rank_labels(Floats{1, 2}, 5).size() == 2);
}

TEST_CASE("the label with the largest logit is predicted, with its softmax") {
  const RankedLabel prediction = best_of(Floats{1, 3, 2});
  CHECK(prediction.label == 1);
  CHECK(prediction.probability == Approx(0.66524096));  // 1 / (1 + e^-1 + e^-2)
}

TEST_CASE("the first label with the largest logit is predicted") {
  const RankedLabel prediction = best_of(Floats{-1, 2, 2});
  CHECK(prediction.label == 1);
  CHECK(prediction.probability == Approx(1 / (2 + std::exp(-3.0))));
}

TEST_CASE("a single label has probability 1") {
  const RankedLabel prediction = best_of(Floats{-4});
  CHECK(prediction.label == 0);
  CHECK(prediction.probability == 1);
}

TEST_CASE("the softmax of huge logits does not overflow") {
  constexpr float kHuge = std::numeric_limits<float>::max();
  CHECK(best_of(Floats{-kHuge, kHuge}).label == 1);
  CHECK(best_of(Floats{-kHuge, kHuge}).probability == 1);
  CHECK(best_of(Floats{kHuge, kHuge, -kHuge}).probability == 0.5f);
  CHECK(best_of(Floats{-kHuge, -kHuge, -kHuge, -kHuge}).probability == 0.25f);
  CHECK(best_of(Floats{1000, 999}).probability == Approx(0.73105858));  // 1 / (1 + e^-1)
}

namespace {

/// Perceptrons that read the columns from 0 to 2, a perceptron that reads those from 1 to 3, and a
/// linear network that reads all, in an ensemble with unequal shares.
struct Mixed {
  Network both, other, linear;
  Ensemble ensemble;

  explicit Mixed(bool rescales_parts = false) {
    both = tiny_ensemble().ensemble.networks.front();  // two members
    both.shape.inputs = 3;
    both.first_weight = both.first_weight.first(3 * 6);
    other = tiny_classifier().ensemble.networks.front();
    other.shape.inputs = 3;
    other.first_weight = other.first_weight.first(3 * 3);
    other.first_column = 1;
    linear = tiny_with_linear().ensemble.networks.back();
    const auto weights =
        std::make_shared<const Floats>(Floats{0, 0.25f, 3, -1, -1, 1, 2, 0, 0.5f, -0.5f});
    linear.shape.inputs = 4;
    linear.first_column = 0;
    linear.first_bias = std::span(*weights).first(2);
    linear.first_weight = std::span(*weights).last(8);
    linear.owner = weights;
    ensemble.networks = {both, other, linear};
    ensemble.shares = {0.1, 0.2, 0.3, 0.4};
    ensemble.rescales_parts = rescales_parts;
  }
};

/// The logits of one member of a perceptron for its part of a row, in plain loops.
Floats member_logits(const Network& network, std::size_t m, const Floats& part) {
  const auto h1 = static_cast<std::size_t>(network.shape.hidden1);
  const auto h2 = static_cast<std::size_t>(network.shape.hidden2);
  const auto width = static_cast<std::size_t>(network.shape.width());
  const auto labels = static_cast<std::size_t>(network.shape.labels);
  Floats hidden1;
  for (std::size_t h = m * h1; h < (m + 1) * h1; ++h) {
    float sum = network.first_bias[h];
    for (std::size_t c = 0; c < part.size(); ++c)
      sum += part[c] * network.first_weight[c * width + h];
    hidden1.push_back(std::max(sum, 0.0f));
  }
  const Floats hidden2 = layer(network.hidden2_weight.subspan(m * h2 * h1, h2 * h1),
                               network.hidden2_bias.subspan(m * h2, h2), hidden1, true);
  return layer(network.output_weight.subspan(m * labels * h2, labels * h2),
               network.output_bias.subspan(m * labels, labels), hidden2, false);
}

/// The logits of a linear network of two labels for its part of a row.
Floats linear_logits(const Network& network, const Floats& part) {
  Floats logits(network.first_bias.begin(), network.first_bias.end());
  for (std::size_t i = 0; i < 2 * part.size(); ++i)
    logits[i % 2] += part[i / 2] * network.first_weight[i];
  return logits;
}

/// The logarithm of the mean softmax of two labels with these shares.
Floats log_weighted_mean(const std::vector<Floats>& logits, const std::vector<double>& shares) {
  double sums[2] = {0, 0};
  for (std::size_t m = 0; m < shares.size(); ++m) {
    const double first = 1 / (1 + std::exp(static_cast<double>(logits[m][1] - logits[m][0])));
    sums[0] += shares[m] * first;
    sums[1] += shares[m] * (1 - first);
  }
  return {static_cast<float>(std::log(sums[0])), static_cast<float>(std::log(sums[1]))};
}

}  // namespace

TEST_CASE("the logits of a linear network are sums of its weights") {
  const Network network = tiny_with_linear().ensemble.networks.back();
  // moon is before its columns; twice orbit and once ball
  CHECK(native_logits(network, rows_of({{{0, 5.f}, {1, 2.f}, {2, 1.f}}})) == Floats{0, 2.25f});
  CHECK(native_logits(network, rows_of({{{0, 5.f}}})) == Floats{0, 0.25f});
  CHECK(network.shape.is_linear());
  CHECK(network.shape.width() == 2);
  CHECK(network.columns() == ColumnRange{1, 4});
  CHECK(network.row(2) == Floats{2, 0});
}

TEST_CASE("each network of an ensemble reads its own columns and has its share of the mean") {
  const Mixed mixed;
  CHECK(mixed.ensemble.members() == 4);
  const SparseRows rows = rows_of({{{0, 1.f}, {1, 0.5f}, {2, 2.f}, {3, -1.f}}});
  require_close(native_logits(mixed.ensemble, rows),
                log_weighted_mean({member_logits(mixed.both, 0, {1, 0.5f, 2}),
                                   member_logits(mixed.both, 1, {1, 0.5f, 2}),
                                   member_logits(mixed.other, 0, {0.5f, 2, -1}),
                                   linear_logits(mixed.linear, {1, 0.5f, 2, -1})},
                                  mixed.ensemble.shares),
                1e-6);
  Ensemble scaled = mixed.ensemble;
  scaled.temperature = 2;
  const Floats whole = native_logits(mixed.ensemble, rows), half = native_logits(scaled, rows);
  CHECK(half == Floats{whole[0] / 2, whole[1] / 2});
}

TEST_CASE("without shares all members have the same share") {
  Ensemble ensemble = Mixed().ensemble;
  const SparseRows rows = rows_of({{{0, 1.f}, {2, 2.f}}});
  ensemble.shares = {};
  CHECK(ensemble.all_shares() == std::vector<double>{0.25, 0.25, 0.25, 0.25});
  const Floats without = native_logits(ensemble, rows);
  ensemble.shares = {0.25, 0.25, 0.25, 0.25};
  CHECK(native_logits(ensemble, rows) == without);
}

TEST_CASE("members with a share of 0 have no influence") {
  Mixed mixed;
  mixed.ensemble.shares = {0, 0.5, 0, 0.5};
  const Floats nan(3, std::numeric_limits<float>::quiet_NaN());
  mixed.ensemble.networks[1].first_bias = nan;
  const SparseRows rows = rows_of({{{0, 1.f}, {1, 0.5f}, {2, 2.f}, {3, -1.f}}});
  require_close(native_logits(mixed.ensemble, rows),
                log_weighted_mean({member_logits(mixed.both, 1, {1, 0.5f, 2}),
                                   linear_logits(mixed.linear, {1, 0.5f, 2, -1})},
                                  {0.5, 0.5}),
                1e-6);
}

TEST_CASE("with rescales_parts the part of a row that a network reads has the row's norm") {
  const Mixed mixed(true);
  // The norm of the row is 13; that of the first three values is 5, that of the others 12.4.
  const float first = 13.0f / 5, other = 13 / std::sqrt(16.0f + 144);
  const SparseRows rows = rows_of({{{0, 3.f}, {1, 4.f}, {3, 12.f}}, {{0, 2.f}}});
  const Floats logits = native_logits(mixed.ensemble, rows);
  require_close(std::span(logits).first(2),
                log_weighted_mean({member_logits(mixed.both, 0, {3 * first, 4 * first, 0}),
                                   member_logits(mixed.both, 1, {3 * first, 4 * first, 0}),
                                   member_logits(mixed.other, 0, {4 * other, 0, 12 * other}),
                                   linear_logits(mixed.linear, {3, 4, 0, 12})},
                                  mixed.ensemble.shares),
                1e-5);
  // The part of a row may be empty.
  require_close(
      std::span(logits).last(2),
      log_weighted_mean(
          {member_logits(mixed.both, 0, {2, 0, 0}), member_logits(mixed.both, 1, {2, 0, 0}),
           member_logits(mixed.other, 0, {0, 0, 0}), linear_logits(mixed.linear, {2, 0, 0, 0})},
          mixed.ensemble.shares),
      1e-6);
}
