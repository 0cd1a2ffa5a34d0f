// SPDX-License-Identifier: MIT
// Counts the tokens of the training documents.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "features/key_table.hpp"
#include "features/pair_sieve.hpp"
#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/features/analyzer.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/features/vocabulary.hpp"
#include "newsclf/parallel/process_group.hpp"
#include "newsclf/parallel/workers.hpp"
#include "parallel/packed_arrays.hpp"

namespace newsclf {

/// Distinct tokens. N-grams of words are pairs of numbers (see `KeyTable`), all other tokens are
/// texts. Texts are numbered from 0 up and n-grams from -1 down, so that a number tells which.
struct CountedTokens {
  struct Token {
    std::uint64_t key;  ///< of a long text: its number in `long_texts`
    TokenKind kind;
    bool is_long = false;  ///< a text too long for a key
  };

  std::vector<Token> texts;   ///< by number
  std::vector<Token> ngrams;  ///< by ~number
  KeyTable short_texts = KeyTable();
  KeyTable pairs = KeyTable();
  TokenTable long_texts = TokenTable();
  std::vector<KeyTable::Slot> long_slots;  ///< by number in `long_texts`; without keys

  /// Returns the key or hash of `text` for `add` and begins to load its slot from memory.
  std::uint64_t prefetch(std::string_view text) const;
  /// Returns the slot of `text`, valid until the next call. @param key from `prefetch`
  KeyTable::Slot& add(std::string_view text, std::uint64_t key, TokenKind kind);
  /// Returns the slot of an n-gram, which holds ~number.
  KeyTable::Slot& add(std::uint64_t pair, TokenKind kind);

  const Token& operator[](std::int32_t number) const {
    return number >= 0 ? texts[static_cast<std::size_t>(number)]
                       : ngrams[static_cast<std::size_t>(~number)];
  }
  /// In bytes.
  std::size_t memory() const;
  std::string_view text_of(const Token& token) const {
    return token.is_long ? long_texts.token(static_cast<std::int32_t>(token.key))
                         : packed_text(token.key);
  }
};

/// One value for each of the tokens.
template <typename Value>
class PerToken {
 public:
  PerToken() = default;
  PerToken(const CountedTokens& tokens, Value value)
      : values_(tokens.ngrams.size() + tokens.texts.size(), value),
        ngrams_(static_cast<std::int32_t>(tokens.ngrams.size())) {}

  Value& operator[](std::int32_t number) {
    return values_[static_cast<std::size_t>(std::int64_t{ngrams_} + number)];
  }
  const Value& operator[](std::int32_t number) const {
    return values_[static_cast<std::size_t>(std::int64_t{ngrams_} + number)];
  }
  std::int32_t first() const { return -ngrams_; }
  std::int32_t end() const { return static_cast<std::int32_t>(values_.size()) - ngrams_; }

 private:
  std::vector<Value> values_;
  std::int32_t ngrams_ = 0;
};

/// The memory that all parts take together. Thread-safe.
class MemoryBudget {
 public:
  /// @param limit in bytes
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  /// Counts `now` instead of `before` bytes. @throws Error if the sum exceeds the limit
  void replace(std::size_t before, std::size_t now);

 private:
  std::size_t limit_;
  std::atomic<std::size_t> used_ = 0;
};

/// The tokens of each document and how often they occur in it.
struct CountedRows {
  std::vector<std::size_t> ends;      ///< of the rows, in the other arrays
  std::vector<std::int32_t> numbers;  ///< distinct within a row, unsorted
  std::vector<std::uint32_t> counts;
};

/// Token counts of some of the documents. Every thread counts with tables of its own. Call order:
/// `count_texts* merge_texts renumber_texts sift? count_ngrams merge_ngrams renumber_ngrams
/// count_documents move_rows`.
class CountedPart {
 public:
  /// Counts all tokens but n-grams of words.
  void count_texts(std::span<const Document> documents, const TextOptions& options,
                   MemoryBudget& budget);
  /// Moves the texts to `all`.
  void merge_texts(CountedTokens& all);
  /// Gives the texts their numbers in `all`.
  void renumber_texts();
  /// Number of words in n-grams, as an upper bound.
  std::size_t words() const { return words_.size(); }
  /// Adds all n-grams of two words to `sieve`.
  void sift(PairSieve& sieve) const;
  /// Counts n-grams of words. @param sieve all n-grams of two words; null: count each of them
  void count_ngrams(const TextOptions& options, const PairSieve* sieve, MemoryBudget& budget);
  /// Moves the n-grams to `all`. @return the number of those that did not pass the sieve
  std::size_t merge_ngrams(CountedTokens& all);
  void renumber_ngrams();
  /// Computes the number of documents of this part that contain each token.
  PerToken<std::uint32_t> count_documents(const CountedTokens& all) const;
  /// What `count_texts` or `count_ngrams` has counted, for another process.
  void pack_texts(ArrayPacker& packer) const;
  void pack_ngrams(ArrayPacker& packer) const;
  /// Takes the place of that function.
  void unpack_texts(ArrayUnpacker& arrays);
  void unpack_ngrams(ArrayUnpacker& arrays);
  /// Moves the counts to `rows`, with the columns of the vocabulary.
  void move_rows(const PerToken<std::int32_t>& columns);

  std::size_t size() const { return texts_.ends.size(); }
  /// Counts the memory of the part, without `rows`. @throws Error as `MemoryBudget::replace`
  void report_to(MemoryBudget& budget);
  SparseRows rows;

 private:
  void free_words();

  CountedTokens tokens_;
  CountedRows texts_, ngrams_;
  /// For n-grams: runs of words, each after its negative count.
  std::vector<std::int32_t> words_;
  std::vector<std::size_t> word_ends_;   // of each document in `words_`
  std::vector<std::int32_t> number_of_;  // of the tokens among those of all parts; empty: the same
  std::size_t reported_ = 0;             // bytes, to the budget
  std::size_t unnumbered_ = 0;           // n-grams that occur once and did not pass the sieve
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
  /// 0: the token is only a part of n-grams, not a token by itself.
  PerToken<std::uint32_t> document_frequency;
  std::size_t unnumbered = 0;  ///< distinct n-grams of one document that are not in `tokens`
  std::size_t documents = 0;
};

/// Counts tokens; may leave out those that `options` exclude from the vocabulary.
/// @param processes each counts a share of the documents, then all have the counts of all; null:
///     there is only this process
/// @throws Error if the counts would take more than `max_memory` bytes; as `ProcessGroup::gather`
CountedDocuments count_tokens(DocumentStream& documents, const VectorizerOptions& options,
                              std::size_t max_memory, Workers& workers,
                              ProcessGroup* processes = nullptr);

/// Divides `documents` into pieces with about the same number of bytes, for `threads` threads.
/// @return the first document of each piece, then the number of documents
std::vector<std::size_t> divide(std::span<const Document> documents, int threads);

/// The largest number of pieces of `divide`.
std::size_t pieces_for(int threads);

}  // namespace newsclf
