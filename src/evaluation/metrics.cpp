// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "newsclf/model/network.hpp"

namespace newsclf {
namespace {

Scores scores(std::int64_t right, std::int64_t predicted, std::int64_t support) {
  // The harmonic mean of right/predicted and right/support is 2 right / (predicted + support).
  return {ratio(right, predicted), ratio(right, support), ratio(2 * right, predicted + support)};
}

/// The mean of `labels`, weighted by `weights`. The difference of `total` and the sum of `weights`
/// is the weight of labels that score 0.
Scores mean(const std::vector<Scores>& labels, const std::vector<double>& weights, double total) {
  Scores sum;
  for (std::size_t l = 0; l < labels.size(); ++l) {
    sum.precision += weights[l] * labels[l].precision;
    sum.recall += weights[l] * labels[l].recall;
    sum.f1 += weights[l] * labels[l].f1;
  }
  return {sum.precision / total, sum.recall / total, sum.f1 / total};
}

/// Probabilities from the softmax of `logits` times `scale`.
Certainty certainty_of(std::span<const float> logits, double scale, std::int32_t predicted,
                       std::int32_t truth) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  const auto scaled = [&](float logit) {
    return scale * std::clamp<double>(logit, -kLargest, kLargest);
  };
  // Subtracting the largest logit avoids overflow and makes the sum at least 1.
  const double largest = scaled(logits[static_cast<std::size_t>(predicted)]);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(scaled(logit) - largest);
  Certainty certainty{1 / sum, 0};
  if (truth != LabelSet::kUnknown)
    certainty.log_truth = scaled(logits[static_cast<std::size_t>(truth)]) - largest - std::log(sum);
  return certainty;
}

std::int32_t rank_of(std::int32_t truth, std::span<const float> logits) {
  if (truth == LabelSet::kUnknown) return static_cast<std::int32_t>(logits.size());
  const auto true_label = static_cast<std::size_t>(truth);
  std::int32_t rank = 0;
  for (std::size_t l = 0; l < logits.size(); ++l)  // ties by id, as in `rank_labels`
    rank += logits[l] > logits[true_label] || (l < true_label && logits[l] == logits[true_label]);
  return rank;
}

}  // namespace

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

JudgedDocument judge_document(std::string id, std::string label, std::int32_t truth,
                              std::span<const float> logits, float temperature) {
  const auto [predicted, probability] = rank_labels(logits).front();
  return {std::move(id),
          std::move(label),
          truth,
          predicted,
          rank_of(truth, logits),
          certainty_of(logits, 1, predicted, truth),
          certainty_of(logits, temperature, predicted, truth),
          {},
          probability};
}

void ConfusionMatrix::add(std::int32_t truth, std::int32_t predicted) {
  ++documents_;
  ++predicted_[static_cast<std::size_t>(predicted)];
  if (truth == LabelSet::kUnknown) {
    ++unknown_;
    return;
  }
  correct_ += truth == predicted;
  ++support_[static_cast<std::size_t>(truth)];
  ++counts_[{truth, predicted}];
}

std::int64_t ConfusionMatrix::count(std::int32_t truth, std::int32_t predicted) const {
  const auto found = counts_.find({truth, predicted});
  return found == counts_.end() ? 0 : found->second;
}

Metrics compute_metrics(const ConfusionMatrix& matrix) {
  Metrics metrics;
  metrics.documents = matrix.documents();
  metrics.accuracy = ratio(matrix.correct(), matrix.documents());
  metrics.accuracy_interval = wilson_interval(matrix.correct(), matrix.documents());
  std::vector<double> has_documents, support;
  for (std::int32_t l = 0; l < matrix.labels(); ++l) {
    metrics.labels.push_back(scores(matrix.count(l, l), matrix.predicted(l), matrix.support(l)));
    has_documents.push_back(matrix.support(l) > 0);
    support.push_back(static_cast<double>(matrix.support(l)));
  }
  metrics.macro =
      mean(metrics.labels, has_documents, std::reduce(has_documents.begin(), has_documents.end()));
  metrics.micro = scores(matrix.correct(), matrix.documents(), matrix.documents());
  metrics.weighted = mean(metrics.labels, support, static_cast<double>(matrix.documents()));
  return metrics;
}

Interval wilson_interval(std::int64_t successes, std::int64_t trials) {
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5 % quantile
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double centre = p + z * z / (2 * n);
  const double half_width = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // At the ends the exact result is 0 or 1; the formula would round it.
  return {successes == 0 ? 0 : (centre - half_width) / scale,
          successes == trials ? 1 : (centre + half_width) / scale};
}

std::vector<ConfusedPair> most_confused_pairs(const ConfusionMatrix& matrix, std::size_t most) {
  std::vector<ConfusedPair> pairs;
  for (const auto& [labels, count] : matrix.counts())
    if (labels.first != labels.second) pairs.push_back({labels.first, labels.second, count});
  std::ranges::stable_sort(pairs, std::greater(), &ConfusedPair::count);
  if (pairs.size() > most) pairs.resize(most);
  return pairs;
}

