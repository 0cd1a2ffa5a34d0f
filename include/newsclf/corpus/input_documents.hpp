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
  std::span<const Document> next() override;
  /// Reopens the files.
  /// @throws Error if standard input was already read
  void rewind() override;

  /// Whether documents have ids, after the first block: the first input has an id column (see
  /// record_parser.hpp), or an input is a single document or a tree. Records without an id have the
  /// id `file:line`.
  bool has_ids() const { return has_ids_; }

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
  bool has_begun_ = false;  // documents were returned, so `has_ids_` no longer changes
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
