// SPDX-License-Identifier: MIT
// From counts to the weights of tokens in a document.
#pragma once

#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/parallel/workers.hpp"

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

enum class TokenScale {
  kNone,  ///< tokens weigh what the documents say
  kNb,    ///< times how strongly the token speaks for a label, see `naive_bayes_scale`
};
inline constexpr Choice<TokenScale> kTokenScales[] = {{"nb", TokenScale::kNb},
                                                      {"none", TokenScale::kNone}};

struct WeightingOptions {
  Weighting weighting = Weighting::kTfidf;     ///< what a token of a document weighs
  Norm norm = Norm::kL2;                       ///< whether all documents get the same norm
  float input_norm = 30;                       ///< that norm
  TokenScale token_scale = TokenScale::kNone;  ///< what the labels make of a token's weight
};

/// Inverse document frequency ln((1 + n) / (1 + df)) + 1, the smooth form of scikit-learn's
/// `TfidfTransformer`: `document_frequency[c]` of `documents` documents hold token c.
std::vector<float> inverse_document_frequency(std::span<const std::int64_t> document_frequency,
                                              std::int64_t documents);

/// What is added to every count of `naive_bayes_scale`: the less, the more a token counts that only
/// one label's documents hold. 0.3 was better than 1 on short documents and no worse on long ones.
inline constexpr double kNbSmoothing = 0.3;

/// How strongly each column speaks for a label: the largest |ln p(t|c) / q(t|c)| over the labels c,
/// where p(t|c) is the number of documents of c that hold t, plus `smoothing`, divided by the sum
/// of that over the columns, and q(t|c) the mean of p(t|c') over the other labels. The log-count
/// ratio of NBSVM (Wang & Manning, 2012), for more than two labels.
/// @param parts the rows, some after the other
/// @param labels one a row, from 0
/// @throws Error unless every row has a label, and there are two different ones
std::vector<float> naive_bayes_scale(std::span<const RowsView> parts,
                                     std::span<const std::int32_t> labels, std::int32_t columns,
                                     Workers& workers, double smoothing = kNbSmoothing);

/// What the columns' weights are multiplied by, an entry a column; empty: by nothing.
struct ColumnFactors {
  std::span<const float> idf;
  std::span<const float> token_scale;
};

/// Turns the counts of one row into weights, in place. A row without entries, or all zeros, stays
/// as it is.
void weigh_row(std::span<const std::int32_t> columns, std::span<float> values,
               const ColumnFactors& factors, const WeightingOptions& options);

}  // namespace newsclf
