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
  /// Or, if not 0, the most important tokens are kept whose arrays and those of the networks take
  /// at most so many bytes.
  std::int64_t bytes = 0;
};

/// Returns `classifier` with fewer tokens and packed weights, see `PackedRows`. The same classifier
/// gives the same result for any number of threads. @param kept tokens that are not left out
Classifier compact(Classifier classifier, const Compactness& compactness, const Backend& backend,
                   Workers& workers, const Vocabulary& kept = {});

/// Returns `classifier` in a model file of at most `max_bytes`: a low rank, the most important
/// tokens, and no linear member if less than nine tenths of the importance would remain with it. A
/// classifier that is small enough is returned as it is.
/// @throws Error with `ErrorCode::kTooFewBytes` if not even a token for each label would remain
Classifier compact_to(const Classifier& classifier, std::int64_t max_bytes, const Backend& backend,
                      Workers& workers);

}  // namespace newsclf
