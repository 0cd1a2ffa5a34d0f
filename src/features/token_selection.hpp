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
  TokenNumbers columns;  ///< of all tokens that were counted; `kUnknown`: not selected
};

/// @param documents number of documents that were counted
/// @throws Error if there is none
SelectedTokens select_tokens(const CountedTokens& counted, const VocabularyOptions& options,
                             std::size_t documents);

}  // namespace newsclf
