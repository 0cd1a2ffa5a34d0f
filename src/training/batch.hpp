// SPDX-License-Identifier: MIT
// A batch of documents as tensors. Before this stage there is no torch, after it no strings.
#pragma once

#include <cstdint>
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
  EntriesByColumn by_column;
};

/// How a batch numbers its columns.
enum class Columns {
  kVocabulary,  ///< by columns of the vocabulary
  kTouched,     ///< by indices into `Batch::touched`
};

/// In `Batch::labels`: the member does not learn from the document.
inline constexpr std::int64_t kIgnored = -100;

/// What a network reads of the documents.
struct BatchOptions {
  ColumnRange columns;      ///< columns to read; the first of them becomes column 0
  bool rescales = false;    ///< whether the part of a row in `columns` is scaled to the row's norm
  double word_dropout = 0;  ///< share of the entries, below 1, dropped at random; the others are
                            ///< scaled up, so that the expected sum of a row stays the same
                            ///< (inverted dropout: Srivastava et al., 2014, on the inputs)
  std::uint64_t seed = 0;   ///< for the dropped entries
  /// One flag per document: the first of `members` members does not learn from it. Empty: all do.
  std::span<const char> left_out = {};
  std::int64_t members = 1;
};

/// Builds batches from rows.
class BatchBuilder {
 public:
  /// Borrows `data` and `options.left_out`.
  BatchBuilder(const LabelledRows& data, const BatchOptions& options, torch::Device device);

  /// The batch of `rows`, in that order, on the device. `touched` is in order of first appearance.
  /// @throws Error if the batch has more entries than an int32 can count
  Batch build(std::span<const std::int64_t> rows, Columns numbering);

 private:
  /// Stores what the network reads of `rows` in `parts_`.
  void read_parts(std::span<const std::int64_t> rows);
  /// Replaces `columns` by indices into the list of touched columns, which it returns.
  std::vector<std::int64_t> number_touched(std::span<std::int32_t> columns);

  LabelledRows data_;
  BatchOptions options_;
  torch::Device device_;
  Random random_;
  SparseRows parts_;
  std::vector<std::int32_t> place_;  // index of a column in `touched`, or -1; all -1 between calls
};

}  // namespace newsclf