std::vector<std::int32_t> labels_with_most_mistakes(const ConfusionMatrix& matrix,
                                                    std::size_t most) {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(matrix.labels()));
  std::iota(labels.begin(), labels.end(), 0);
  if (labels.size() <= most) return labels;
  std::ranges::stable_sort(labels, std::greater(), [&](std::int32_t label) {
    return matrix.support(label) + matrix.predicted(label) - 2 * matrix.count(label, label);
  });
  labels.resize(most);
  std::ranges::sort(labels);
  return labels;
}

std::vector<TopAccuracy> top_accuracies(std::span<const JudgedDocument> documents,
                                        std::int32_t labels) {
  std::vector<TopAccuracy> tops;
  for (const std::int32_t k : {1, 2, 3, 5}) {
    if (k > 1 && k >= labels) break;
    const auto is_found = [k](std::int32_t rank) { return rank < k; };
    tops.push_back({k, ratio(std::ranges::count_if(documents, is_found, &JudgedDocument::rank),
                             std::ssize(documents))});
  }
  return tops;
}

double log_loss(std::span<const JudgedDocument> documents, Certainty JudgedDocument::*certainty) {
  double sum = 0;
  std::int64_t known = 0;
  for (const JudgedDocument& document : documents) {
    if (document.truth == LabelSet::kUnknown) continue;
    sum -= (document.*certainty).log_truth;
    ++known;
  }
  return sum / static_cast<double>(known);
}

ReliabilityBins reliability_bins(std::span<const Claim> claims) {
  ReliabilityBins bins;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    bins[i].low = static_cast<double>(i) / kReliabilityBins;
    bins[i].high = static_cast<double>(i + 1) / kReliabilityBins;
  }
  for (const Claim& claim : claims) {  // first the sums
    std::size_t i = 0;
    while (i + 1 < bins.size() && claim.probability > bins[i].high) ++i;
    ++bins[i].documents;
    bins[i].mean_probability += claim.probability;
    bins[i].accuracy += claim.right;
  }
  for (ReliabilityBin& bin : bins) {
    if (bin.documents == 0) continue;
    bin.mean_probability /= static_cast<double>(bin.documents);
    bin.accuracy /= static_cast<double>(bin.documents);
  }
  return bins;
}

double calibration_error(const ReliabilityBins& bins) {
  double sum = 0;
  std::int64_t documents = 0;
  for (const ReliabilityBin& bin : bins) {
    sum += static_cast<double>(bin.documents) * std::abs(bin.accuracy - bin.mean_probability);
    documents += bin.documents;
  }
  return documents == 0 ? 0 : sum / static_cast<double>(documents);
}

Calibration compute_calibration(std::span<const JudgedDocument> documents,
                                Certainty JudgedDocument::*certainty) {
  std::vector<Claim> claims;
  claims.reserve(documents.size());
  for (const JudgedDocument& document : documents)
    claims.push_back({(document.*certainty).predicted, document.predicted == document.truth});
  const ReliabilityBins bins = reliability_bins(claims);
  return {log_loss(documents, certainty), calibration_error(bins), bins};
}

Evaluation evaluate(LabelSet labels, std::vector<JudgedDocument> documents, float temperature,
                    ReadCounts counts) {
  ConfusionMatrix matrix(labels.size());
  for (const JudgedDocument& document : documents) matrix.add(document.truth, document.predicted);
  Metrics metrics = compute_metrics(matrix);
  std::vector<TopAccuracy> tops = top_accuracies(documents, labels.size());
  const Calibration calibration = compute_calibration(documents, &JudgedDocument::certainty);
  const Calibration uncalibrated = compute_calibration(documents, &JudgedDocument::uncalibrated);
  return {std::move(labels), std::move(documents),
          std::move(matrix), std::move(metrics),
          std::move(tops),   temperature,
          calibration,       uncalibrated,
          std::move(counts), {}};
}

std::vector<std::int32_t> labels_by_f1(const Evaluation& evaluation) {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(evaluation.labels.size()));
  std::iota(labels.begin(), labels.end(), 0);
  std::ranges::stable_sort(labels, std::less(), [&](std::int32_t label) {
    const std::int64_t support = evaluation.matrix.support(label);
    const double f1 = evaluation.metrics.labels[static_cast<std::size_t>(label)].f1;
    return std::tuple(support == 0, f1, -support);
  });
  return labels;
}

std::vector<std::string> ids_of_pair(const Evaluation& evaluation, const ConfusedPair& pair) {
  std::vector<const JudgedDocument*> documents;
  for (const JudgedDocument& document : evaluation.documents)
    if (document.truth == pair.truth && document.predicted == pair.predicted)
      documents.push_back(&document);
  std::ranges::stable_sort(documents, std::greater(), [](const JudgedDocument* document) {
    return document->certainty.predicted;
  });
  std::vector<std::string> ids;
  for (const JudgedDocument* document : documents) ids.push_back(document->id);
  return ids;
}

}  // namespace newsclf
