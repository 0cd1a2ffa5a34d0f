// SPDX-License-Identifier: MIT
// Numbers of tokens by 64-bit keys: a hash table with open addressing and linear probing.
//
// The key of a short text is its bytes; the key of an n-gram of words is a pair of numbers, those
// of the n-gram without its last word and of its last word. A lookup reads one cache line; a lookup
// of a text in `Vocabulary` reads a slot, the offsets and the bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace newsclf {

/// @param begin number of the n-gram without its last word
inline std::uint64_t make_pair_key(std::int32_t begin, std::int32_t last) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(begin)) << 32 |
         static_cast<std::uint32_t>(last);
}

/// The numbers of the n-gram without its last word, and of the last word.
inline std::pair<std::int32_t, std::int32_t> split_pair_key(std::uint64_t pair) {
  return {static_cast<std::int32_t>(pair >> 32), static_cast<std::int32_t>(pair)};
}

/// Texts of up to so many bytes have keys.
inline constexpr std::size_t kLongestPacked = 7;

/// Packs a text of 1 to `kLongestPacked` bytes, without NUL; the highest byte of the key is 0.
/// @param text at least 8 bytes can be read from its begin
inline std::uint64_t pack_text(std::string_view text) {
  std::uint64_t bytes;
  std::memcpy(&bytes, text.data(), sizeof bytes);
  return bytes & (~std::uint64_t{0} >> 8 * (sizeof bytes - text.size()));
}

/// The text in the bytes of `key`, from `pack_text`.
inline std::string_view packed_text(const std::uint64_t& key) {
  const auto bits = static_cast<std::size_t>(std::bit_width(key));
  return {reinterpret_cast<const char*>(&key), (bits + 7) / 8};
}

inline std::uint64_t hash_of_key(std::uint64_t key) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio
  key *= kOdd;
  key ^= key >> 32;
  return key * kOdd >> 20;  // 44 bits
}

/// Maps keys to numbers.
class KeyTable {
 public:
  static constexpr std::int32_t kUnknown = -1;

  struct Slot {
    std::uint64_t key = 0;
    std::int32_t number = kUnknown;  ///< `kUnknown`: the slot is free
    std::uint32_t place = 0;         ///< for the owner of the table
  };

  /// @param keys expected number of keys, not a limit
  explicit KeyTable(std::size_t keys = 0) : slots_(std::bit_ceil(keys + keys / 2 + 1024)) {}

  /// In bytes.
  std::size_t memory() const { return slots_.size() * sizeof slots_[0]; }

  /// Begins to load the slot of `key` from memory.
  void prefetch(std::uint64_t key) const { __builtin_prefetch(&slots_[home_of(key)]); }

  /// Returns the slot of `key`, which is inserted with `number` if it is new. The reference is
  /// valid until the next call.
  Slot& insert(std::uint64_t key, std::int32_t number) {
    Slot& slot = slots_[probe(key)];
    if (slot.number != kUnknown) return slot;
    slot = {key, number, 0};
    if (++size_ <= slots_.size() / 3 * 2) return slot;
    grow();
    return slots_[probe(key)];
  }

  /// Returns the number of `key`, or `kUnknown`.
  std::int32_t find(std::uint64_t key) const { return slots_[probe(key)].number; }

 private:
  std::size_t home_of(std::uint64_t key) const {
    return static_cast<std::size_t>(hash_of_key(key)) & (slots_.size() - 1);
  }

  /// Returns the index of the slot of `key`, or of the free slot to insert it in.
  std::size_t probe(std::uint64_t key) const {
    std::size_t slot = home_of(key);
    while (slots_[slot].number != kUnknown && slots_[slot].key != key)
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  [[gnu::noinline]] void grow() {
    std::vector<Slot> slots(2 * slots_.size());
    slots.swap(slots_);
    for (const Slot& slot : slots)
      if (slot.number != kUnknown) slots_[probe(slot.key)] = slot;
  }

  std::vector<Slot> slots_;  // a power of two, of which at most two thirds are used
  std::size_t size_ = 0;
};

}  // namespace newsclf
