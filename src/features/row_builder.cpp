// SPDX-License-Identifier: MIT
#include "features/row_builder.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace newsclf {

/// Radix sort by the bytes of the column, least significant first.
void RowBuilder::sort() {
  constexpr std::size_t kFew = 48;  // fewer entries than that are sorted faster by comparing them
  if (entries_.size() < kFew) {
    std::ranges::sort(entries_);
    return;
  }
  sorted_.resize(entries_.size());
  for (int shift = 32; shift < 64 && used_bits_ >> shift != 0; shift += 8) {
    const auto digit = [&](std::uint64_t entry) {
      return static_cast<std::size_t>(entry >> shift & 0xFF);
    };
    std::array<std::uint32_t, 256> ends{};
    for (const std::uint64_t entry : entries_) ++ends[digit(entry)];
    std::uint32_t begin = 0;
    for (std::uint32_t& end : ends) {
      const std::uint32_t count = end;
      end = begin;
      begin += count;
    }
    for (const std::uint64_t entry : entries_) sorted_[ends[digit(entry)]++] = entry;
    entries_.swap(sorted_);
  }
}

void RowBuilder::add_up() {
  sort();
  constexpr std::uint64_t kCount = 0xFFFFFFFFu;
  std::size_t size = 0;
  for (const std::uint64_t entry : entries_) {
    const bool same = size > 0 && entries_[size - 1] >> 32 == entry >> 32;
    if (same && (entries_[size - 1] & kCount) + (entry & kCount) <= kCount)
      entries_[size - 1] += entry & kCount;
    else
      entries_[size++] = entry;
  }
  entries_.resize(size);
  most_ = std::max(kFewest, 2 * size);
}

void RowBuilder::finish(SparseRows& rows) {
  sort();
  for (std::size_t i = 0; i < entries_.size();) {
    const std::uint64_t column = entries_[i] >> 32;
    std::uint64_t sum = 0;
    for (; i < entries_.size() && entries_[i] >> 32 == column; ++i)
      sum += entries_[i] & 0xFFFFFFFFu;
    rows.columns.push_back(static_cast<std::int32_t>(column));
    rows.values.push_back(static_cast<float>(sum));
  }
  rows.end_row();
  entries_.clear();
  used_bits_ = 0;
  most_ = kFewest;
}

}  // namespace newsclf
