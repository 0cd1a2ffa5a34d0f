// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/metrics.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include "newsclf/corpus/label_set.hpp"
#include "newsclf/parallel/random.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// The documents that a temperature is fitted on.
struct Documents {
  std::vector<float> logits;
  std::vector<std::int32_t> labels;

  /// Adds `times` documents with these logits and this true label.
  Documents& add(int times, const std::vector<float>& row, std::int32_t label) {
    for (int i = 0; i < times; ++i) {
      logits.insert(logits.end(), row.begin(), row.end());
      labels.push_back(label);
    }
    return *this;
  }
  float temperature() const { return fit_temperature(logits, labels); }
};

/// Documents of two labels whose logits differ by `z`; the larger logit is right for `right` of
/// them and wrong for `wrong`. With p the share of right ones, the cross-entropy is minimal where
/// the softmax is p: at temperature z / ln(p / (1 - p)).
Documents two_labels(float z, int right, int wrong) {
  return Documents().add(right, {z / 2, -z / 2}, 0).add(wrong, {z / 2, -z / 2}, 1);
}

Approx close_to(double temperature) { return Approx(temperature).epsilon(2e-6); }

/// Mean cross-entropy at a temperature.
double cross_entropy(const Documents& documents, double temperature) {
  const std::size_t width = documents.logits.size() / documents.labels.size();
  double sum = 0;
  for (std::size_t d = 0; d < documents.labels.size(); ++d) {
    double total = 0;
    for (std::size_t c = 0; c < width; ++c)
      total += std::exp(documents.logits[d * width + c] / temperature);
    const auto truth = static_cast<std::size_t>(documents.labels[d]);
    sum += std::log(total) - documents.logits[d * width + truth] / temperature;
  }
  return sum / static_cast<double>(documents.labels.size());
}

}  // namespace

TEST_CASE("an overconfident network gets the temperature that calibrates its probabilities") {
  CHECK(two_labels(2, 3, 1).temperature() == close_to(2 / std::log(3.0)));
  CHECK(two_labels(8, 9, 1).temperature() == close_to(8 / std::log(9.0)));
  CHECK(two_labels(20, 3, 2).temperature() == close_to(20 / std::log(1.5)));
}

TEST_CASE("an underconfident network gets a temperature below 1") {
  CHECK(two_labels(0.5f, 3, 1).temperature() == close_to(0.5 / std::log(3.0)));
  CHECK(two_labels(0.25f, 99, 1).temperature() == close_to(0.25 / std::log(99.0)));
}

TEST_CASE("the temperature is exact for three labels too") {
  // e^(3/t) / (e^(3/t) + 2) is 4/5 if 3/t is ln 8.
  const Documents documents =
      Documents().add(8, {3, 0, 0}, 0).add(1, {3, 0, 0}, 1).add(1, {0, 0, 3}, 1);
  CHECK(documents.temperature() == close_to(3 / std::log(8.0)));
}

TEST_CASE("documents with different logits are balanced") {
  // Documents with a difference of 2, half of them right, increase t; those with a difference of 1,
  // all right, decrease it. With s the logistic function, 2 s(2/t) - 1 = 1 - s(1/t):
  // x^3 - x - 2 = 0 for x = e^(1/t), with the root 1.5213797068.
  const Documents documents = two_labels(2, 1, 1).add(2, {1, 0}, 0);
  CHECK(documents.temperature() == close_to(1 / std::log(1.5213797068045676)));
}

TEST_CASE("calibrated probabilities keep the temperature 1") {
  CHECK(two_labels(std::log(3.0f), 3, 1).temperature() == close_to(1));
  const float ln7 = std::log(7.0f), ln2 = std::log(2.0f);
  CHECK(Documents()
            .add(7, {ln7, ln2, 0}, 0)
            .add(2, {ln7, ln2, 0}, 1)
            .add(1, {ln7, ln2, 0}, 2)
            .temperature() == close_to(1));
}

TEST_CASE("scaling the logits scales the temperature") {
  CHECK(two_labels(6, 3, 1).temperature() == close_to(3 * two_labels(2, 3, 1).temperature()));
}

TEST_CASE("adding a constant to all logits of a document does not change the temperature") {
  const Documents moved = Documents().add(3, {1002, 1000}, 0).add(1, {-998, -1000}, 1);
  CHECK(moved.temperature() == close_to(2 / std::log(3.0)));
}

