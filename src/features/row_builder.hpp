// SPDX-License-Identifier: MIT
// Builds sparse rows from columns in any order.
#pragma once

#include <cstdint>
#include <vector>

#include "newsclf/features/sparse_rows.hpp"

namespace newsclf {

/// The counts of one row. Call order: `(add* finish)*`.
class RowBuilder {
 public:
  /// Adds `count` to the value of `column`.
  void add(std::int32_t column, std::uint32_t count) {
    entries_.push_back(static_cast<std::uint64_t>(column) << 32 | count);
    used_bits_ |= entries_.back();
  }
  /// Appends the row to `rows`, with ascending columns; the next row is empty.
  void finish(SparseRows& rows);

 private:
  void sort();

  std::vector<std::uint64_t> entries_;  // the column above 32 bits of count
  std::vector<std::uint64_t> sorted_;   // by one more byte of the column
  std::uint64_t used_bits_ = 0;         // of all entries
};

}  // namespace newsclf
