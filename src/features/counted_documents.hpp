// SPDX-License-Identifier: MIT
// Counts the tokens of the training documents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "features/pair_table.hpp"
#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/features/analyzer.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/features/vocabulary.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Distinct tokens. N-grams of words are pairs of numbers (see `PairTable`), all other tokens are
/// texts. Texts are numbered from 0 up and n-grams from -1 down, so that a number tells which.
struct CountedTokens {
  struct Token {
    TokenKind kind;
    std::uint32_t document_frequency = 0;  ///< 0: only a part of n-grams, not a token by itself
  };

  TokenTable texts = TokenTable();
  PairTable pairs = PairTable();
  std::vector<Token> of_texts;   ///< by number
  std::vector<Token> of_ngrams;  ///< by ~number

  /// @param hash from `texts`
  std::int32_t add(std::string_view text, std::uint64_t hash, TokenKind kind);
  PairTable::Slot& add(std::uint64_t pair, TokenKind kind);
};

/// What becomes of the numbers of `CountedTokens`: other numbers, or columns.
struct TokenNumbers {
  std::vector<std::int32_t> texts, ngrams;

  std::int32_t& operator[](std::int32_t number) {
    return number >= 0 ? texts[static_cast<std::size_t>(number)]
                       : ngrams[static_cast<std::size_t>(~number)];
  }
};

/// Token counts of some of the documents. Every thread counts with tables of its own.
class CountedPart {
 public:
  void count(std::span<const Document> documents, const TextOptions& options);
  /// Moves the tokens to `all`, with the document frequencies added.
  void merge_into(CountedTokens& all);
  /// Moves the counts to `rows`, with the columns of the vocabulary.
  void renumber(TokenNumbers& columns);

  std::size_t size() const { return ends_.size(); }
  SparseRows rows;

 private:
  CountedTokens tokens_;
  std::vector<std::uint32_t> places_;  // of texts: index in the row that contained them last
  std::vector<std::size_t> ends_;      // end of each row in numbers_ and counts_
  std::vector<std::int32_t> numbers_;  // tokens, distinct within a row, unsorted
  std::vector<std::uint32_t> counts_;
  TokenNumbers number_of_;  // of each token among those of all parts
};

/// Consecutive rows of one part, from consecutive documents.
struct CountedRun {
  std::size_t part, first, last;
};

/// All tokens of the training documents, in no particular order.
struct CountedDocuments {
  std::vector<CountedPart> parts;
  std::vector<CountedRun> runs;  ///< in document order
  CountedTokens tokens;
  std::size_t documents = 0;
};

CountedDocuments count_tokens(DocumentStream& documents, const TextOptions& options,
                              Workers& workers);

/// Divides `documents` into pieces with about the same number of bytes, for `threads` threads.
/// @return the first document of each piece, then the number of documents
std::vector<std::size_t> divide(std::span<const Document> documents, int threads);

/// The largest number of pieces of `divide`.
std::size_t pieces_for(int threads);

}  // namespace newsclf
