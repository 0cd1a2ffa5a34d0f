// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "newsclf/corpus/label_set.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr std::int32_t kA = 0, kB = 1, kC = 2, kD = 3;

/// 12 documents (rows: true labels; columns: predicted labels): c has no documents, d is never
/// predicted, and the two documents with unknown labels are predicted as a and c.
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

JudgedDocument judge(std::string id, std::int32_t truth, const std::vector<float>& logits,
                     float temperature) {
  return judge_document(std::move(id), "label", truth, logits, temperature);
}

/// Judges the logits 0 and ln(odds), the second of which is the larger.
JudgedDocument judged_odds(float odds, std::int32_t truth, float temperature = 1) {
  return judge("id", truth, std::vector<float>{0, std::log(odds)}, temperature);
}

/// Documents whose true labels have these ranks.
std::vector<JudgedDocument> ranked(std::initializer_list<std::int32_t> ranks) {
  std::vector<JudgedDocument> documents;
  for (const std::int32_t rank : ranks) documents.push_back({"id", "a", kA, kB, rank, {}, {}});
  return documents;
}

std::vector<std::int32_t> ks_of(std::int32_t labels) {
  std::vector<std::int32_t> ks;
  for (const TopAccuracy& top : top_accuracies(ranked({0}), labels)) ks.push_back(top.k);
  return ks;
}

/// The index of the bin that contains `probability`.
std::size_t bin_of(double probability) {
  const ReliabilityBins bins = reliability_bins(std::vector<Claim>{{probability, true}});
  std::size_t bin = kReliabilityBins;
  std::int64_t documents = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    documents += bins[i].documents;
    if (bins[i].documents > 0) bin = i;
  }
  CHECK(documents == 1);
  return bin;
}

}  // namespace

TEST_CASE("the label with the largest logit is predicted, with its softmax as probability") {
  const JudgedDocument document = judge("space/1", kA, std::vector<float>{0, std::log(3.f)}, 1);
  CHECK(document.id == "space/1");
  CHECK(document.truth == kA);
  CHECK(document.predicted == kB);
  CHECK(document.rank == 1);
  CHECK(document.certainty.predicted == Approx(0.75));
  CHECK(document.certainty.log_truth == Approx(std::log(0.25)));
  CHECK(judged_odds(3, kB).certainty.log_truth == Approx(std::log(0.75)));
}

TEST_CASE("uncalibrated probabilities use the logits times the temperature") {
  // Odds of 3 at temperature 2 are uncalibrated odds of 9.
  const JudgedDocument wrong = judged_odds(3, kA, 2), right = judged_odds(3, kB, 2);
  CHECK(wrong.certainty.predicted == Approx(0.75));
  CHECK(wrong.certainty.log_truth == Approx(std::log(0.25)));
  CHECK(wrong.uncalibrated.predicted == Approx(0.9));
  CHECK(wrong.uncalibrated.log_truth == Approx(std::log(0.1)));
  CHECK(right.uncalibrated.predicted == Approx(0.9));
  CHECK(right.uncalibrated.log_truth == Approx(std::log(0.9)));
  // Odds of 9 at temperature 0.5 are uncalibrated odds of 3.
  CHECK(judged_odds(9, kB, 0.5f).uncalibrated.predicted == Approx(0.75));
}

TEST_CASE("at temperature 1 calibrated and uncalibrated probabilities are equal") {
  const JudgedDocument document = judge("id", kA, std::vector<float>{0.3f, -1.7f, 2.9f}, 1);
  CHECK(document.uncalibrated.predicted == document.certainty.predicted);
  CHECK(document.uncalibrated.log_truth == document.certainty.log_truth);
}

TEST_CASE("the rank of the true label counts larger logits and equal logits of earlier labels") {
  const std::vector<float> logits = {1, 2, 2, 0};
  const std::int32_t ranks[] = {2, 0, 1, 3};
  for (const std::int32_t truth : {kA, kB, kC, kD}) {
    const JudgedDocument document = judge("id", truth, logits, 1);
    CHECK(document.predicted == kB);
    CHECK(document.rank == ranks[truth]);
  }
}

