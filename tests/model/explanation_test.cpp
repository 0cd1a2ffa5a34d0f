// SPDX-License-Identifier: MIT
#include "newsclf/model/explanation.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "newsclf/parallel/random.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr std::int32_t kMoon = 0, kOrbit = 1, kBall = 2, kBat = 3;  // columns of `tiny_classifier`
constexpr std::int32_t kBaseball = 0, kSpace = 1;                   // its labels

using Floats = std::vector<float>;

/// A row that owns its entries.
struct Row {
  std::vector<std::int32_t> columns;
  Floats values;

  SparseRow view() const { return {columns, values}; }
};

Row row_of(const std::map<std::int32_t, float>& entries) {
  Row row;
  for (const auto& [column, value] : entries) {
    row.columns.push_back(column);
    row.values.push_back(value);
  }
  return row;
}

/// A network whose weights are drawn uniformly from [-scale, scale) and stored in one block.
Ensemble random_network(const NetworkShape& shape, float temperature, float scale, Random& random) {
  const std::int64_t sizes[] = {
      shape.inputs * shape.members * shape.hidden1,  shape.members * shape.hidden1,
      shape.members * shape.hidden2 * shape.hidden1, shape.members * shape.hidden2,
      shape.members * shape.labels * shape.hidden2,  shape.members * shape.labels};
  const auto values = std::make_shared<Floats>();
  std::vector<std::size_t> begins;
  for (const std::int64_t size : sizes) {
    begins.push_back(values->size());
    for (std::int64_t i = 0; i < size; ++i) values->push_back(scale * (2 * random.uniform() - 1));
  }
  const auto part = [&](std::size_t p) {
    return std::span<const float>(*values).subspan(begins[p], static_cast<std::size_t>(sizes[p]));
  };
  Ensemble ensemble = Network{shape, part(0), part(1), part(2), part(3), part(4), part(5), values};
  ensemble.temperature = temperature;
  return ensemble;
}

/// A linear network whose weights are drawn uniformly from [-scale, scale).
Network random_linear(std::int64_t inputs, std::int64_t labels, float scale, Random& random) {
  const auto values = std::make_shared<Floats>();
  for (std::int64_t i = 0; i < (inputs + 1) * labels; ++i)
    values->push_back(scale * (2 * random.uniform() - 1));
  const auto bias = static_cast<std::size_t>(labels);
  Network network;
  network.shape = {inputs, 0, 0, labels};
  network.first_weight = std::span(*values).subspan(bias);
  network.first_bias = std::span(*values).first(bias);
  network.owner = values;
  return network;
}

/// A row with about half of the columns and values in [-1, 3).
Row random_row(std::int64_t inputs, Random& random) {
  Row row;
  for (std::int32_t column = 0; column < inputs; ++column) {
    if (random.below(2) == 0) continue;
    row.columns.push_back(column);
    row.values.push_back(4 * random.uniform() - 1);
  }
  return row;
}

double logit_of(const Ensemble& ensemble, const SparseRow& row, std::int32_t label) {
  return logits_of(ensemble, row)[static_cast<std::size_t>(label)];
}

double sum_of(const std::vector<TokenContribution>& tokens) {
  double sum = 0;
  for (const TokenContribution& token : tokens) sum += static_cast<double>(token.contribution);
  return sum;
}

/// Only the contributions, without their columns.
Floats contributions(const Ensemble& ensemble, const Row& row, std::int32_t label) {
  Floats result;
  for (const TokenContribution& token : Explainer(ensemble).explain(row.view(), label))
    result.push_back(token.contribution);
  return result;
}

/// Returns whether the contributions add up to the logit minus the logit of an empty row.
bool adds_up(const Ensemble& ensemble, const Explainer& explainer, const SparseRow& row,
             std::int32_t label) {
  const double change = logit_of(ensemble, row, label) - explainer.base_logit(label);
  const double sum = sum_of(explainer.explain(row, label));
  return std::abs(sum - change) <= 1e-4 * std::max(1.0, std::abs(change));
}

