// SPDX-License-Identifier: MIT
// A few documents as tensors. Before this stage there is no torch, after it there are no strings.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <torch/torch.h>

#include "newsclf/parallel/random.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// The entries of a batch column by column (CSC): those of touched column t are
/// [begins[t], begins[t + 1]), their rows ascending.
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
  /// int64 [distinct columns of the batch]: where defined, `columns` number its entries; where
  /// not, `columns` are those of the vocabulary.
  torch::Tensor touched;
  /// The same entries once more, where `touched` is defined and the batch is on the CPU.
  EntriesByColumn by_column;
};

/// How a batch numbers its columns.
enum class Columns {
  kVocabulary,  ///< as the vocabulary does
  kTouched,     ///< as places in `Batch::touched`
};

/// Makes batches of some rows.
class BatchBuilder {
 public:
  /// Borrows `data`. @param inputs number of columns
  /// @param word_dropout share of the entries, below 1, left out by chance; the others become
  /// larger by as much, so that a row's sum is the same on average (inverted dropout: Srivastava et
  /// al., 2014, on the inputs) @param seed of which ones
  BatchBuilder(const LabelledRows& data, std::int64_t inputs, torch::Device device,
               double word_dropout = 0, std::uint64_t seed = 0);

  /// The batch of `rows`, in that order, on the device. `touched` is in order of first appearance.
  /// @throws Error if it has more entries than int32 can number
  Batch build(std::span<const std::int64_t> rows, Columns numbering);

 private:
  /// Brings what the dropout leaves of `rows` into `thinned_`.
  void thin_out(std::span<const std::int64_t> rows);
  /// Numbers `columns` by places in the list of touched ones, which it returns.
  std::vector<std::int64_t> number_touched(std::span<std::int32_t> columns);

  LabelledRows data_;
  torch::Device device_;
  double word_dropout_;
  Random random_;
  SparseRows thinned_;
  std::int64_t inputs_;
  std::vector<std::int32_t> place_;  // of a column in `touched`, or -1; all -1 between two calls
};

}  // namespace newsclf
