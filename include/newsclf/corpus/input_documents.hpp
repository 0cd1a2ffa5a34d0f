// SPDX-License-Identifier: MIT
// Documents to predict, read from standard input or files as they arrive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document_reader.hpp"
#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

struct InputOptions {
  std::vector<std::string> files;  ///< "-" or none: standard input
  ReadOptions read;
  bool whole = false;  ///< read each file, or standard input, as one document
};

class InputDocuments : public DocumentStream {
 public:
  /// Under `DataFormat::kAuto` stdin is read as lines, and files in the format of their names; any
  /// other file is one document with its path as id. Borrows `workers`.
  InputDocuments(InputOptions options, Workers& workers);

  /// Waits until there is at least one document, then returns the documents that have arrived.
  /// If columns are kept, every document has an id.
  /// @throws Error if columns are to be kept and an input has none
  std::span<const Document> next() override;
  /// Reopens the files.
  /// @throws Error if standard input was already read
  void rewind() override;

  /// Whether documents have ids: from an id column, or because an input is a single document or a
  /// tree. In the second case, records have the id `file:line`.
  bool has_ids() const { return has_ids_; }
  /// After the first call of `next`: the names of the kept columns (see `ColumnOptions::keep`) of
  /// the first document, or of the header if there is no document.
  const std::vector<std::string>& columns() const { return columns_; }

  /// Counts of all documents returned so far.
  ReadCounts counts() const;
  /// Fraction of the bytes read so far; nothing if the total is unknown.
  std::optional<double> progress() const;

 private:
  /// The format of `file`; `kAuto` means a single document.
  DataFormat format_of(const std::string& file) const;
  void open(const std::string& file);

  InputOptions options_;
  Workers& workers_;
  bool has_ids_ = false;
  std::vector<std::string> columns_;
  std::int64_t bytes_ = 0;  // size of all files on disk; 0: unknown

  /// Position in the input.
  struct Progress {
    std::size_t opened = 0;                  // number of files
    std::unique_ptr<DocumentReader> reader;  // of the current file, if it contains records
    std::vector<Document> documents;         // otherwise, all documents of the current file or tree
    std::span<const Document> left;          // documents that `next` has not returned yet
    ReadCounts counts;                       // of everything before the current file
    std::int64_t consumed = 0;               // bytes of the files before the current one
  } at_;
};

}  // namespace newsclf