/// Two members with one unit per layer; each uses only one of the two tokens. The logits of the
/// first are (slope x0, 0), those of the second (-slope x1, 0).
Ensemble opposed_members(const Floats& slopes, float temperature) {
  struct Weights {
    Floats hidden1 = {1, 0, 0, 1}, zeros = {0, 0, 0, 0}, hidden2 = {1, 1}, output;
  };
  const auto weights = std::make_shared<Weights>();
  weights->output = {slopes[0], 0, -slopes[1], 0};
  const std::span<const float> zeros = weights->zeros;
  Ensemble ensemble = Network{{2, 1, 1, 2, 2}, weights->hidden1, zeros.first(2), weights->hidden2,
                              zeros.first(2),  weights->output,  zeros,          weights};
  ensemble.temperature = temperature;
  return ensemble;
}

/// Members in which every unit of layer 2 switches between any two switches of layer 1: the input
/// of each is a zigzag with one tooth per unit, shifted by a different bias.
Network zigzag_network(std::int64_t units, std::int64_t members) {
  struct Weights {
    Floats hidden1, bias1, hidden2, bias2, output, bias_out;
  };
  const auto weights = std::make_shared<Weights>();
  const auto count = static_cast<float>(units);
  for (std::int64_t m = 0; m < members; ++m) {
    for (std::int64_t u = 0; u < units; ++u) {
      weights->hidden1.push_back(count);
      weights->bias1.push_back(static_cast<float>(-u));
      for (std::int64_t h = 0; h < units; ++h)
        weights->hidden2.push_back(h == 0 ? 1.0f : h % 2 == 0 ? 2.0f : -2.0f);
      weights->bias2.push_back(-(static_cast<float>(u) + 0.5f) / count);
    }
    for (std::int64_t u = 0; u < 2 * units; ++u)
      weights->output.push_back(static_cast<float>((u + m) % 3) - 0.5f);
    weights->bias_out.resize(weights->bias_out.size() + 2);
  }
  return {{1, units, units, 2, members},
          weights->hidden1,
          weights->bias1,
          weights->hidden2,
          weights->bias2,
          weights->output,
          weights->bias_out,
          weights};
}

/// The mean of weight times the gradient of the logit over `steps` points of the path, by plain
/// loops over every unit: a reference for `Explainer`, which computes it differently.
std::vector<double> by_small_steps(const Ensemble& ensemble, const Row& row, std::size_t label,
                                   int steps) {
  const Network network = only_network(ensemble);
  const auto members = static_cast<std::size_t>(network.shape.members);
  const auto units1 = static_cast<std::size_t>(network.shape.hidden1);
  const auto units2 = static_cast<std::size_t>(network.shape.hidden2);
  const auto labels = static_cast<std::size_t>(network.shape.labels);
  std::vector<double> result(row.columns.size());
  for (int step = 0; step < steps; ++step) {
    const double alpha = (step + 0.5) / steps;
    std::vector<double> of_label;                // the label's probability for each member
    std::vector<std::vector<double>> gradients;  // its gradient with respect to the tokens
    for (std::size_t m = 0; m < members; ++m) {
      const auto input_weight = [&](std::size_t k, std::size_t h) -> double {
        const std::size_t place = static_cast<std::size_t>(row.columns[k]) * members + m;
        return network.first_weight[place * units1 + h];
      };
      std::vector<double> hidden1, hidden2, p;
      for (std::size_t h = 0; h < units1; ++h) {
        double sum = network.first_bias[m * units1 + h];
        for (std::size_t k = 0; k < row.columns.size(); ++k)
          sum += alpha * row.values[k] * input_weight(k, h);
        hidden1.push_back(std::max(sum, 0.0));
      }
      const auto weight2 = [&](std::size_t u, std::size_t h) -> double {
        return network.hidden2_weight[(m * units2 + u) * units1 + h];
      };
      for (std::size_t u = 0; u < units2; ++u) {
        double sum = network.hidden2_bias[m * units2 + u];
        for (std::size_t h = 0; h < units1; ++h) sum += weight2(u, h) * hidden1[h];
        hidden2.push_back(std::max(sum, 0.0));
      }
      const auto weight_out = [&](std::size_t c, std::size_t u) -> double {
        return network.output_weight[(m * labels + c) * units2 + u];
      };
      double total = 0;
      for (std::size_t c = 0; c < labels; ++c) {
        double sum = network.output_bias[m * labels + c];
        for (std::size_t u = 0; u < units2; ++u) sum += weight_out(c, u) * hidden2[u];
        total += std::exp(sum);
        p.push_back(std::exp(sum));
      }
      for (double& probability : p) probability /= total;
      of_label.push_back(p[label]);
      std::vector<double> gradient(row.columns.size());
      for (std::size_t h = 0; h < units1; ++h) {
        if (hidden1[h] == 0) continue;
        double of_unit = 0;
        for (std::size_t u = 0; u < units2; ++u)
          for (std::size_t c = 0; c < labels && hidden2[u] > 0; ++c)
            of_unit += p[label] * ((c == label) - p[c]) * weight_out(c, u) * weight2(u, h);
        for (std::size_t k = 0; k < gradient.size(); ++k)
          gradient[k] += of_unit * row.values[k] * input_weight(k, h);
      }
      gradients.push_back(std::move(gradient));
    }
    double probability = 0;
    for (const double by_member : of_label) probability += by_member;
    for (const auto& gradient : gradients)
      for (std::size_t k = 0; k < result.size(); ++k)
        result[k] += gradient[k] / probability / ensemble.temperature / steps;
  }
  return result;
}

}  // namespace

