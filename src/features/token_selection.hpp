// SPDX-License-Identifier: MIT
// Selects the tokens of the vocabulary.
#pragma once

#include <cstdint>
#include <vector>

#include "features/counted_documents.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/features/vocabulary.hpp"

namespace newsclf {

/// The tokens of the vocabulary.
struct SelectedTokens {
  TokenTable table;  ///< numbered by column
  KindCounts counts{};
  std::vector<std::int64_t> document_frequency;  ///< by column
  PerToken<std::int32_t> columns;  ///< of all tokens that were counted; `kUnknown`: not selected
};

/// @throws Error if there is none
SelectedTokens select_tokens(const CountedDocuments& counted, const VocabularyOptions& options);

}  // namespace newsclf