TEST_CASE("a label that the model does not know ranks after all others") {
  const JudgedDocument document = judge("id", LabelSet::kUnknown, std::vector<float>{1, 0, 2}, 1);
  CHECK(document.predicted == kC);
  CHECK(document.rank == 3);
  CHECK(document.certainty.log_truth == 0);
  CHECK(document.uncalibrated.log_truth == 0);
}

TEST_CASE("the logarithm of a probability too small for a double is finite") {
  const JudgedDocument document = judge("id", kB, std::vector<float>{1e4f, -1e4f}, 1);
  CHECK(document.certainty.predicted == 1);
  CHECK(document.certainty.log_truth == -2e4);
  const float infinity = std::numeric_limits<float>::infinity();
  const float largest = std::numeric_limits<float>::max();
  for (const float end : {infinity, largest})
    for (const float temperature : {1.f, 10.f, largest}) {
      const JudgedDocument extreme =
          judge("id", kC, std::vector<float>{end, end, -end}, temperature);
      CHECK(extreme.predicted == kA);
      CHECK(extreme.certainty.predicted == 0.5);
      CHECK(extreme.certainty.log_truth == Approx(-2. * largest));
      CHECK(extreme.uncalibrated.log_truth == Approx(-2. * largest * temperature));
    }
}

TEST_CASE("the only label of a model has probability 1") {
  const JudgedDocument document = judge("id", kA, std::vector<float>{-3}, 2);
  CHECK(document.rank == 0);
  CHECK(document.certainty.predicted == 1);
  CHECK(document.certainty.log_truth == 0);
}

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

TEST_CASE("accuracy counts documents with unknown labels as wrong") {
  const Metrics metrics = compute_metrics(example());
  CHECK(metrics.documents == 12);
  CHECK(metrics.accuracy == Approx(5. / 12));
  CHECK(metrics.accuracy_interval.low == Approx(0.193260313658757));
  CHECK(metrics.accuracy_interval.high == Approx(0.680488687450450));
}

