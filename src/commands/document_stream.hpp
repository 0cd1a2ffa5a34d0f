// SPDX-License-Identifier: MIT
// The documents that `predict` is to label, in order, in blocks, from stdin or from files.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/document_reader.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

struct StreamOptions {
  std::vector<std::string> files;  ///< empty: standard input
  ReadOptions read;
  bool whole = false;  ///< each file, or standard input, is one document
};

/// Call order: `next*`, until it returns nothing.
class DocumentStream {
 public:
  /// Under `DataFormat::kAuto` stdin is lines; files are what their names say, and any other file is
  /// one document with its path as id. Borrows `workers`.
  DocumentStream(StreamOptions options, Workers& workers);

  /// Waits until there is at least one document, then returns those that have arrived. They hold
  /// until the next call.
  /// @throws Error for a document that cannot be read, once those before it were returned
  std::span<const Document> next();

  /// Whether the documents have ids: by an id column, or because there is a file or a tree among the
  /// inputs whose documents have names; a record has then the id `file:line`.
  bool has_ids() const { return has_ids_; }

  /// Of all documents returned so far.
  ReadCounts counts() const;
  /// Share of the bytes that were read; nothing where it is not known how many there are.
  std::optional<double> progress() const;

 private:
  /// What `file` is read as; `kAuto`: as one document.
  DataFormat format_of(const std::string& file) const;
  std::span<const Document> next_of_records();
  std::span<const Document> next_of_corpus();
  void open(const std::string& file);

  StreamOptions options_;
  Workers& workers_;
  std::deque<std::string> left_;
  bool has_ids_ = false;
  std::optional<DocumentReader> reader_;   // of the file at hand, where it is of records
  std::vector<Document> documents_;        // or all documents of the place at hand
  std::size_t handed_out_ = 0;
  ReadCounts counts_;                      // of what was read before the file at hand
  std::int64_t bytes_ = 0;                 // of all files, as they lie on disk; 0: not known
  std::int64_t consumed_ = 0;              // of the files before the one at hand
};

}  // namespace newsclf
