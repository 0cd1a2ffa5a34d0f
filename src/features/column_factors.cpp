// SPDX-License-Identifier: MIT
#include "features/column_factors.hpp"

namespace newsclf {

std::shared_ptr<const ColumnFactorArrays> fit_factors(std::span<const RowsView> parts,
                                                      std::span<const std::int32_t> labels,
                                                      const SelectedTokens& selected,
                                                      const WeightingOptions& options,
                                                      Workers& workers, std::int32_t other_labels,
                                                      std::size_t memory) {
  auto factors = std::make_shared<ColumnFactorArrays>();
  if (options.weighting == Weighting::kTfidf) {
    std::int64_t documents = 0;
    for (const RowsView& rows : parts) documents += static_cast<std::int64_t>(rows.size());
    factors->idf = inverse_document_frequency(selected.document_frequency, documents);
  }
  // One kind at a time, so that the scale of a token does not depend on tokens of other kinds.
  if (std::int32_t first = 0; options.token_scale == TokenScale::kNb)
    for (const std::int32_t count : selected.counts) {
      const ColumnRange of_kind{first, first + count};
      const std::vector<float> scale = naive_bayes_scale(
          parts, labels, of_kind, options.nb_smoothing, workers, other_labels, memory);
      factors->token_scale.insert(factors->token_scale.end(), scale.begin(), scale.end());
      first += count;
    }
  return factors;
}

}  // namespace newsclf
