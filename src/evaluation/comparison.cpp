// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace newsclf {
namespace {

/// The correlation of the correctness of both models, corrected for continuity if it is positive;
/// 0 if one of them is always correct or always wrong.
double corrected_correlation(const PairedCounts& counts) {
  const auto a = static_cast<double>(counts.both_right);
  const auto b = static_cast<double>(counts.only_first);
  const auto c = static_cast<double>(counts.only_second);
  const auto d = static_cast<double>(counts.both_wrong);
  // One root per factor, so that the product of large counts cannot overflow.
  const double scale = std::sqrt(a + b) * std::sqrt(c + d) * std::sqrt(a + c) * std::sqrt(b + d);
  if (scale == 0) return 0;
  const double covariance = a * d - b * c;
  if (covariance <= 0) return covariance / scale;
  return std::max(covariance - (a + b + c + d) / 2, 0.0) / scale;
}

/// The macro F1 of a model over `labels`. See `ModelScore`.
double macro_f1(const std::vector<ComparedDocument>& documents, std::size_t model,
                const LabelSet& labels) {
  ConfusionMatrix matrix(labels.size());
  for (const ComparedDocument& document : documents)
    matrix.add(labels.to_id(document.label), labels.to_id(document.answers[model].label));
  return compute_metrics(matrix).macro.f1;
}

}  // namespace

double mcnemar_exact(std::int64_t only_first, std::int64_t only_second) {
  const std::int64_t fewer = std::min(only_first, only_second);
  const std::int64_t all = only_first + only_second;
  if (all - 2 * fewer <= 1) return 1;  // both tails together are the whole distribution
  // Computes the last term of the tail, C(n, k) / 2^n, from its logarithm, and earlier terms from
  // their ratio to the next, C(n, i - 1) / C(n, i) = i / (n - i + 1), until they are negligible.
  const auto n = static_cast<double>(all);
  const auto k = static_cast<double>(fewer);
  const double log_last =
      std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) - n * std::log(2.0);
  double sum = 1, term = 1;
  for (double i = k; i > 0 && term > 1e-17 * sum; --i) {
    term *= i / (n - i + 1);
    sum += term;
  }
  return std::min(1.0, std::exp(std::log(2.0) + log_last + std::log(sum)));
}

Interval paired_difference_interval(const PairedCounts& counts) {
  const std::int64_t n = counts.documents();
  const double first = ratio(counts.right(kFirst), n), second = ratio(counts.right(kSecond), n);
  const Interval of_first = wilson_interval(counts.right(kFirst), n);
  const Interval of_second = wilson_interval(counts.right(kSecond), n);
  const double correlation = corrected_correlation(counts);
  const auto joined = [&](double one, double other) {
    return std::sqrt(std::max(0.0, one * one - 2 * correlation * one * other + other * other));
  };
  const double difference = second - first;
  return {difference - joined(second - of_second.low, of_first.high - first),
          difference + joined(of_second.high - second, first - of_first.low)};
}

Comparison compare_models(std::array<ComparedModel, 2> models,
                          std::vector<ComparedDocument> documents, ReadCounts read) {
  Comparison result{std::move(models), std::move(documents), std::move(read), {}, {}, 0, {}, 1, 0};
  PairedCounts& counts = result.counts;
  for (const ComparedDocument& document : result.documents) {
    const bool first = document.is_right(kFirst), second = document.is_right(kSecond);
    ++(first    ? second ? counts.both_right : counts.only_first
       : second ? counts.only_second
                : counts.both_wrong);
    result.changed += document.is_changed();
  }
  std::vector<std::string> known = result.models[kFirst].labels.labels();
  std::ranges::copy(result.models[kSecond].labels.labels(), std::back_inserter(known));
  const LabelSet labels(std::move(known));
  for (const std::size_t m : {kFirst, kSecond}) {
    ModelScore& score = result.scores[m];
    score.right = counts.right(m);
    score.accuracy = ratio(score.right, counts.documents());
    score.interval = wilson_interval(score.right, counts.documents());
    score.macro_f1 = macro_f1(result.documents, m, labels);
    for (const ComparedDocument& document : result.documents)
      score.unknown += result.models[m].labels.to_id(document.label) == LabelSet::kUnknown;
  }
  result.difference = result.scores[kSecond].accuracy - result.scores[kFirst].accuracy;
  result.difference_interval = paired_difference_interval(counts);
  result.p_value = mcnemar_exact(counts.only_first, counts.only_second);
  return result;
}

}  // namespace newsclf
