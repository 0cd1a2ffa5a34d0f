// SPDX-License-Identifier: MIT
// Selective classification: a classifier that answers only the documents it is sure of. Coverage is
// the share of documents that it answers; its accuracy is that on the answered documents (El-Yaniv
// and Wiener, "On the Foundations of Noise-free Selective Classification", 2010).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/model/thresholds.hpp"

namespace newsclf {

/// What a classifier achieves that answers the documents with at least this confidence.
struct CoveragePoint {
  double threshold = 0;       ///< the lowest confidence of an answered document
  std::int64_t answered = 0;  ///< number of documents answered, at least 1
  std::int64_t correct = 0;   ///< number of answered documents with the right label

  /// Of the answered documents; the precision if all were predicted to have one label.
  double accuracy() const { return ratio(correct, answered); }
};

/// One point per distinct confidence, highest threshold first.
/// @param claims in any order, with the confidence as `probability`
std::vector<CoveragePoint> coverage_curve(std::vector<Claim> claims);

/// The point that answers the most documents with at least `precision` (below 1), where one more
/// document than was seen is taken to be answered wrongly: (wrong + 1) / (answered + 1) is at most
/// 1 - precision. Without it, a few documents, all right, would show any precision (Angelopoulos et
/// al., "Conformal Risk Control", 2024). None if there is no such point.
std::optional<CoveragePoint> widest_with_precision(std::span<const CoveragePoint> curve,
                                                   double precision);

/// The point that answers the fewest documents, but at least `coverage` (0 < coverage <= 1) of all.
/// @param curve not empty
CoveragePoint narrowest_with_coverage(std::span<const CoveragePoint> curve, double coverage);

/// The confidence of each prediction, and whether it is right.
std::vector<Claim> claims_of(std::span<const JudgedDocument> documents);
/// Same, by predicted label: [labels].
std::vector<std::vector<Claim>> claims_by_label(std::span<const JudgedDocument> documents,
                                                std::int32_t labels);

/// The thresholds with which a model of `labels` labels reaches `target` on `documents`: the most
/// answers with that precision, or the fewest with that coverage. With `per_label`, each label has
/// the threshold that reaches it among the documents predicted to have that label, `kNeverAnswered`
/// if there is none. A label predicted for too few documents to show a precision, or for none, has
/// the threshold of all documents.
/// @param target 0 < target < 1 for a precision, 0 < target <= 1 for a coverage
/// @param documents at least one
/// @returns without values if no label would be answered
Thresholds choose_thresholds(std::span<const JudgedDocument> documents, std::int32_t labels,
                             ThresholdGoal goal, double target, bool per_label);

/// The claims with at least the confidence `threshold`.
Answered count_answered(std::span<const Claim> claims, float threshold);
/// The documents that are answered with `thresholds`, which are not empty.
Answered count_answered(std::span<const JudgedDocument> documents, const Thresholds& thresholds);

}  // namespace newsclf