TEST_CASE("the fitted temperature minimizes the cross-entropy") {
  Random random(7);
  Documents documents;
  for (int d = 0; d < 200; ++d) {
    std::vector<float> row(5);
    for (float& logit : row) logit = 8 * random.uniform();
    const auto label = static_cast<std::int32_t>(5 * random.uniform());
    row[static_cast<std::size_t>(label)] += 4;
    documents.add(1, row, label);
  }
  const double temperature = documents.temperature();
  CHECK(temperature > 0.1);
  CHECK(temperature < 10);
  const double least = cross_entropy(documents, temperature);
  for (const double factor : {0.99, 0.999, 1.001, 1.01})
    CHECK(cross_entropy(documents, temperature * factor) > least);
}

TEST_CASE("documents with unknown labels do not affect the temperature") {
  Documents documents = two_labels(2, 3, 1);
  const float without = documents.temperature();
  documents.add(50, {100, -100}, LabelSet::kUnknown).add(50, {0, 0}, LabelSet::kUnknown);
  CHECK(documents.temperature() == without);
}

TEST_CASE("without documents the temperature is 1") {
  CHECK(Documents().temperature() == 1);
  CHECK(Documents().add(3, {2, 0}, LabelSet::kUnknown).temperature() == 1);
}

TEST_CASE("the temperature is 1 if all logits are equal") {
  CHECK(two_labels(0, 3, 1).temperature() == 1);
  CHECK(Documents().add(2, {7, 7, 7}, 1).add(1, {-1, -1, -1}, 2).temperature() == 1);
}

TEST_CASE("documents with equal logits do not affect the temperature") {
  CHECK(two_labels(2, 3, 1).add(100, {5, 5}, 1).temperature() == close_to(2 / std::log(3.0)));
}

TEST_CASE("a network that is always right gets the lowest temperature") {
  CHECK(two_labels(2, 5, 0).temperature() == close_to(1 / 50.0));
  CHECK(two_labels(0.001f, 1, 0).temperature() == close_to(1 / 50.0));
  CHECK(Documents().add(3, {100, 0, -100}, 0).temperature() == close_to(1 / 50.0));
}

TEST_CASE("a network that is wrong half the time or more gets the highest temperature") {
  CHECK(two_labels(2, 1, 1).temperature() == close_to(50));
  CHECK(two_labels(2, 1, 3).temperature() == close_to(50));
  CHECK(two_labels(2, 0, 1).temperature() == close_to(50));
}

TEST_CASE("a temperature outside the limits is clamped") {
  // 2 / ln 1.0202 is 100; 0.01 / ln 3 is 0.0091.
  CHECK(two_labels(2, 101, 99).temperature() == close_to(50));
  CHECK(two_labels(0.01f, 3, 1).temperature() == close_to(1 / 50.0));
}

TEST_CASE("extreme logits give a finite temperature") {
  CHECK(two_labels(2e38f, 3, 1).temperature() == close_to(50));
  CHECK(two_labels(2e38f, 0, 1).temperature() == close_to(50));
  CHECK(std::isfinite(two_labels(2e38f, 1, 0).temperature()));
  CHECK(two_labels(1e-38f, 3, 1).temperature() > 0);
}

TEST_CASE("a prior pulls the temperature of few documents towards 1, but not that of many") {
  const auto with_prior = [](const Documents& documents, double deviation) {
    return fit_temperature(documents.logits, documents.labels, deviation);
  };
  // With b = 1 / t the sum of the cross-entropies and (ln b)^2 / (2 deviation^2) is minimal where
  // b z (wrong - (right + wrong) / (1 + e^(b z))) = -ln b / deviation^2. For z = 4 and b = 1/2:
  const double slope = 2 * (1 - 4 / (1 + std::exp(2.0)));
  CHECK(with_prior(two_labels(4, 3, 1), std::sqrt(std::log(2) / slope)) == close_to(2));
  CHECK(with_prior(two_labels(4, 3, 1), 0) == close_to(4 / std::log(3.0)));
  CHECK(with_prior(two_labels(4, 1, 0), 0.1) > 0.99f);
  CHECK(with_prior(two_labels(4, 1, 0), 0.1) < 1);
  CHECK(with_prior(two_labels(4, 0, 1), 0.1) > 1);
  CHECK(with_prior(two_labels(4, 0, 1), 0.1) < 1.05f);
  CHECK(with_prior(two_labels(4, 30000, 10000), 0.3) == Approx(4 / std::log(3.0)).epsilon(2e-3));
  CHECK(with_prior({}, 0.3) == 1);
  CHECK(with_prior(two_labels(0, 3, 1), 0.3) == 1);
}
