// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/coverage.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <ranges>

namespace newsclf {

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

std::optional<CoveragePoint> widest_with_accuracy(std::span<const CoveragePoint> curve,
                                                  double accuracy) {
  for (const CoveragePoint& point : std::views::reverse(curve))
    if (point.accuracy() >= accuracy) return point;
  return {};
}

CoveragePoint narrowest_with_coverage(std::span<const CoveragePoint> curve, double coverage) {
  const double wanted = coverage * static_cast<double>(curve.back().answered);
  // 0.7 * 10 is 7.000000000000001 without the rounding.
  const auto fewest = static_cast<std::int64_t>(std::ceil(wanted - 1e-9));
  return *std::ranges::lower_bound(curve, fewest, {}, &CoveragePoint::answered);
}

std::vector<Claim> claims_of(std::span<const JudgedDocument> documents,
                             std::optional<std::int32_t> label) {
  std::vector<Claim> claims;
  for (const JudgedDocument& document : documents)
    if (!label || document.predicted == *label)
      claims.push_back({document.confidence, document.predicted == document.truth});
  return claims;
}

}  // namespace newsclf
