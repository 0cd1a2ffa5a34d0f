// SPDX-License-Identifier: MIT
// Builds sparse rows from columns in any order.
#pragma once

#include <cstdint>
#include <vector>

#include "newsclf/features/sparse_rows.hpp"

namespace newsclf {

/// The counts of one row. Call order: `((add* limit_memory)* finish)*`.
class RowBuilder {
 public:
  /// Adds `count` to the value of `column`.
  void add(std::int32_t column, std::uint32_t count) {
    entries_.push_back(static_cast<std::uint64_t>(column) << 32 | count);
    used_bits_ |= entries_.back();
  }
  /// Adds up the counts of each column if there are many. Memory then depends on the number of
  /// distinct columns, not on that of calls of `add`, if there are at most `kFewest` in between.
  void limit_memory() {
    if (entries_.size() >= most_) add_up();
  }
  /// Appends the row to `rows`, with ascending columns; the next row is empty.
  void finish(SparseRows& rows);

 private:
  static constexpr std::size_t kFewest = std::size_t{1} << 17;

  void sort();
  void add_up();

  std::vector<std::uint64_t> entries_;  // the column above 32 bits of count
  std::vector<std::uint64_t> sorted_;   // by one more byte of the column
  std::uint64_t used_bits_ = 0;         // of all entries
  std::size_t most_ = kFewest;          // entries until they are added up
};

}  // namespace newsclf
