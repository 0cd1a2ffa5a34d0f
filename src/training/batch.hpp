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
  torch::Tensor labels;   ///< int64 [rows]
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

/// Builds batches from rows.
class BatchBuilder {
 public:
  /// Borrows `data`. @param inputs number of columns
  /// @param word_dropout share of the entries, below 1, dropped at random; the others are scaled
  /// up, so that the expected sum of a row stays the same (inverted dropout: Srivastava et al.,
  /// 2014, on the inputs) @param seed for the dropped entries
  BatchBuilder(const LabelledRows& data, std::int64_t inputs, torch::Device device,
               double word_dropout = 0, std::uint64_t seed = 0);

  /// The batch of `rows`, in that order, on the device. `touched` is in order of first appearance.
  /// @throws Error if the batch has more entries than an int32 can count
  Batch build(std::span<const std::int64_t> rows, Columns numbering);

 private:
  /// Applies the dropout to `rows` and stores the result in `thinned_`.
  void thin_out(std::span<const std::int64_t> rows);
  /// Replaces `columns` by indices into the list of touched columns, which it returns.
  std::vector<std::int64_t> number_touched(std::span<std::int32_t> columns);

  LabelledRows data_;
  torch::Device device_;
  double word_dropout_;
  Random random_;
  SparseRows thinned_;
  std::int64_t inputs_;
  std::vector<std::int32_t> place_;  // index of a column in `touched`, or -1; all -1 between calls
};

}  // namespace newsclf
