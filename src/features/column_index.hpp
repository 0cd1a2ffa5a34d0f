// SPDX-License-Identifier: MIT
// Finds the columns of many tokens: faster than `Vocabulary`, but it must be built first.
#pragma once

#include <cstdint>
#include <string_view>

#include "features/key_table.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/features/vocabulary.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// The columns of the tokens of a vocabulary: short texts by their bytes, n-grams of words by the
/// columns of their parts, long texts as in the vocabulary.
class ColumnIndex {
 public:
  /// Borrows the vocabulary of `vectorizer`.
  ColumnIndex(const Vectorizer& vectorizer, Workers& workers);

  /// Whether the parts of all n-grams of words are in the vocabulary too. If not, this index finds
  /// only some of them.
  bool is_complete() const { return is_complete_; }

  /// Returns the key or hash of `text` for `find` and begins to load its slot from memory.
  std::uint64_t prefetch(std::string_view text) const {
    if (text.size() > kLongestPacked) return vocabulary_.prefetch(text);
    const std::uint64_t key = pack_text(text);
    short_texts_.prefetch(key);
    return key;
  }
  /// Returns the column of a token that is not an n-gram of words, or `kUnknown`.
  /// @param key from `prefetch`
  std::int32_t find(std::string_view text, std::uint64_t key) const {
    return text.size() > kLongestPacked ? vocabulary_.find(text, key) : short_texts_.find(key);
  }

  void prefetch_pair(std::uint64_t pair) const { pairs_.prefetch(pair); }
  /// Returns the column of the n-gram with this pair of columns, or `kUnknown`.
  std::int32_t find_pair(std::uint64_t pair) const {
    const auto [begin, last] = split_pair_key(pair);
    return begin < 0 || last < 0 ? Vocabulary::kUnknown : pairs_.find(pair);
  }

 private:
  const Vocabulary& vocabulary_;
  KeyTable short_texts_, pairs_;
  bool is_complete_ = true;
};

}  // namespace newsclf
