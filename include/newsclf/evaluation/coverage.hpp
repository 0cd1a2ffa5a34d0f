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

/// The point that answers the most documents with at least `accuracy`; none if there is no such
/// point.
std::optional<CoveragePoint> widest_with_accuracy(std::span<const CoveragePoint> curve,
                                                  double accuracy);

/// The point that answers the fewest documents, but at least `coverage` (0 < coverage <= 1) of all.
/// @param curve not empty
CoveragePoint narrowest_with_coverage(std::span<const CoveragePoint> curve, double coverage);

/// The confidence of each prediction, and whether it is right.
/// @param label the predicted label of the documents; none: all documents
std::vector<Claim> claims_of(std::span<const JudgedDocument> documents,
                             std::optional<std::int32_t> label = {});

}  // namespace newsclf
