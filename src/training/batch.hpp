// SPDX-License-Identifier: MIT
// A batch of documents as tensors. Before this stage there is no torch, after it no strings.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <torch/torch.h>

#include "newsclf/parallel/random.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// The entries of a batch by column (CSC): the entries of touched column t are
/// [begins[t], begins[t + 1]), with ascending rows.
struct EntriesByColumn {
  std::vector<std::int32_t> begins;  ///< [touched columns + 1]
  std::vector<std::int32_t> rows;    ///< [entries]
  std::vector<float> values;         ///< [entries]
};

/// Sparse rows in the layout of `torch::embedding_bag`.
struct Batch {
  torch::Tensor columns;  ///< int32 [entries]
  torch::Tensor offsets;  ///< int32 [rows], where each row begins in `columns`
  torch::Tensor values;   ///< float32 [entries]
  torch::Tensor labels;   ///< int64 [rows], or [members, rows] with `kIgnored`
  /// int64 [distinct columns of the batch]. If it is defined, `columns` are indices into it;
  /// otherwise `columns` are columns of the vocabulary.
  torch::Tensor touched;
  /// The same entries by column; set if `touched` is defined and the batch is on the CPU.
  std::shared_ptr<const EntriesByColumn> by_column;

  /// The same batch with the labels of one member.
  Batch of_member(std::int64_t member) const {
    Batch own = *this;
    if (labels.dim() == 2) own.labels = labels.select(0, member);
    return own;
  }
};

/// How a batch numbers its columns.
enum class Columns {
  kVocabulary,  ///< by columns of the vocabulary
  kTouched,     ///< by indices into `Batch::touched`
};

/// In `Batch::labels`: the member does not learn from the document.
inline constexpr std::int64_t kIgnored = -100;

/// Every `processes`-th column from `rank` on: those whose weights a process has.
struct ColumnShare {
  std::int32_t rank = 0;
  std::int32_t processes = 1;

  bool contains(std::int32_t column) const { return column % processes == rank; }
  /// The place of a column among those of the share.
  std::int32_t place_of(std::int32_t column) const { return column / processes; }
  /// How many of `columns` columns are in the share.
  std::int64_t count(std::int64_t columns) const {
    return (columns - rank + processes - 1) / processes;
  }
};

/// What a network reads of the documents.
struct BatchOptions {
  ColumnRange columns;      ///< columns to read, counted from the first of them
  bool rescales = false;    ///< whether the part of a row in `columns` is scaled to the row's norm
  double word_dropout = 0;  ///< share of the entries, below 1, dropped at random; the others are
                            ///< scaled up, so that the expected sum of a row stays the same
                            ///< (inverted dropout: Srivastava et al., 2014, on the inputs)
  std::uint64_t seed = 0;   ///< for the dropped entries
  /// One flag per document: the first of `members` members does not learn from it. Empty: all do.
  std::span<const char> left_out = {};
  std::int64_t members = 1;
  ColumnShare share = {};  ///< the columns, counted from 0, that batches contain
};

/// Builds batches from rows.
class BatchBuilder {
 public:
  /// Borrows `data` and `options.left_out`.
  BatchBuilder(const LabelledRows& data, const BatchOptions& options, torch::Device device);

  /// The batch of `rows`, in that order, on the device. `touched` is in order of first appearance.
  /// @throws Error if the batch has more entries than an int32 can count
  Batch build(std::span<const std::int64_t> rows, Columns numbering);
  /// What draws the dropped entries.
  Random& random() { return random_; }

 private:
  /// The factor by which the part of a document that the network reads is scaled.
  float factor_of(std::size_t document, const SparseRow& row, const SparseRow& part);
  /// Replaces `columns` by indices into the list of touched columns, which it returns.
  std::vector<std::int64_t> number_touched(std::span<std::int32_t> columns);

  LabelledRows data_;
  BatchOptions options_;
  torch::Device device_;
  Random random_;
  std::vector<float> factors_;       // of documents, or 0 where it is not known yet
  std::vector<std::int32_t> place_;  // index of a column in `touched`, or -1; all -1 between calls
};

/// The number of documents that are scored at once.
inline constexpr std::size_t kScoringBatch = 4096;

/// The indices of all rows, ascending.
std::vector<std::int64_t> all_rows(const RowsView& rows);

/// Calls `visit` with consecutive pieces of `rows`; the last one may be shorter.
template <typename Visit>
void in_batches(std::span<const std::int64_t> rows, std::size_t batch_size, const Visit& visit) {
  for (std::size_t begin = 0; begin < rows.size(); begin += batch_size)
    visit(rows.subspan(begin, std::min(batch_size, rows.size() - begin)));
}

}  // namespace newsclf