TEST_CASE("precision, recall and F1 of a label are 0 if their denominator is 0") {
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

TEST_CASE("the macro average includes only labels that have documents") {
  check_scores(compute_metrics(example()).macro, (1. / 2 + 2. / 3 + 0) / 3,
               (3. / 4 + 2. / 5 + 0) / 3, (0.6 + 0.5 + 0) / 3);
}

TEST_CASE("the micro average equals the accuracy") {
  check_scores(compute_metrics(example()).micro, 5. / 12, 5. / 12, 5. / 12);
}

TEST_CASE("the weighted average weights each label by its support, including unknown labels") {
  const Metrics metrics = compute_metrics(example());
  check_scores(metrics.weighted, (4 * 1. / 2 + 5 * 2. / 3) / 12, (4 * 3. / 4 + 5 * 2. / 5) / 12,
               (4 * 0.6 + 5 * 0.5) / 12);
  CHECK(metrics.weighted.recall == Approx(metrics.accuracy));
}

TEST_CASE("averages with unknown labels equal those of scikit-learn") {
  // precision_recall_fscore_support(list("aaabbxxy"), list("aabbbabb"), average="weighted",
  // zero_division=0), where the model knows a and b.
  ConfusionMatrix matrix(2);
  const std::pair<std::int32_t, std::int32_t> documents[] = {{kA, kA},
                                                             {kA, kA},
                                                             {kA, kB},
                                                             {kB, kB},
                                                             {kB, kB},
                                                             {LabelSet::kUnknown, kA},
                                                             {LabelSet::kUnknown, kB},
                                                             {LabelSet::kUnknown, kB}};
  for (const auto& [truth, predicted] : documents) matrix.add(truth, predicted);
  const Metrics metrics = compute_metrics(matrix);
  check_scores(metrics.weighted, 0.35, 0.5, 0.39285714285714285);
  CHECK(metrics.weighted.recall == Approx(metrics.accuracy));
}

TEST_CASE("a confusion matrix of many labels stores only the pairs that occur") {
  ConfusionMatrix matrix(1'000'000);  // all pairs would take 8 TB
  matrix.add(999'999, 5);
  matrix.add(999'999, 5);
  CHECK(matrix.count(999'999, 5) == 2);
  CHECK(matrix.count(5, 999'999) == 0);
  CHECK(matrix.counts().size() == 1);
  CHECK(plain(most_confused_pairs(matrix, 3)) ==
        std::vector<std::tuple<std::int32_t, std::int32_t, std::int64_t>>{{999'999, 5, 2}});
}

TEST_CASE("the labels with the most mistakes are returned in label order") {
  const ConfusionMatrix matrix = example();  // mistakes: a 4, b 4, c 3, d 1
  using Labels = std::vector<std::int32_t>;
  CHECK(labels_with_most_mistakes(matrix, 4) == Labels{kA, kB, kC, kD});
  CHECK(labels_with_most_mistakes(matrix, 3) == Labels{kA, kB, kC});
  CHECK(labels_with_most_mistakes(matrix, 1) == Labels{kA});
  ConfusionMatrix last(3);
  last.add(kC, kB);
  CHECK(labels_with_most_mistakes(last, 2) == Labels{kB, kC});
}

TEST_CASE("every metric is 1 if all predictions are correct") {
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

TEST_CASE("every metric is 0 if all predictions are wrong") {
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

TEST_CASE("the accuracy interval is the Wilson interval without continuity correction") {
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

TEST_CASE("the Wilson interval stays within 0 and 1 and is symmetric in successes and failures") {
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

TEST_CASE("confused pairs are sorted by falling count, and ties by label") {
  using Pairs = std::vector<std::tuple<std::int32_t, std::int32_t, std::int64_t>>;
  const ConfusionMatrix matrix = example();
  CHECK(plain(most_confused_pairs(matrix, 9)) ==
        Pairs{{kB, kC, 2}, {kA, kB, 1}, {kB, kA, 1}, {kD, kA, 1}});
  CHECK(plain(most_confused_pairs(matrix, 2)) == Pairs{{kB, kC, 2}, {kA, kB, 1}});
  CHECK(most_confused_pairs(matrix, 0).empty());
}

TEST_CASE("there are no confused pairs if no known label is confused") {
  ConfusionMatrix matrix(2);
  matrix.add(kA, kA);
  matrix.add(LabelSet::kUnknown, kB);
  CHECK(most_confused_pairs(matrix, 5).empty());
}

TEST_CASE("top-k accuracy is the share of documents whose true label is among the k best") {
  // Of the last two documents, one has rank 5 of 6 labels and one has an unknown label.
  const auto tops = top_accuracies(ranked({0, 0, 1, 2, 4, 5, 6}), 6);
  REQUIRE(tops.size() == 4);
  const std::int32_t ks[] = {1, 2, 3, 5};
  const double accuracies[] = {2. / 7, 3. / 7, 4. / 7, 5. / 7};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(tops[i].k == ks[i]);
    CHECK(tops[i].accuracy == accuracies[i]);
  }
}

TEST_CASE("top-k accuracy is reported for k below the number of labels, and always for 1") {
  using Ks = std::vector<std::int32_t>;
  CHECK(ks_of(6) == Ks{1, 2, 3, 5});
  CHECK(ks_of(5) == Ks{1, 2, 3});
  CHECK(ks_of(4) == Ks{1, 2, 3});
  CHECK(ks_of(3) == Ks{1, 2});
  CHECK(ks_of(2) == Ks{1});
  CHECK(ks_of(1) == Ks{1});
}

TEST_CASE("a document with an unknown label is wrong even for a model with one label") {
  const auto document = judge("id", LabelSet::kUnknown, std::vector<float>{1}, 1);
  CHECK(top_accuracies(std::vector{document}, 1)[0].accuracy == 0);
}

TEST_CASE("the log loss is the mean of -ln p over documents with known labels") {
  // p of the true labels: 1/4 and 1/2; the unknown label has no p
  const std::vector<JudgedDocument> documents = {judged_odds(3, kA), judged_odds(1, kB),
                                                 judged_odds(9, LabelSet::kUnknown)};
  CHECK(log_loss(documents, &JudgedDocument::certainty) == Approx(1.5 * std::log(2)));
}

TEST_CASE("the log loss of a certain correct prediction is 0, not -0") {
  const std::vector<JudgedDocument> documents = {judge("id", kA, std::vector<float>{1e4f, 0}, 1)};
  const double loss = log_loss(documents, &JudgedDocument::certainty);
  CHECK(loss == 0);
  CHECK_FALSE(std::signbit(loss));
}

TEST_CASE("the 15 reliability bins exclude their lower ends, except the first") {
  CHECK(bin_of(0) == 0);
  CHECK(bin_of(0.05) == 0);
  for (std::size_t i = 1; i <= kReliabilityBins; ++i) {
    const double end = static_cast<double>(i) / 15;
    CHECK(bin_of(end) == i - 1);
    CHECK(bin_of(std::nextafter(end, 0.)) == i - 1);
    CHECK(bin_of(std::nextafter(end, 2.)) == std::min<std::size_t>(i, 14));
  }
  CHECK(bin_of(0.2) == 2);
  CHECK(bin_of(0.5) == 7);
  CHECK(bin_of(0.99) == 14);
  const ReliabilityBins bins = reliability_bins({});
  CHECK(bins.front().low == 0);
  CHECK(bins.back().high == 1);
  for (std::size_t i = 1; i < bins.size(); ++i) CHECK(bins[i].low == bins[i - 1].high);
}

TEST_CASE("the probability of equal logits is exactly the upper end of a bin") {
  // 1/3 = 5/15 and 1/5 = 3/15
  CHECK(bin_of(judge("id", kA, std::vector<float>(3), 1).certainty.predicted) == 4);
  CHECK(bin_of(judge("id", kA, std::vector<float>(5), 1).certainty.predicted) == 2);
}

TEST_CASE("a bin contains the mean probability and accuracy of its documents, or zeros") {
  const ReliabilityBins bins = reliability_bins(
      std::vector<Claim>{{0.875, true}, {0.5, false}, {0.9, false}, {0.925, true}, {0.875, true}});
  for (std::size_t i = 0; i < bins.size(); ++i) {
    CAPTURE(i);
    CHECK(bins[i].documents == (i == 13 ? 4 : i == 7 ? 1 : 0));
    CHECK(bins[i].mean_probability == Approx(i == 13 ? 0.89375 : i == 7 ? 0.5 : 0));
    CHECK(bins[i].accuracy == (i == 13 ? 0.75 : 0));
  }
}

TEST_CASE("the calibration error weights the gap of each bin by its number of documents") {
  // Two of the 3 documents at 0.9 are right, the one at 0.5 is wrong: (3 |2/3 - 0.9| + 0.5) / 4
  CHECK(calibration_error(reliability_bins(std::vector<Claim>{
            {0.9, true}, {0.5, false}, {0.9, false}, {0.9, true}})) == Approx(0.3));
  // Gaps in opposite directions do not cancel: (|1 - 0.5| + |0 - 1|) / 2
  CHECK(calibration_error(reliability_bins(std::vector<Claim>{{0.5, true}, {1, false}})) == 0.75);
  // Within one bin they cancel: half of the documents at 0.5 are right.
  CHECK(calibration_error(reliability_bins(std::vector<Claim>{{0.5, true}, {0.5, false}})) == 0);
}

TEST_CASE("the calibration error of no documents is 0") {
  CHECK(calibration_error(reliability_bins({})) == 0);
}

TEST_CASE("calibration counts a document with an unknown label as wrong") {
  // A correct document and one with an unknown label; both have 0.75, uncalibrated 0.9.
  const std::vector<JudgedDocument> documents = {judged_odds(3, kB, 2),
                                                 judged_odds(3, LabelSet::kUnknown, 2)};
  const Calibration after = compute_calibration(documents, &JudgedDocument::certainty);
  CHECK(after.log_loss == Approx(-std::log(0.75)));
  CHECK(after.error == Approx(0.25));
  CHECK(after.bins[11].documents == 2);
  CHECK(after.bins[11].accuracy == 0.5);
  const Calibration before = compute_calibration(documents, &JudgedDocument::uncalibrated);
  CHECK(before.log_loss == Approx(-std::log(0.9)));
  CHECK(before.error == Approx(0.4));
  CHECK(before.bins[13].documents == 2);
}
