// SPDX-License-Identifier: MIT
// Numbers of n-grams: a hash table with open addressing and linear probing.
//
// The key of an n-gram of words is a pair of numbers: the number of the n-gram without its last
// word, and the number of its last word. A lookup reads one cache line; by text it would read the
// slot, the offsets and the bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "newsclf/error/error.hpp"

namespace newsclf {

/// @param begin number of the n-gram without its last word
inline std::uint64_t make_pair_key(std::int32_t begin, std::int32_t last) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(begin)) << 32 |
         static_cast<std::uint32_t>(last);
}

/// The number of the n-gram without its last word, and of the last word.
inline std::pair<std::int32_t, std::int32_t> split_pair_key(std::uint64_t pair) {
  return {static_cast<std::int32_t>(pair >> 32), static_cast<std::int32_t>(pair)};
}

/// Maps pairs to numbers.
class PairTable {
 public:
  static constexpr std::int32_t kUnknown = -1;

  struct Slot {
    std::uint64_t pair = 0;
    std::int32_t number = kUnknown;  ///< `kUnknown`: the slot is free
    std::uint32_t place = 0;         ///< for the owner of the table
  };

  /// @param pairs expected number of pairs, not a limit
  explicit PairTable(std::size_t pairs = 0)
      : slots_(std::bit_ceil(pairs + pairs / kSpareShare + 1024)) {}

  /// Begins to load the slot of `pair` from memory.
  void prefetch(std::uint64_t pair) const { __builtin_prefetch(&slots_[home_of(pair)]); }

  /// Returns the slot of `pair`, which is inserted with `number` if it is new. The reference is
  /// valid until the next call.
  Slot& insert(std::uint64_t pair, std::int32_t number) {
    Slot& slot = slots_[probe(pair)];
    if (slot.number != kUnknown) return slot;
    if (number == std::numeric_limits<std::int32_t>::max())
      throw Error(ErrorCode::kTooManyTokens, "vocabulary", "more than 2^31 distinct tokens");
    slot = {pair, number, 0};
    ++size_;
    if (size_ + size_ / kSpareShare <= slots_.size()) return slot;
    grow();
    return slots_[probe(pair)];
  }

  /// Returns the number of `pair`, or `kUnknown`.
  std::int32_t find(std::uint64_t pair) const { return slots_[probe(pair)].number; }

  /// The pairs by number, if they were numbered from 0.
  std::vector<std::uint64_t> by_number() const {
    std::vector<std::uint64_t> pairs(size_);
    for (const Slot& slot : slots_)
      if (slot.number != kUnknown) pairs[static_cast<std::size_t>(slot.number)] = slot.pair;
    return pairs;
  }

 private:
  static constexpr std::size_t kSpareShare = 2;  // at least half as many free slots as pairs

  std::size_t home_of(std::uint64_t pair) const {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio
    pair *= kOdd;
    pair ^= pair >> 32;
    return static_cast<std::size_t>(pair * kOdd >> 20) & (slots_.size() - 1);
  }

  /// Returns the index of the slot of `pair`, or of the free slot to insert it in.
  std::size_t probe(std::uint64_t pair) const {
    std::size_t slot = home_of(pair);
    while (slots_[slot].number != kUnknown && slots_[slot].pair != pair)
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  void grow() {
    std::vector<Slot> slots(2 * slots_.size());
    slots.swap(slots_);
    for (const Slot& slot : slots)
      if (slot.number != kUnknown) slots_[probe(slot.pair)] = slot;
  }

  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace newsclf
