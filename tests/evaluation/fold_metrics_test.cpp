// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/fold_metrics.hpp"

#include <cmath>

#include "report/judged.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// Documents of the labels 0, 1 and 2, predicted as `predicted` with a probability of 0.8.
Evaluation fold_of(const std::vector<std::int32_t>& truths,
                   const std::vector<std::size_t>& predicted) {
  std::vector<JudgedDocument> documents;
  for (std::size_t d = 0; d < truths.size(); ++d) {
    std::vector<double> probabilities(3, 0.1);
    probabilities[predicted[d]] = 0.8;
    documents.push_back(judged(std::to_string(d), truths[d], probabilities));
  }
  return evaluate(LabelSet({"a", "b", "c"}), std::move(documents), 1, {});
}

const FoldMetric& metric(const std::vector<FoldMetric>& metrics, const std::string& key) {
  for (const FoldMetric& each : metrics)
    if (each.key == key) return each;
  FAIL("no metric " << key);
  return metrics.front();
}

}  // namespace

TEST_CASE("the mean and the standard error of a metric are over the folds") {
  const FoldMetric metric = {"accuracy", "accuracy", {0.5, 0.75, 0.25, 0.5}};
  CHECK(metric.mean() == Approx(0.5));
  // Variance with k - 1: (0.0625 + 0.0625) / 3.
  CHECK(metric.standard_error() == Approx(std::sqrt(0.125 / 3) / 2));
}

TEST_CASE("every metric has one value per fold") {
  std::vector<FoldMetric> metrics;
  add_fold(fold_of({0, 1, 2, 0}, {0, 1, 2, 0}), metrics);
  add_fold(fold_of({0, 1, 2, 0}, {0, 1, 0, 1}), metrics);
  std::vector<std::string> keys;
  for (const FoldMetric& each : metrics) {
    keys.push_back(each.key);
    CHECK(each.folds.size() == 2);
  }
  CHECK(keys == std::vector<std::string>{"accuracy", "macro_precision", "macro_recall", "macro_f1",
                                         "weighted_f1", "log_loss", "calibration_error",
                                         "top_2_accuracy"});
  CHECK(metric(metrics, "accuracy").folds == std::vector<double>{1, 0.5});
  // Label a: precision 1/2, recall 1/2; b: precision 1/2, recall 1; c: 0.
  CHECK(metric(metrics, "macro_precision").folds[1] == Approx(1.0 / 3));
  CHECK(metric(metrics, "macro_recall").folds[1] == Approx(0.5));
  CHECK(metric(metrics, "macro_f1").folds[1] == Approx((0.5 + 2.0 / 3) / 3));
  CHECK(metric(metrics, "weighted_f1").folds[1] == Approx((2 * 0.5 + 2.0 / 3) / 4));
  CHECK(metric(metrics, "log_loss").folds[0] == Approx(-std::log(0.8)));
  CHECK(metric(metrics, "log_loss").folds[1] == Approx(-(std::log(0.8) + std::log(0.1)) / 2));
  CHECK(metric(metrics, "calibration_error").folds[0] == Approx(0.2));
  CHECK(metric(metrics, "calibration_error").folds[1] == Approx(0.3));
  // Of equal probabilities, the first label is ranked first: c is third in the third document, a is
  // second in the fourth.
  CHECK(metric(metrics, "top_2_accuracy").folds[1] == Approx(0.75));
}