TEST_CASE("if no unit switches, a contribution is the weight times the gradient") {
  const Ensemble ensemble = tiny_classifier().ensemble;
  const Row row = row_of({{kOrbit, 3.f}, {kBall, 1.f}});
  // The third unit of layer 1 stays off. space = 2 orbit, baseball = 0.25 + ball
  CHECK(contributions(ensemble, row, kSpace) == Floats{6, 0});
  CHECK(contributions(ensemble, row, kBaseball) == Floats{0, 1});
}

TEST_CASE("a unit of the first layer contributes on the part of the path where it is active") {
  const Ensemble ensemble = tiny_classifier().ensemble;
  // Twice moon, once bat: the third unit is -0.125 + 1.25 alpha, active on 0.9 of the path.
  const Row row = row_of({{kMoon, 2.f}, {kBat, 1.f}});
  require_close(contributions(ensemble, row, kSpace), Floats{2 + 0.9f, 0.225f}, 1e-6);
  require_close(contributions(ensemble, row, kBaseball), Floats{0.9f, 2.225f}, 1e-6);
}

TEST_CASE("contributions add up even if weight times gradient does not") {
  const Ensemble ensemble = tiny_classifier().ensemble;
  const Row row = row_of({{kMoon, 2.f}, {kBat, 1.f}});
  // At the row all units are active; the gradient of space is 1.5 for moon and 0.25 for bat.
  const double weight_times_gradient = 2 * 1.5 + 0.25;
  CHECK(logit_of(ensemble, row.view(), kSpace) == 3.125);
  CHECK(weight_times_gradient == 3.25);
  Explainer explainer(ensemble);
  CHECK(explainer.base_logit(kSpace) == 0);
  CHECK(sum_of(explainer.explain(row.view(), kSpace)) == Approx(3.125));
}

TEST_CASE("a unit of the second layer contributes on the part of the path where it is active") {
  Network network = only_network(tiny_classifier().ensemble);
  const Floats bias{-1, 0};
  network.hidden2_bias = bias;
  // orbit: the first unit of layer 2 is -1 + 2 alpha, active on half of the path.
  CHECK(contributions(network, row_of({{kOrbit, 1.f}}), kSpace) == Floats{1});
  // moon and orbit: it is -1 + 3 alpha up to alpha = 1/4, where the third unit of layer 1 becomes
  // active, and -1.125 + 3.5 alpha after that: active from 9/28.
  require_close(contributions(network, row_of({{kMoon, 1.f}, {kOrbit, 1.f}}), kSpace),
                Floats{1.5f * 19 / 28, 2.f * 19 / 28}, 1e-6);
}

TEST_CASE("units that become inactive on the path contribute up to that point") {
  Network network = only_network(tiny_classifier().ensemble);
  const Floats bias1{1, 0, 0}, bias2{0, 0.5f};
  network.first_bias = bias1;
  network.hidden2_bias = bias2;
  // Minus orbit: the first unit of layer 1 is 1 - 2 alpha, inactive from the middle on.
  CHECK(contributions(network, row_of({{kOrbit, -1.f}}), kSpace) == Floats{-1});
  // Minus ball: the second unit of layer 1 stays at 0, and the second unit of layer 2 at 0.5.
  CHECK(contributions(network, row_of({{kBall, -1.f}}), kBaseball) == Floats{0});
  const Floats on{0, 1, 0};
  network.first_bias = on;
  // Now the second unit of layer 1 is 1 - alpha, and the second unit of layer 2 is 1.5 - alpha.
  CHECK(contributions(network, row_of({{kBall, -1.f}}), kBaseball) == Floats{-1});
}

