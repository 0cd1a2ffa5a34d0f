// SPDX-License-Identifier: MIT
// Makes a classifier smaller: leaves out tokens that change its answers least, and stores the
// weights of the first layers in fewer bytes.
#pragma once

#include <cstdint>

#include "newsclf/model/classifier.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/backend.hpp"

namespace newsclf {

/// How small a classifier becomes.
struct Compactness {
  WeightForm weights = WeightForm::kLowRank;
  std::int64_t rank = 0;  ///< with `kLowRank`, at least the number of labels; 0: chosen
  /// With `kLowRank`, the share of the importance of the tokens that is kept; 0: chosen. The
  /// importance of a token in a network is the sum over the training documents of what it adds to
  /// the squared sums of the first layer, about (df - 0.9) (idf * token scale)^2 |weights|^2: a
  /// token that occurred in one document has shown little about others.
  double kept = 0;
};

/// Returns `classifier` with fewer tokens and packed weights, see `PackedRows`. The same classifier
/// gives the same result for any number of threads.
Classifier compact(Classifier classifier, const Compactness& compactness, const Backend& backend,
                   Workers& workers);

}  // namespace newsclf
