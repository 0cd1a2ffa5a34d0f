// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/metrics.hpp"

#include <tuple>

#include "newsclf/corpus/label_set.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr std::int32_t kA = 0, kB = 1, kC = 2, kD = 3;

/// 12 documents, a row a true label: c has no documents, d is never predicted, and of two
/// documents with unknown labels one is taken for a and one for c.
///
///        a  b  c  d
///     a  3  1  .  .
///     b  1  2  2  .
///     c  .  .  .  .
///     d  1  .  .  .
///     ?  1  .  1  .
ConfusionMatrix example() {
  ConfusionMatrix matrix(4);
  const auto add = [&](int times, std::int32_t truth, std::int32_t predicted) {
    for (int i = 0; i < times; ++i) matrix.add(truth, predicted);
  };
  add(3, kA, kA);
  add(1, kA, kB);
  add(1, kB, kA);
  add(2, kB, kB);
  add(2, kB, kC);
  add(1, kD, kA);
  add(1, LabelSet::kUnknown, kA);
  add(1, LabelSet::kUnknown, kC);
  return matrix;
}

void check_scores(const Scores& scores, double precision, double recall, double f1) {
  CHECK(scores.precision == Approx(precision));
  CHECK(scores.recall == Approx(recall));
  CHECK(scores.f1 == Approx(f1));
}

std::vector<std::tuple<std::int32_t, std::int32_t, std::int64_t>> plain(
    const std::vector<ConfusedPair>& pairs) {
  std::vector<std::tuple<std::int32_t, std::int32_t, std::int64_t>> result;
  for (const ConfusedPair& pair : pairs)
    result.emplace_back(pair.truth, pair.predicted, pair.count);
  return result;
}

}  // namespace

TEST_CASE("a confusion matrix counts pairs, rows and columns") {
  const ConfusionMatrix matrix = example();
  CHECK(matrix.labels() == 4);
  CHECK(matrix.documents() == 12);
  CHECK(matrix.correct() == 5);
  CHECK(matrix.unknown() == 2);
  CHECK(matrix.count(kA, kB) == 1);
  CHECK(matrix.count(kB, kC) == 2);
  CHECK(matrix.count(kC, kB) == 0);
  const std::int64_t support[] = {4, 5, 0, 1}, predicted[] = {6, 3, 3, 0};
  for (std::int32_t label = 0; label < 4; ++label) {
    CHECK(matrix.support(label) == support[label]);
    CHECK(matrix.predicted(label) == predicted[label]);
  }
}

TEST_CASE("accuracy counts documents of unknown labels as wrong") {
  const Metrics metrics = compute_metrics(example());
  CHECK(metrics.documents == 12);
  CHECK(metrics.accuracy == Approx(5. / 12));
  CHECK(metrics.accuracy_interval.low == Approx(0.193260313658757));
  CHECK(metrics.accuracy_interval.high == Approx(0.680488687450450));
}

TEST_CASE("precision, recall and F1 of each label are 0 where a denominator is") {
  const std::vector<Scores> labels = compute_metrics(example()).labels;
  REQUIRE(labels.size() == 4);
  check_scores(labels[kA], 3. / 6, 3. / 4, 0.6);
  check_scores(labels[kB], 2. / 3, 2. / 5, 0.5);
  check_scores(labels[kC], 0, 0, 0);  // without documents
  check_scores(labels[kD], 0, 0, 0);  // never predicted
}

TEST_CASE("a label that has no documents and is never predicted scores 0") {
  ConfusionMatrix matrix(2);
  matrix.add(kA, kA);
  check_scores(compute_metrics(matrix).labels[kB], 0, 0, 0);
}

TEST_CASE("the macro average runs over the labels that have documents") {
  check_scores(compute_metrics(example()).macro, (1. / 2 + 2. / 3 + 0) / 3,
               (3. / 4 + 2. / 5 + 0) / 3, (0.6 + 0.5 + 0) / 3);
}

TEST_CASE("the micro average of one label a document is the accuracy") {
  check_scores(compute_metrics(example()).micro, 5. / 12, 5. / 12, 5. / 12);
}