TEST_CASE("contributions for an ensemble explain its mean probability") {
  // Along the path the members give label 0 sigmoid(3 alpha) and sigmoid(-3 alpha), which add up to
  // 1: each token's contribution is the change that it causes in its member's probability.
  const Row row = row_of({{0, 1.f}, {1, 1.f}});
  const float change = 1 / (1 + std::exp(-3.0f)) - 0.5f;
  require_close(contributions(opposed_members({3, 3}, 1), row, 0), Floats{change, -change}, 1e-6);
  require_close(contributions(opposed_members({3, 3}, 4), row, 0), Floats{change / 4, -change / 4},
                1e-6);
}

TEST_CASE("contributions agree with many small steps along the path") {
  Random random(7);
  for (const std::int64_t members : {2, 3}) {
    const Ensemble ensemble = random_network({6, 5, 4, 3, members}, 1.5f, 2, random);
    for (int document = 0; document < 5; ++document) {
      const Row row = random_row(6, random);
      const Floats actual = contributions(ensemble, row, 1);
      const std::vector<double> expected = by_small_steps(ensemble, row, 1, 20000);
      require_close(actual, Floats(expected.begin(), expected.end()), 1e-3);
    }
  }
}

TEST_CASE("contributions add up on networks of any shape") {
  const NetworkShape shapes[] = {{8, 1, 1, 2, 1},     {20, 16, 16, 5, 1}, {40, 100, 100, 20, 1},
                                 {30, 7, 19, 1, 1},   {8, 1, 1, 2, 2},    {20, 16, 16, 5, 3},
                                 {30, 40, 30, 20, 3}, {30, 9, 12, 1, 2}};
  Random random(1);
  for (const NetworkShape& shape : shapes)
    for (const float temperature : {1.0f, 0.05f, 3.0f}) {
      const Ensemble ensemble = random_network(shape, temperature, 0.7f, random);
      Explainer explainer(ensemble);
      for (int document = 0; document < 15; ++document) {
        const Row row = random_row(shape.inputs, random);
        const auto label =
            static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(shape.labels)));
        CAPTURE(shape.hidden1, shape.members, temperature, document, label);
        REQUIRE(adds_up(ensemble, explainer, row.view(), label));
      }
    }
}

TEST_CASE("contributions add up if every unit switches many times") {
  for (const std::int64_t members : {1, 2}) {
    const Network network = zigzag_network(31, members);
    Explainer explainer(network);
    for (const float end : {1.0f, 0.97f, 0.5f, 0.1f})
      for (const std::int32_t label : {0, 1}) {
        CAPTURE(members, end, label);
        CHECK(adds_up(network, explainer, row_of({{0, end}}).view(), label));
      }
  }
}

TEST_CASE("contributions are approximate if units switch more often than is followed") {
  constexpr int kTeeth = 200;  // 40,000 pieces per member
  for (const std::int64_t members : {1, 2}) {
    const Network network = zigzag_network(kTeeth, members);
    const Explainer explainer(network);
    for (const std::int32_t label : {0, 1}) {
      double variation = 0, before = explainer.base_logit(label);
      constexpr int kSteps = 10 * kTeeth;
      for (int step = 1; step <= kSteps; ++step) {
        const Row row = row_of({{0, static_cast<float>(step) / kSteps}});
        const double logit = logit_of(network, row.view(), label);
        variation += std::abs(logit - before);
        before = logit;
      }
      const double sum = sum_of(explainer.explain(row_of({{0, 1}}).view(), label));
      CAPTURE(members, label, sum, variation);
      CHECK(std::abs(sum - (before - explainer.base_logit(label))) < 0.1 * variation);
      CHECK(variation > 0.5);
    }
  }
}

