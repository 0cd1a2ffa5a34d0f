// SPDX-License-Identifier: MIT
// The factors of weights that are fitted on the training documents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "features/token_selection.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/features/weighting.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// The arrays of `ColumnFactors`.
struct ColumnFactorArrays {
  std::vector<float> idf, token_scale;

  operator ColumnFactors() const { return {idf, token_scale}; }
};

/// Fits the factors that `options` require. @param parts all rows, of counts
/// @param other_labels, memory see `naive_bayes_scale`
std::shared_ptr<const ColumnFactorArrays> fit_factors(
    std::span<const RowsView> parts, std::span<const std::int32_t> labels,
    const SelectedTokens& selected, const WeightingOptions& options, Workers& workers,
    std::int32_t other_labels = 0, std::size_t memory = std::numeric_limits<std::size_t>::max());

}  // namespace newsclf