TEST_CASE("the weighted average weighs each label by its documents") {
  check_scores(compute_metrics(example()).weighted, (4 * 1. / 2 + 5 * 2. / 3) / 10,
               (4 * 3. / 4 + 5 * 2. / 5) / 10, (4 * 0.6 + 5 * 0.5) / 10);
}

TEST_CASE("everything right is 1 throughout") {
  ConfusionMatrix matrix(2);
  for (int i = 0; i < 10; ++i) {
    matrix.add(kA, kA);
    matrix.add(kB, kB);
  }
  const Metrics metrics = compute_metrics(matrix);
  CHECK(metrics.accuracy == 1);
  CHECK(metrics.accuracy_interval.low == Approx(0.838874841947181));
  CHECK(metrics.accuracy_interval.high == Approx(1));
  check_scores(metrics.macro, 1, 1, 1);
  check_scores(metrics.micro, 1, 1, 1);
  check_scores(metrics.weighted, 1, 1, 1);
}

TEST_CASE("everything wrong is 0 throughout") {
  ConfusionMatrix matrix(2);
  matrix.add(kA, kB);
  matrix.add(kB, kA);
  const Metrics metrics = compute_metrics(matrix);
  CHECK(metrics.accuracy == 0);
  CHECK(metrics.accuracy_interval.low == Approx(0).margin(1e-12));
  CHECK(metrics.accuracy_interval.high == Approx(0.657619772493347));
  check_scores(metrics.macro, 0, 0, 0);
  check_scores(metrics.micro, 0, 0, 0);
  check_scores(metrics.weighted, 0, 0, 0);
}

TEST_CASE("the interval is Wilson's, without continuity correction") {
  // Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
  const auto require_interval = [](std::int64_t successes, std::int64_t trials, double low,
                                   double high) {
    const Interval interval = wilson_interval(successes, trials);
    CAPTURE(successes, trials);
    CHECK(interval.low == Approx(low).margin(0.00005));
    CHECK(interval.high == Approx(high).margin(0.00005));
  };
  require_interval(81, 263, 0.2553, 0.3662);
  require_interval(15, 148, 0.0624, 0.1605);
  require_interval(0, 20, 0.0000, 0.1611);
  require_interval(1, 29, 0.0061, 0.1718);
}

TEST_CASE("the interval stays within 0 and 1, and its halves mirror each other") {
  for (std::int64_t trials = 1; trials <= 50; ++trials)
    for (std::int64_t successes = 0; successes <= trials; ++successes) {
      const Interval interval = wilson_interval(successes, trials);
      const Interval mirrored = wilson_interval(trials - successes, trials);
      const double share = static_cast<double>(successes) / static_cast<double>(trials);
      CAPTURE(successes, trials);
      REQUIRE(interval.low >= 0);
      REQUIRE(interval.low <= Approx(share).margin(1e-12));
      REQUIRE(interval.high >= Approx(share));
      REQUIRE(interval.high <= 1);
      REQUIRE(interval.low == Approx(1 - mirrored.high).margin(1e-12));
    }
}

TEST_CASE("confused pairs come by falling count, equal ones in order of labels") {
  using Pairs = std::vector<std::tuple<std::int32_t, std::int32_t, std::int64_t>>;
  const ConfusionMatrix matrix = example();
  CHECK(plain(most_confused_pairs(matrix, 9)) ==
        Pairs{{kB, kC, 2}, {kA, kB, 1}, {kB, kA, 1}, {kD, kA, 1}});
  CHECK(plain(most_confused_pairs(matrix, 2)) == Pairs{{kB, kC, 2}, {kA, kB, 1}});
  CHECK(most_confused_pairs(matrix, 0).empty());
}

TEST_CASE("where nothing is confused there are no pairs") {
  ConfusionMatrix matrix(2);
  matrix.add(kA, kA);
  matrix.add(LabelSet::kUnknown, kB);
  CHECK(most_confused_pairs(matrix, 5).empty());
}