TEST_CASE("contributions add up if members are almost certain") {
  Random random(2);
  for (const float scale : {3.0f, 10.0f, 30.0f}) {
    const Ensemble ensemble = random_network({20, 8, 8, 4, 3}, 1, scale, random);
    Explainer explainer(ensemble);
    for (int document = 0; document < 20; ++document) {
      const Row row = random_row(20, random);
      CAPTURE(scale, document);
      REQUIRE(adds_up(ensemble, explainer, row.view(), document % 4));
    }
  }
}

TEST_CASE("contributions add up if the label's probability is clamped") {
  // The logit of label 0 falls to -2000 for both members, far below the smallest log probability.
  const Ensemble ensemble = opposed_members({-2000, 2000}, 1);
  Explainer explainer(ensemble);
  const Row row = row_of({{0, 1.f}, {1, 1.f}});
  CHECK(logit_of(ensemble, row.view(), 0) == Approx(std::log(1e-300)));
  CHECK(adds_up(ensemble, explainer, row.view(), 0));
  const auto tokens = explainer.explain(row.view(), 0);
  CHECK(tokens[0].contribution == Approx(tokens[1].contribution));
}

TEST_CASE("tokens with equal weights in the network get equal contributions") {
  Random random(3);
  for (const std::int64_t members : {1, 3}) {
    const Network drawn = only_network(random_network({4, 6, 5, 3, members}, 1, 1, random));
    Floats weights(drawn.first_weight.begin(), drawn.first_weight.end());
    const std::ptrdiff_t width = members * 6;
    std::copy_n(weights.begin(), width, weights.begin() + 2 * width);
    Network network = drawn;
    network.first_weight = weights;
    const Floats parts =
        contributions(network, row_of({{0, 1.5f}, {1, 0.5f}, {2, 1.5f}, {3, 1.f}}), 2);
    CHECK(parts[0] == parts[2]);
    CHECK(parts[0] != parts[1]);
  }
}

TEST_CASE("a token with zero weights in the network contributes nothing") {
  for (const Classifier& classifier : {tiny_classifier(), tiny_ensemble()}) {
    Network network = only_network(classifier.ensemble);
    Floats weights(network.first_weight.begin(), network.first_weight.end());
    std::fill_n(weights.begin(), network.first_bias.size(), 0.f);  // the weights of moon
    network.first_weight = weights;
    const Floats parts = contributions(network, row_of({{kMoon, 5.f}, {kOrbit, 1.f}}), kSpace);
    CHECK(parts[0] == 0);
    CHECK(parts[1] > 0);
  }
}

TEST_CASE("an empty document has no contributions, and its logit is the base") {
  for (const Classifier& classifier : {tiny_classifier(), tiny_ensemble()}) {
    Explainer explainer(classifier.ensemble);
    CHECK(explainer.explain({}, kSpace).empty());
    CHECK(explainer.base_logit(kSpace) == logit_of(classifier.ensemble, {}, kSpace));
    CHECK(explainer.base_logit(kBaseball) == logit_of(classifier.ensemble, {}, kBaseball));
  }
  CHECK(Explainer(tiny_classifier().ensemble).base_logit(kBaseball) == 0.25f);
}

TEST_CASE("contributions are returned with the columns of their tokens") {
  const auto tokens = Explainer(tiny_classifier().ensemble)
                          .explain(row_of({{kOrbit, 1.f}, {kBall, 1.f}}).view(), kSpace);
  CHECK(tokens == std::vector<TokenContribution>{{kOrbit, 2}, {kBall, 0}});
}

TEST_CASE("the strongest reasons are sorted by strength, and ties by column") {
  const std::vector<TokenContribution> tokens = {{1, 0.5f}, {3, -2}, {4, 0},  {6, 2},
                                                 {7, 0.5f}, {8, -3}, {9, -2}, {11, 0.25f}};
  const Reasons all = strongest_reasons(tokens, 10);
  CHECK(all.in_favour == std::vector<TokenContribution>{{6, 2}, {1, 0.5f}, {7, 0.5f}, {11, 0.25f}});
  CHECK(all.against == std::vector<TokenContribution>{{8, -3}, {3, -2}, {9, -2}});
  const Reasons two = strongest_reasons(tokens, 2);
  CHECK(two.in_favour == std::vector<TokenContribution>{{6, 2}, {1, 0.5f}});
  CHECK(two.against == std::vector<TokenContribution>{{8, -3}, {3, -2}});
  CHECK(strongest_reasons(tokens, 0).in_favour.empty());
  CHECK(strongest_reasons({}, 3).against.empty());
}

