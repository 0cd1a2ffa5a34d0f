// SPDX-License-Identifier: MIT
// Reads documents from a stream of records (CSV, TSV, JSONL, fastText, lines), in blocks.
//
//   bytes -> records (splitting: one thread) -> documents (parsing, repairing: all threads)
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Reads documents as they arrive. Call order: `read*`, until it returns nothing. Memory: one block
/// of documents (about 256 KiB and at most 4096 documents, or one longer record).
class DocumentReader {
 public:
  /// @param format a format of records: not `kAuto` or `kTree`
  /// @param labelled if true, keep only documents with a wanted label (`ReadOptions::labels`) and
  ///     count the others. If false, keep every record; label columns are not part of the text.
  ///     Reads nothing yet.
  DocumentReader(std::unique_ptr<ByteSource> source, DataFormat format, ReadOptions options,
                 bool labelled);
  ~DocumentReader();
  DocumentReader(DocumentReader&&) noexcept;

  /// Waits until at least one record is complete, then returns the documents that have arrived, in
  /// order; nothing at the end. They are valid until the next call and may be moved from. The id of
  /// a document is the value of its id column; empty without one. Labels that are numbers are
  /// replaced by their names (`ReadOptions::label_names`).
  /// @throws Error `name, line N[, column N]: …` for a malformed record, after the documents before
  ///     it were returned; under `InvalidUtf8::kError`; if the source cannot be read
  std::span<Document> read(Workers& workers);

  /// Returns `name:line`, the first line of a document of the last block, or `name:element` in a
  /// JSON array; lines and elements count from 1.
  std::string place_of(std::size_t document) const;
  /// Whether documents have their own ids, after the first block: the records have an id column, or
  /// the first JSON object an id.
  bool has_ids() const;
  /// Counts of all documents returned so far.
  const ReadCounts& counts() const;
  /// All labels found so far, including unwanted ones; empty unless documents must have a label.
  const std::set<std::string>& met_labels() const;
  /// The detected format, after the first block: `csv, ";"-separated, header row, label in
  /// "label", text in "title" (5 times) and "text"`.
  std::string description() const;
  /// The names of the kept columns (see `ColumnOptions::keep`): of a CSV or TSV file after the
  /// first call of `read`, even if it has no documents; of a JSONL file those of the first document
  /// of the last block.
  std::vector<std::string> columns() const;
  const ByteSource& source() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace newsclf
