// SPDX-License-Identifier: MIT
// Documents to predict, read from standard input or files as they arrive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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

/// How an input is read that neither an option nor its name determines.
struct DetectedInput {
  std::string name;
  bool is_stdin;
  DataFormat format;     ///< `kAuto`: one document
  DataFormat suspected;  ///< the format that it looks like, if it is not read in it
  bool is_ambiguous;     ///< several lines, not a post: it may be one document or one per line
};

struct InputOptions {
  std::vector<std::string> files;  ///< "-": standard input
  ReadOptions read;
  bool whole = false;  ///< read each file, or standard input, as one document
  /// Called before the documents of such an input are returned.
  std::function<void(const DetectedInput&)> on_detection = {};
};

class InputDocuments : public DocumentStream {
 public:
  /// Under `DataFormat::kAuto` files are read in the format of their names, other inputs in the
  /// format of their content (see format_detection.hpp); if no format is detected, stdin is read as
  /// lines, and a file is one document with its path as id. Borrows `workers`.
  InputDocuments(InputOptions options, Workers& workers);

  /// Waits until there is at least one document, then returns the documents that have arrived.
  /// If columns are kept, every document has an id.
  /// @throws Error if columns are to be kept and an input has none
  std::span<const Document> next() override;
  /// After `next` threw: skips the rest of the input that cannot be read.
  void skip_input();
  /// Reopens the files.
  /// @throws Error if standard input was already read
  void rewind() override;

  /// Whether documents have ids: the first input has an id column (see record_parser.hpp), or an
  /// input is a single document or a tree, or one of several whose name does not determine its
  /// format. Records without an id then have the id `file:line`. Call `next` first.
  bool has_ids() const { return has_ids_; }
  /// After the first call of `next`: the names of the kept columns (see `ColumnOptions::keep`) of
  /// the first document, or of the header if there is no document.
  const std::vector<std::string>& columns() const { return columns_; }

  /// Counts of all documents returned so far.
  ReadCounts counts() const;
  /// Fraction of the bytes read so far; nothing if the total is unknown.
  std::optional<double> progress() const;

 private:
  /// The format that the options or the name of `file` determine.
  DataFormat format_of(const std::string& file) const;
  /// The format of the content of `file`; `kAuto` means a single document.
  DataFormat detect(const std::string& file, std::string_view first) const;
  void open(const std::string& file);

  InputOptions options_;
  Workers& workers_;
  bool has_ids_ = false;
  bool has_begun_ = false;  // documents were returned, so `has_ids_` no longer changes
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
