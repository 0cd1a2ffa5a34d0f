// SPDX-License-Identifier: MIT
// A sparse matrix by rows (CSR): rows are documents, columns are tokens of the vocabulary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace newsclf {

/// One row: `columns` ascending and distinct, `values[k]` the weight in column `columns[k]`.
struct SparseRow {
  std::span<const std::int32_t> columns;
  std::span<const float> values;
};

struct SparseRows {
  std::vector<std::int64_t> offsets{0};  ///< row r is [offsets[r], offsets[r + 1])
  std::vector<std::int32_t> columns;
  std::vector<float> values;

  std::size_t size() const { return offsets.size() - 1; }
  SparseRow row(std::size_t r) const {
    const auto begin = static_cast<std::size_t>(offsets[r]);
    const auto count = static_cast<std::size_t>(offsets[r + 1]) - begin;
    return {std::span(columns).subspan(begin, count), std::span(values).subspan(begin, count)};
  }
  /// Ends the row that was being appended to `columns` and `values`.
  void end_row() { offsets.push_back(static_cast<std::int64_t>(columns.size())); }
  void append(const SparseRow& row) {
    columns.insert(columns.end(), row.columns.begin(), row.columns.end());
    values.insert(values.end(), row.values.begin(), row.values.end());
    end_row();
  }
  void append(const SparseRows& rows) {
    const std::int64_t before = offsets.back();
    for (std::size_t r = 1; r < rows.offsets.size(); ++r)
      offsets.push_back(before + rows.offsets[r]);
    columns.insert(columns.end(), rows.columns.begin(), rows.columns.end());
    values.insert(values.end(), rows.values.begin(), rows.values.end());
  }
  void clear() {
    offsets.assign(1, 0);
    columns.clear();
    values.clear();
  }
};

}  // namespace newsclf
