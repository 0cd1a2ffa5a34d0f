// SPDX-License-Identifier: MIT
// Documents to be labelled, from standard input or from files, as they arrive.
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
  bool whole = false;  ///< each file, or standard input, is one document
};

class InputDocuments : public DocumentStream {
 public:
  /// Under `DataFormat::kAuto` stdin is lines; files are what their names say, and any other file
  /// is one document with its path as id. Borrows `workers`.
  InputDocuments(InputOptions options, Workers& workers);

  /// Waits until there is at least one document, then returns those that have arrived.
  std::span<const Document> next() override;
  /// Opens the files anew.
  /// @throws Error once standard input was read
  void rewind() override;

  /// Whether the documents have ids: by an id column, or because there is a file or a tree among
  /// the inputs whose documents have names; a record has then the id `file:line`.
  bool has_ids() const { return has_ids_; }

  /// Of all documents returned so far.
  ReadCounts counts() const;
  /// Share of the bytes that were read; nothing where it is not known how many there are.
  std::optional<double> progress() const;

 private:
  /// What `file` is read as; `kAuto`: as one document.
  DataFormat format_of(const std::string& file) const;
  void open(const std::string& file);

  InputOptions options_;
  Workers& workers_;
  bool has_ids_ = false;
  std::int64_t bytes_ = 0;  // of all files, as they lie on disk; 0: not known

  /// Where reading stands.
  struct Progress {
    std::size_t opened = 0;                  // files
    std::unique_ptr<DocumentReader> reader;  // of the file at hand, where it is of records
    std::vector<Document> documents;         // or all documents of the place at hand
    std::span<const Document> left;          // of these
    ReadCounts counts;                       // of what was read before the file at hand
    std::int64_t consumed = 0;               // bytes of the files before the one at hand
  } at_;
};

}  // namespace newsclf
