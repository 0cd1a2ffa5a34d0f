// SPDX-License-Identifier: MIT
// A hash index of tokens that are stored elsewhere: open addressing in groups of eight slots.
//
// Each slot has a tag, one byte of the token's hash (0: the slot is free), and the token's number.
// The tags of a group are compared at once, as the bytes of one integer; a group without a free
// slot continues in the next one. Most tokens that are unknown are recognised by the tags alone,
// which take one byte per slot.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace newsclf {

class TokenIndex {
 public:
  static constexpr std::int32_t kUnknown = -1;

  /// @param tokens the index has room for at least so many
  explicit TokenIndex(std::size_t tokens)
      : tags_(std::bit_ceil(3 * tokens / (2 * kGroup) + 1)), numbers_(tags_.size() * kGroup) {}

  /// The number of tokens of which the index has room for: two thirds of the slots.
  std::size_t room() const { return numbers_.size() * 2 / 3; }

  /// In bytes.
  std::size_t memory() const {
    return tags_.size() * sizeof tags_[0] + numbers_.size() * sizeof numbers_[0];
  }

  /// Begins to load the group of `hash` from memory.
  void prefetch(std::uint64_t hash) const {
    __builtin_prefetch(&tags_[hash & last_group()]);
    __builtin_prefetch(&numbers_[(hash & last_group()) * kGroup]);
  }

  /// Returns the first number that may have `hash` and for which `is_token(number)` holds, or
  /// `kUnknown`.
  template <typename IsToken>
  std::int32_t find(std::uint64_t hash, const IsToken& is_token) const {
    for (std::size_t group = hash & last_group();; group = (group + 1) & last_group()) {
      if (const std::int32_t found = find_in(group, hash, is_token); found != kUnknown)
        return found;
      if (zero_bytes(tags_[group]) != 0) return kUnknown;
    }
  }

  /// The same, but inserts `number` with `hash` if there is none, and returns `number`. Call it at
  /// most `room()` times with a new token.
  template <typename IsToken>
  std::int32_t insert(std::uint64_t hash, std::int32_t number, const IsToken& is_token) {
    for (std::size_t group = hash & last_group();; group = (group + 1) & last_group()) {
      if (const std::int32_t found = find_in(group, hash, is_token); found != kUnknown)
        return found;
      if (const std::uint64_t free = zero_bytes(tags_[group]); free != 0) {
        tags_[group] |= tag_of(hash) << 8 * first_byte(free);
        numbers_[group * kGroup + first_byte(free)] = number;
        return number;
      }
    }
  }

 private:
  static constexpr std::size_t kGroup = 8;
  static constexpr std::uint64_t kEach = 0x0101010101010101;

  /// The highest bit of each byte that is 0.
  static std::uint64_t zero_bytes(std::uint64_t bytes) {
    constexpr std::uint64_t kLow = 0x7F * kEach;
    return ~(((bytes & kLow) + kLow) | bytes | kLow);
  }
  static std::size_t first_byte(std::uint64_t highest_bits) {
    return static_cast<std::size_t>(std::countr_zero(highest_bits)) / 8;
  }
  static std::uint64_t tag_of(std::uint64_t hash) { return std::max(hash >> 56, std::uint64_t{1}); }
  std::size_t last_group() const { return tags_.size() - 1; }

  template <typename IsToken>
  std::int32_t find_in(std::size_t group, std::uint64_t hash, const IsToken& is_token) const {
    for (std::uint64_t same = zero_bytes(tags_[group] ^ tag_of(hash) * kEach); same != 0;
         same &= same - 1)
      if (const std::int32_t number = numbers_[group * kGroup + first_byte(same)]; is_token(number))
        return number;
    return kUnknown;
  }

  std::vector<std::uint64_t> tags_;    // of each group, a power of two of them
  std::vector<std::int32_t> numbers_;  // eight per group
};

}  // namespace newsclf
