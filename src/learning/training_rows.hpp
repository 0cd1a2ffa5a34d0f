// SPDX-License-Identifier: MIT
// The rows of a training: in memory, on disk or in a file that is kept.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

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