TEST_CASE("contributions add up on ensembles of networks that read different columns") {
  Random random(4);
  for (const bool rescales_parts : {false, true})
    for (const std::int64_t members : {1, 3}) {
      // Perceptrons on columns 0 to 11, others on 8 to 19, a linear network on 4 to 15.
      Ensemble ensemble = random_network({12, 9, 7, 4, members}, 1.5f, 0.9f, random);
      ensemble.networks.push_back(
          only_network(random_network({12, 5, 6, 4, members}, 1, 0.9f, random)));
      ensemble.networks.push_back(random_linear(12, 4, 0.9f, random));
      ensemble.networks[1].first_column = 8;
      ensemble.networks[2].first_column = 4;
      ensemble.shares.assign(2 * static_cast<std::size_t>(members),
                             0.25 / static_cast<double>(members));
      ensemble.shares.push_back(0.5);
      ensemble.rescales_parts = rescales_parts;
      const Explainer explainer(ensemble);
      for (int document = 0; document < 30; ++document) {
        const Row row = random_row(20, random);
        CAPTURE(rescales_parts, members, document);
        REQUIRE(adds_up(ensemble, explainer, row.view(), document % 4));
        REQUIRE(explainer.explain(row.view(), document % 4).size() == row.columns.size());
      }
      REQUIRE(adds_up(ensemble, explainer, row_of({{1, 2.f}, {19, 1.f}}).view(), 2));
      REQUIRE(explainer.explain({}, 2).empty());
    }
}

TEST_CASE("contributions of a linear network are the differences of values times weights") {
  Random random(5);
  Network network = random_linear(10, 3, 2, random);
  network.first_column = 2;
  Ensemble ensemble = network;
  for (const float temperature : {1.0f, 4.0f}) {
    ensemble.temperature = temperature;
    const Row row = random_row(14, random);
    const Floats actual = contributions(ensemble, row, 1);
    Floats expected;
    for (std::size_t k = 0; k < row.columns.size(); ++k) {
      const bool is_read = row.columns[k] >= 2 && row.columns[k] < 12;
      expected.push_back(is_read ? row.values[k] * network.row(row.columns[k])[1] / temperature
                                 : 0);
    }
    require_close(actual, expected, 1e-6);
    CHECK(std::ranges::count(actual, 0.0f) == std::ranges::count(expected, 0.0f));
  }
}

TEST_CASE("contributions for two equal linear networks are those of one for its log probability") {
  // ln softmax has the gradient of the label's weight minus the mean weight; with two labels and
  // opposite weights, the label's logit of the mean is -ln(1 + e^(-2 w x)).
  const Floats weight = {1.5f, -1.5f}, bias = {0, 0};
  Network network;
  network.shape = {1, 0, 0, 2};
  network.first_weight = weight;
  network.first_bias = bias;
  Ensemble ensemble = network;
  ensemble.networks.push_back(network);
  const float expected = std::log(2.0f) - std::log1p(std::exp(-6.0f));
  require_close(contributions(ensemble, row_of({{0, 2.f}}), 0), Floats{expected}, 1e-5);
}

TEST_CASE("contributions with a rescaled part are those of the part with the norm of the row") {
  Random random(6);
  const Network whole = only_network(random_network({6, 5, 4, 3, 1}, 1, 1.5f, random));
  Network half = whole;
  half.shape.inputs = 3;
  half.first_weight = whole.first_weight.subspan(3 * 5);
  half.first_column = 3;
  Ensemble ensemble = half;
  ensemble.rescales_parts = true;
  const Row row = row_of({{0, 3.f}, {1, -1.f}, {3, 2.f}, {5, 1.f}});
  const float factor = std::sqrt(15.0f / 5);
  const Row inner = row_of({{0, 2 * factor}, {2, factor}});
  Network from_0 = half;
  from_0.first_column = 0;
  const Floats expected = contributions(from_0, inner, 1);
  require_close(contributions(ensemble, row, 1), Floats{0, 0, expected[0], expected[1]}, 1e-5);
}
