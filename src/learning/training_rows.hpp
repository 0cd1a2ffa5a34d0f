// SPDX-License-Identifier: MIT
// The rows of a training: in memory, on disk or in a file that is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "io/read_ahead.hpp"
#include "learning/cached_rows.hpp"
#include "newsclf/features/rows_on_disk.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/learning/learn.hpp"

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
  /// @throws Error if the disk has lost any of the rows, after which what was read may be wrong
  void check() const {
    if (on_disk) on_disk->check();
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

/// Takes a vectorizer and the rows from the file `cache` if it has those of the same documents,
/// labels and options; otherwise fits and fills them as `fit_vectorizer_on_disk`, and writes the
/// file.
/// @param rows on disk
/// @param cache empty: no file is kept
/// @throws Error as `fit_vectorizer_on_disk`; if the file cannot be written
Vectorizer fit_or_reuse(DocumentStream& documents, const VectorizerOptions& options,
                        std::span<const std::int32_t> labels, Workers& workers, TrainingRows& rows,
                        const DiskFitOptions& disk, const std::string& cache,
                        const std::function<void(const RowsCached&)>& report);

}  // namespace newsclf
