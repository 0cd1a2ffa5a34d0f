// SPDX-License-Identifier: MIT
// Sparse matrix in CSR format: rows are documents, columns are tokens of the vocabulary.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace newsclf {

/// One row: `columns` ascending and distinct; `values[k]` is the weight in column `columns[k]`.
struct SparseRow {
  std::span<const std::int32_t> columns;
  std::span<const float> values;
};

/// The columns [first, last).
struct ColumnRange {
  std::int32_t first = 0;
  std::int32_t last = 0;

  std::int32_t size() const { return last - first; }
  bool operator==(const ColumnRange&) const = default;
};

/// The entries of `row` in `columns`, with their columns in the row.
inline SparseRow part_of(const SparseRow& row, ColumnRange columns) {
  const auto begin = std::ranges::lower_bound(row.columns, columns.first);
  const auto end = std::lower_bound(begin, row.columns.end(), columns.last);
  const auto first = static_cast<std::size_t>(begin - row.columns.begin());
  const auto count = static_cast<std::size_t>(end - begin);
  return {row.columns.subspan(first, count), row.values.subspan(first, count)};
}

/// A view of rows.
struct RowsView {
  std::span<const std::int64_t> offsets;  ///< row r is [offsets[r], offsets[r + 1])
  std::span<const std::int32_t> columns;
  std::span<const float> values;

  std::size_t size() const { return offsets.size() - 1; }
  SparseRow row(std::size_t r) const {
    const auto begin = static_cast<std::size_t>(offsets[r]);
    const auto count = static_cast<std::size_t>(offsets[r + 1]) - begin;
    return {columns.subspan(begin, count), values.subspan(begin, count)};
  }
  /// The rows [first, last).
  RowsView rows(std::size_t first, std::size_t last) const {
    return {offsets.subspan(first, last - first + 1), columns, values};
  }
};

struct SparseRows {
  std::vector<std::int64_t> offsets{0};  ///< row r is [offsets[r], offsets[r + 1])
  std::vector<std::int32_t> columns;
  std::vector<float> values;

  operator RowsView() const { return {offsets, columns, values}; }
  std::size_t size() const { return offsets.size() - 1; }
  SparseRow row(std::size_t r) const { return RowsView(*this).row(r); }
  /// Ends the row whose entries were appended to `columns` and `values`.
  void end_row() { offsets.push_back(static_cast<std::int64_t>(columns.size())); }
  void append(const SparseRow& row) {
    const std::int64_t bounds[] = {0, std::ssize(row.columns)};
    append(RowsView{bounds, row.columns, row.values});
  }
  void append(const RowsView& rows) {
    const std::int64_t shift = offsets.back() - rows.offsets.front();
    const auto begin = static_cast<std::ptrdiff_t>(rows.offsets.front());
    const auto end = static_cast<std::ptrdiff_t>(rows.offsets.back());
    for (const std::int64_t offset : rows.offsets.subspan(1)) offsets.push_back(offset + shift);
    columns.insert(columns.end(), rows.columns.begin() + begin, rows.columns.begin() + end);
    values.insert(values.end(), rows.values.begin() + begin, rows.values.begin() + end);
  }
  void clear() {
    offsets.assign(1, 0);
    columns.clear();
    values.clear();
  }
};

/// Receives rows in order, as they are created.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void append(const RowsView& rows) = 0;
};

/// Stores rows in memory.
struct StoredRows : RowWriter {
  SparseRows rows;
  void append(const RowsView& more) override { rows.append(more); }
};

}  // namespace newsclf
