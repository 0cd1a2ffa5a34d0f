// SPDX-License-Identifier: MIT
// Finds the n-grams that may occur more than once without storing any: a counting Bloom filter with
// one hash function and counters that stop at 2.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "features/key_table.hpp"

namespace newsclf {

/// Most n-grams of two words occur once. They need no number if only n-grams of two documents or
/// more enter the vocabulary; the counters fit in the caches where a table of all does not.
/// Call order: `add* merge* passes*`.
class PairSieve {
 public:
  /// @param pairs number of pairs that will be added
  explicit PairSieve(std::size_t pairs)
      : counters_(std::bit_ceil(kCountersPerPair * pairs / kPerWord + 1)) {}

  void add(std::uint64_t pair) {
    const Place place = place_of(pair);
    std::uint64_t& counters = counters_[place.word];
    counters |= (1 | (counters >> place.shift & 1) << 1) << place.shift;
  }

  /// Adds the pairs that were added to `other`, which has the same size.
  void merge(const PairSieve& other) {
    constexpr std::uint64_t kOnce = 0x5555555555555555;
    for (std::size_t w = 0; w < counters_.size(); ++w) {
      const std::uint64_t both = counters_[w] & other.counters_[w] & kOnce;
      counters_[w] |= other.counters_[w] | both << 1;
    }
  }

  /// False if `pair` was added once; true if it was added more often, and sometimes if not.
  bool passes(std::uint64_t pair) const {
    const Place place = place_of(pair);
    return counters_[place.word] >> place.shift & 2;
  }

 private:
  static constexpr std::size_t kCountersPerPair = 4;
  static constexpr std::size_t kPerWord = 32;

  struct Place {
    std::size_t word;
    unsigned shift;
  };
  Place place_of(std::uint64_t pair) const {
    const std::uint64_t hash = hash_of_key(pair);
    return {static_cast<std::size_t>(hash) & (counters_.size() - 1),
            static_cast<unsigned>(hash >> 38 & 62)};
  }

  std::vector<std::uint64_t> counters_;  // each of two bits: added once, added more than once
};

}  // namespace newsclf
