// SPDX-License-Identifier: MIT
// Tokens in the order of their columns: by kind, by decreasing document frequency, then by bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/features/analyzer.hpp"

namespace newsclf {

/// A token that may enter the vocabulary.
struct RankedToken {
  std::uint64_t rank;    // kinds ascend, then document frequencies fall
  std::uint64_t prefix;  // of the text
  std::int32_t number;   // for the owner of the token
  std::uint32_t text;    // index in `RankedTokens`

  std::uint32_t rank_in_kind() const { return static_cast<std::uint32_t>(rank); }
  TokenKind kind() const { return static_cast<TokenKind>(rank >> 32); }
  std::uint32_t document_frequency() const { return ~rank_in_kind(); }
};

/// Call order: `(add | keep_most_frequent)* sort text*`.
class RankedTokens {
 public:
  void add(std::string_view text, TokenKind kind, std::uint32_t document_frequency,
           std::int32_t number);
  std::size_t size() const { return all_.size(); }
  /// In bytes.
  std::size_t memory() const;
  /// Drops all but the `limit` tokens of the largest document frequencies, whatever their kinds; of
  /// equal ones the first by bytes.
  void keep_most_frequent(std::size_t limit);
  /// Frees the memory of the texts that were dropped.
  void compact();
  /// Sorts the tokens in the order of their columns.
  void sort();
  const std::vector<RankedToken>& all() const { return all_; }
  std::string_view text(const RankedToken& token) const {
    const std::size_t begin = ends_[token.text];
    return std::string_view(texts_).substr(begin, ends_[token.text + 1] - begin);
  }

 private:
  bool is_before(const RankedToken& a, std::uint64_t rank_of_a, const RankedToken& b,
                 std::uint64_t rank_of_b) const;

  std::vector<RankedToken> all_;
  std::string texts_;
  std::vector<std::size_t> ends_{0};  // of the texts
};

}  // namespace newsclf
