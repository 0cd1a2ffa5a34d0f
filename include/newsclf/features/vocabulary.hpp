// SPDX-License-Identifier: MIT
// Maps tokens to columns and back: a hash index over one block of token bytes.
//
//   bytes    all tokens, concatenated, UTF-8
//   offsets  token c is bytes[offsets[c], offsets[c + 1])
//   index    see `TokenIndex`
//
// A model file has the first two; checking them takes as long as building the index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/features/token_index.hpp"

namespace newsclf {

/// Builds a set of distinct tokens, numbered in the order of insertion.
class TokenTable {
 public:
  /// @param tokens expected number of tokens, not a limit
  explicit TokenTable(std::size_t tokens = 0);

  /// Returns the number of `token`; inserts it if it is new.
  std::int32_t insert(std::string_view token) { return insert(token, prefetch(token)); }
  /// Returns the hash of `token` for `insert` and begins to load its slot from memory.
  std::uint64_t prefetch(std::string_view token) const;
  /// @param hash from `prefetch`
  std::int32_t insert(std::string_view token, std::uint64_t hash);
  std::int32_t size() const { return static_cast<std::int32_t>(offsets_.size() - 1); }
  std::string_view token(std::int32_t number) const;
  /// In bytes.
  std::size_t memory() const {
    return bytes_.capacity() + offsets_.capacity() * sizeof offsets_[0] + index_.memory();
  }

 private:
  friend class Vocabulary;
  void grow();

  std::string bytes_;
  std::vector<std::int64_t> offsets_{0};
  TokenIndex index_;
};

/// An immutable set of tokens. Copies share the arrays.
class Vocabulary {
 public:
  static constexpr std::int32_t kUnknown = TokenIndex::kUnknown;

  Vocabulary() = default;
  /// Freezes `table`: no more tokens can be added.
  explicit Vocabulary(TokenTable table);
  /// Uses arrays that `owner` keeps alive, in the layout above. Call `build_index` before `find`.
  Vocabulary(std::span<const char> bytes, std::span<const std::uint32_t> offsets,
             std::shared_ptr<const void> owner);

  /// Returns the token's column, or `kUnknown`.
  std::int32_t find(std::string_view token) const;
  /// Sets `columns` to those of `tokens`; faster than finding one token after the other.
  void find(std::span<const std::string_view> tokens, std::span<std::int32_t> columns) const;
  std::string_view token(std::int32_t column) const;
  std::int32_t size() const {
    return offsets_.empty() ? 0 : static_cast<std::int32_t>(offsets_.size() - 1);
  }

  /// Checks the arrays, and builds the index that `find` needs: offsets increase strictly from 0 to
  /// the end, tokens are well-formed UTF-8 and distinct.
  /// @return empty, or what is wrong
  std::string build_index();

  std::span<const char> bytes() const { return bytes_; }
  std::span<const std::uint32_t> offsets() const { return offsets_; }

 private:
  std::span<const char> bytes_;
  std::span<const std::uint32_t> offsets_;
  std::shared_ptr<const void> owner_;
  std::shared_ptr<const TokenIndex> index_;  // null: not built yet
};

}  // namespace newsclf
