// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/coverage.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace newsclf {
namespace {

Claim claim_of(const JudgedDocument& document) {
  return {document.confidence, document.predicted == document.truth};
}

}  // namespace

std::vector<CoveragePoint> coverage_curve(std::vector<Claim> claims) {
  std::ranges::sort(claims, std::greater(), &Claim::probability);
  std::vector<CoveragePoint> curve;
  std::int64_t answered = 0, correct = 0;
  for (const auto& [confidence, right] : claims) {
    ++answered;
    correct += right;
    if (curve.empty() || confidence < curve.back().threshold) curve.emplace_back();
    curve.back() = {confidence, answered, correct};
  }
  return curve;
}

std::optional<CoveragePoint> widest_with_precision(std::span<const CoveragePoint> curve,
                                                   double precision) {
  const auto widest = std::find_if(curve.rbegin(), curve.rend(), [=](const CoveragePoint& point) {
    return ratio(point.correct, point.answered + 1) >= precision;
  });
  return widest == curve.rend() ? std::nullopt : std::optional(*widest);
}

CoveragePoint narrowest_with_coverage(std::span<const CoveragePoint> curve, double coverage) {
  const double wanted = coverage * static_cast<double>(curve.back().answered);
  // 0.7 * 10 is 7.000000000000001 without the rounding.
  const auto fewest = static_cast<std::int64_t>(std::ceil(wanted - 1e-9));
  return *std::ranges::lower_bound(curve, fewest, {}, &CoveragePoint::answered);
}

std::vector<Claim> claims_of(std::span<const JudgedDocument> documents) {
  std::vector<Claim> claims;
  for (const JudgedDocument& document : documents) claims.push_back(claim_of(document));
  return claims;
}

std::vector<std::vector<Claim>> claims_by_label(std::span<const JudgedDocument> documents,
                                                std::int32_t labels) {
  std::vector<std::vector<Claim>> claims(static_cast<std::size_t>(labels));
  for (const JudgedDocument& document : documents)
    claims[static_cast<std::size_t>(document.predicted)].push_back(claim_of(document));
  return claims;
}

Thresholds choose_thresholds(std::span<const JudgedDocument> documents, std::int32_t labels,
                             ThresholdGoal goal, double target, bool per_label) {
  const auto choose = [&](const std::vector<CoveragePoint>& curve) {
    const auto point = goal == ThresholdGoal::kPrecision ? widest_with_precision(curve, target)
                                                         : narrowest_with_coverage(curve, target);
    return point ? static_cast<float>(point->threshold) : kNeverAnswered;
  };
  const auto is_enough = [&](const std::vector<Claim>& claims) {
    return !claims.empty() && (goal == ThresholdGoal::kCoverage ||
                               ratio(std::ssize(claims), std::ssize(claims) + 1) >= target);
  };
  Thresholds thresholds{.goal = goal, .target = target, .per_label = per_label};
  thresholds.values.assign(static_cast<std::size_t>(labels),
                           choose(coverage_curve(claims_of(documents))));
  if (per_label) {
    const std::vector<std::vector<Claim>> claims = claims_by_label(documents, labels);
    for (std::size_t label = 0; label < claims.size(); ++label)
      if (is_enough(claims[label]))
        thresholds.values[label] = choose(coverage_curve(claims[label]));
  }
  if (std::ranges::count(thresholds.values, kNeverAnswered) == labels) return {};
  thresholds.documents = std::ssize(documents);
  const Answered answered = count_answered(documents, thresholds);
  thresholds.answered = answered.documents;
  thresholds.correct = answered.correct;
  return thresholds;
}

Answered count_answered(std::span<const Claim> claims, float threshold) {
  Answered answered;
  for (const auto& [confidence, right] : claims) {
    if (confidence < threshold) continue;
    ++answered.documents;
    answered.correct += right;
  }
  return answered;
}

Answered count_answered(std::span<const JudgedDocument> documents, const Thresholds& thresholds) {
  Answered all;
  const auto claims =
      claims_by_label(documents, static_cast<std::int32_t>(thresholds.values.size()));
  for (std::size_t label = 0; label < claims.size(); ++label) {
    const Answered answered = count_answered(claims[label], thresholds.values[label]);
    all.documents += answered.documents;
    all.correct += answered.correct;
  }
  return all;
}

}  // namespace newsclf
