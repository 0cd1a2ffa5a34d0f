// SPDX-License-Identifier: MIT
// Computes the weights of tokens in a document from their counts.
#pragma once

#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/parallel/workers.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace newsclf {

enum class Weighting {
  kCount,   ///< number of occurrences of the token: tf
  kBinary,  ///< 1
  kLog,     ///< 1 + ln tf
  kTfidf,   ///< (1 + ln tf) * idf
};

enum class Norm {
  kL2,    ///< rows are scaled to the Euclidean norm `input_norm`
  kNone,  ///< rows are not scaled
};

inline constexpr Choice<Weighting> kWeightings[] = {
    {"count", Weighting::kCount},
    {"binary", Weighting::kBinary},
    {"log", Weighting::kLog},
    {"tfidf", Weighting::kTfidf},
};
inline constexpr Choice<Norm> kNorms[] = {{"l2", Norm::kL2}, {"none", Norm::kNone}};

enum class TokenScale {
  kNone,  ///< weights do not depend on labels
  kNb,    ///< weights are multiplied by `naive_bayes_scale`
};
inline constexpr Choice<TokenScale> kTokenScales[] = {{"nb", TokenScale::kNb},
                                                      {"none", TokenScale::kNone}};

struct WeightingOptions {
  Weighting weighting = Weighting::kTfidf;     ///< weight of a token in a document
  Norm norm = Norm::kL2;                       ///< how rows are normalized
  float input_norm = 30;                       ///< Euclidean norm of all rows under `kL2`
  TokenScale token_scale = TokenScale::kNone;  ///< factor computed from the labels
  double nb_smoothing = 0.3;                   ///< `smoothing` of `naive_bayes_scale`
};

/// Inverse document frequency ln((1 + n) / (1 + df)) + 1, the smooth form of scikit-learn's
/// `TfidfTransformer`; `document_frequency[c]` of `documents` documents contain token c.
std::vector<float> inverse_document_frequency(std::span<const std::int64_t> document_frequency,
                                              std::int64_t documents);

/// Returns how strongly each token t in `columns` indicates a label: the largest
/// |ln p(t|c) / q(t|c)| over the labels c. p(t|c) is the number of documents of c that contain t,
/// plus `smoothing`, divided by the sum of these values over all tokens in `columns`; q(t|c) is the
/// mean of p(t|c') over the other labels.
/// The log-count ratio of NBSVM (Wang & Manning, 2012), generalized to more than two labels.
/// Smaller values of `smoothing` give more weight to tokens that occur with only one label.
/// @param parts consecutive parts of the rows
/// @param labels one id per row, from 0; -1: the row is ignored
/// @param other_labels number of labels of other documents, which contain none of these tokens, but
///     as many tokens as the documents of a label in `labels` do on average
/// @param memory limit on the bytes for the labels of columns; with less, there are more
///     passes over the rows, and the result is the same
/// @throws Error unless every row has a label and there are at least two different labels
std::vector<float> naive_bayes_scale(std::span<const RowsView> parts,
                                     std::span<const std::int32_t> labels, ColumnRange columns,
                                     double smoothing, Workers& workers,
                                     std::int32_t other_labels = 0,
                                     std::size_t memory = std::numeric_limits<std::size_t>::max());

/// The factor that gives `part` of `row` the Euclidean norm of the whole row; 1 if all its values
/// are 0.
float norm_factor(const SparseRow& row, const SparseRow& part);

/// Factors for the weights, one per column; empty: no factors.
struct ColumnFactors {
  std::span<const float> idf;
  std::span<const float> token_scale;
};

/// Converts the counts of one row to weights, in place. Does not change a row that is empty or all
/// zeros.
void weigh_row(std::span<const std::int32_t> columns, std::span<float> values,
               const ColumnFactors& factors, const WeightingOptions& options);

}  // namespace newsclf
