// SPDX-License-Identifier: MIT
// The rows of a training: in memory, on disk or in a file that is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "io/read_ahead.hpp"
#include "learning/cached_rows.hpp"
#include "newsclf/features/rows_on_disk.hpp"
#include "newsclf/features/sparse_rows.hpp"

namespace newsclf {

struct TrainingRows {
  /// @param folder for files without names; empty: the rows are in memory
  explicit TrainingRows(const std::string& folder) {
    if (!folder.empty()) on_disk.emplace(folder);
  }

  RowWriter& writer() { return on_disk ? static_cast<RowWriter&>(*on_disk) : in_memory; }
  RowsView view() {
    if (cached) return cached->rows();
    return on_disk ? on_disk->view() : in_memory.rows;
  }
  bool are_on_disk() const { return on_disk.has_value(); }
  /// How the rows will be used; has no effect if they are in memory.
  void expect(ReadOrder order) {
    if (!are_on_disk()) return;
    const RowsView all = view();
    expect_reads(std::as_bytes(all.columns), order);
    expect_reads(std::as_bytes(all.values), order);
  }
  /// Begins to read `rows`, which must be on disk.
  void read_ahead(std::span<const std::int64_t> rows) {
    const RowsView all = view();
    for (const std::int64_t r : rows) {
      const SparseRow row = all.row(static_cast<std::size_t>(r));
      newsclf::read_ahead(std::as_bytes(row.columns));
      newsclf::read_ahead(std::as_bytes(row.values));
    }
  }
  /// In bytes, without the offsets.
  std::size_t memory() const {
    const SparseRows& rows = in_memory.rows;
    return rows.columns.size() * (sizeof rows.columns[0] + sizeof rows.values[0]);
  }

  StoredRows in_memory;
  std::optional<RowsOnDisk> on_disk;
  std::optional<CachedRows> cached;
};

}  // namespace newsclf
