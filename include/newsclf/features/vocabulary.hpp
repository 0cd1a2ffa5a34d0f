// SPDX-License-Identifier: MIT
// Token <-> column: an open-addressing hash index over one block of token bytes.
//
// The three arrays below are the vocabulary both in memory and in a model file, so a process that
// maps a model builds no table.
//   bytes    all tokens one after the other, UTF-8
//   offsets  token c is bytes[offsets[c], offsets[c + 1])
//   index    a power of two of slots, at most half of them in use; 0 is a free slot, otherwise the
//            low 32 bits hold column + 1 and the high 32 bits the high half of the token's XXH3-64.
//            A token's slot is the first at or after (hash mod slots) that holds it (linear
//            probing).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// Distinct tokens under construction, numbered in the order they came.
class TokenTable {
 public:
  /// @param tokens that are expected; more may come
  explicit TokenTable(std::size_t tokens = 0);

  /// The number of `token`, which is added if it is new.
  std::int32_t insert(std::string_view token);
  std::int32_t size() const { return static_cast<std::int32_t>(offsets_.size() - 1); }
  std::string_view token(std::int32_t number) const;

 private:
  friend class Vocabulary;
  void grow();

  std::string bytes_;
  std::vector<std::int64_t> offsets_{0};
  std::vector<std::int64_t> index_;
};

/// A frozen set of tokens. Copies share the arrays.
class Vocabulary {
 public:
  static constexpr std::int32_t kUnknown = -1;

  Vocabulary() = default;
  /// Freezes `table`: no token can enter any more.
  explicit Vocabulary(TokenTable table);
  /// Arrays that `owner` keeps alive, laid out as above. Call `check` before the first `find`.
  Vocabulary(std::span<const char> bytes, std::span<const std::int64_t> offsets,
             std::span<const std::int64_t> index, std::shared_ptr<const void> owner);

  /// The token's column, or `kUnknown`.
  std::int32_t find(std::string_view token) const;
  std::string_view token(std::int32_t column) const;
  std::int32_t size() const {
    return offsets_.empty() ? 0 : static_cast<std::int32_t>(offsets_.size() - 1);
  }

  /// Whether the arrays are laid out as above: offsets rise strictly from 0 to the end, every token
  /// is well-formed UTF-8, the index holds exactly the tokens, each where `find` meets it first (so
  /// tokens are distinct).
  /// @return empty, or what is wrong
  std::string check() const;

  std::span<const char> bytes() const { return bytes_; }
  std::span<const std::int64_t> offsets() const { return offsets_; }
  std::span<const std::int64_t> index() const { return index_; }

 private:
  std::span<const char> bytes_;
  std::span<const std::int64_t> offsets_;
  std::span<const std::int64_t> index_;
  std::shared_ptr<const void> owner_;
};

}  // namespace newsclf
