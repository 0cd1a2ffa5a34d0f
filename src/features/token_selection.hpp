// SPDX-License-Identifier: MIT
// Selects the tokens of the vocabulary.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "features/counted_documents.hpp"
#include "features/ranked_tokens.hpp"
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

/// Numbers `tokens` by column; leaves `columns` empty.
SelectedTokens number_tokens(RankedTokens& tokens);

/// The minimum number of documents with a token of each kind.
std::array<std::int64_t, kTokenKinds> least_documents(const VocabularyOptions& options);

/// @throws Error since the vocabulary would be empty. @param distinct number of tokens before it
/// was selected
[[noreturn]] void refuse_no_token(std::size_t distinct);

/// @throws Error if there is none
SelectedTokens select_tokens(const CountedDocuments& counted, const VocabularyOptions& options);

}  // namespace newsclf
