// SPDX-License-Identifier: MIT
// From counts to the weights of tokens in a document.
#pragma once

#include "newsclf/text/choice.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace newsclf {

enum class Weighting {
  kCount,   ///< how many times the token occurs: tf
  kBinary,  ///< 1
  kLog,     ///< 1 + ln tf
  kTfidf,   ///< (1 + ln tf) * idf
};

enum class Norm {
  kL2,    ///< rows are scaled to the Euclidean norm `input_norm`
  kNone,  ///< rows are left as they are
};

inline constexpr Choice<Weighting> kWeightings[] = {
    {"count", Weighting::kCount},
    {"binary", Weighting::kBinary},
    {"log", Weighting::kLog},
    {"tfidf", Weighting::kTfidf},
};
inline constexpr Choice<Norm> kNorms[] = {{"l2", Norm::kL2}, {"none", Norm::kNone}};

struct WeightingOptions {
  Weighting weighting = Weighting::kTfidf;  ///< what a token of a document weighs
  Norm norm = Norm::kL2;                    ///< whether all documents get the same norm
  float input_norm = 30;                    ///< that norm
};

/// Inverse document frequency ln((1 + n) / (1 + df)) + 1, the smooth form of scikit-learn's
/// `TfidfTransformer`: `document_frequency[c]` of `documents` documents hold token c.
std::vector<float> inverse_document_frequency(std::span<const std::int64_t> document_frequency,
                                              std::int64_t documents);

/// Turns the counts of one row into weights, in place. `idf` has an entry a column and is read for
/// `kTfidf` alone. A row without entries, or all zeros, stays as it is.
void weigh_row(std::span<const std::int32_t> columns, std::span<float> values,
               std::span<const float> idf, const WeightingOptions& options);

}  // namespace newsclf
