// SPDX-License-Identifier: MIT
// Sparse rows in files without names, and a vectorizer that is fitted in bounded memory. The files
// are mapped: their pages belong to the kernel's cache of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Call order: `append* view`.
class RowsOnDisk : public RowWriter {
 public:
  /// @throws Error if no file can be created in `folder`
  explicit RowsOnDisk(const std::string& folder);
  ~RowsOnDisk() override;

  /// @throws Error if the disk is full
  void append(const RowsView& rows) override;
  /// All rows; valid as long as this. @throws Error if the system cannot map the files
  RowsView view();
  /// @throws Error if the disk has lost any of the rows, after which what was read may be wrong
  void check() const;
  /// The values of the rows that `view` returned, to change them.
  std::span<float> values();

 private:
  struct Files;
  std::unique_ptr<Files> files_;
  std::int64_t entries_ = 0;
};

struct DiskFitOptions {
  std::string folder;      ///< for files without names
  std::size_t memory = 0;  ///< limit on the bytes for counts, besides the vocabulary
  /// Called before the rows are written, with the number of tokens of each kind: refuses, by
  /// throwing, a vocabulary that is too large.
  std::function<void(const KindCounts&)> check_vocabulary = {};
};

/// `fit_vectorizer` in bounded memory: the same vectorizer and rows, bit for bit, in two passes
/// over the documents, the first of which writes counts of tokens to files.
/// @throws Error as `fit_vectorizer`; if the disk is full
Vectorizer fit_vectorizer_on_disk(DocumentStream& documents, const VectorizerOptions& options,
                                  std::span<const std::int32_t> labels, Workers& workers,
                                  RowsOnDisk& rows, const DiskFitOptions& disk);

}  // namespace newsclf
