// SPDX-License-Identifier: MIT
// Documents of one stream of records (CSV, TSV, JSONL, fastText lines, lines), in blocks.
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

/// Reads documents as they arrive. Call order: `read*`, until it returns nothing. Memory: the
/// documents of a block (about 256 KiB and at most 4096, or one record where that is longer).
class DocumentReader {
 public:
  /// @param format of records: not `kAuto`, not `kTree`
  /// @param labelled whether a document must have a label, and one that is wanted
  ///     (`ReadOptions::labels`): others are counted and left out. Otherwise every record is handed
  ///     on, and columns of labels are no text.
  DocumentReader(std::unique_ptr<ByteSource> source, DataFormat format, ReadOptions options,
                 bool labelled);
  ~DocumentReader();
  DocumentReader(DocumentReader&&) noexcept;

  /// Waits until at least one record is complete, then returns the documents of those that have
  /// arrived, in order; nothing at the end. They hold until the next call, and may be moved from.
  /// A document's id is its id column's value, empty without one.
  /// @throws Error `name, line N[, column N]: …` for a malformed record, once the documents before
  ///     it were returned; under `InvalidUtf8::kError`; if the source cannot be read
  std::span<Document> read(Workers& workers);

  /// `name:line` on which the record of a document of the last block began, lines from 1.
  std::string place_of(std::size_t document) const;
  /// Of all documents returned so far.
  const ReadCounts& counts() const;
  /// Labels that were met so far, where documents must have one: also those not wanted.
  const std::set<std::string>& met_labels() const;
  /// What was recognised, once the first block was read: `csv, header row, label in "label", text
  /// in "title" (5 times) and "text"`.
  std::string description() const;
  const ByteSource& source() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace newsclf
