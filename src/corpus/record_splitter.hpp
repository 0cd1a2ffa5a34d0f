// SPDX-License-Identifier: MIT
// Splits a byte stream into records as the bytes arrive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/io/byte_source.hpp"

namespace newsclf {

/// One record of a stream, without its line end.
struct Record {
  std::string_view bytes;
  std::int64_t line;  ///< number of its first line, from 1
};

/// Splits a stream into records. A record ends at `\n`, or, if fields may be quoted (RFC 4180), at
/// a `\n` with an even number of `"` before it in the record. One `\r` before the `\n`, or at the
/// end of the last record, is dropped; the last record needs no `\n`. A byte order mark (UTF-8) at
/// the start of the stream is skipped. Call order: `read*`, until it returns nothing. Memory: the
/// longest record and one block.
class RecordSplitter {
 public:
  /// @param longest the largest record, in bytes; may be exceeded by one block
  RecordSplitter(std::unique_ptr<ByteSource> source, bool quoted,
                 std::size_t longest = kLongestText)
      : source_(std::move(source)), quoted_(quoted), longest_(longest) {}

  /// Waits until at least one record is complete, then returns all records that have arrived, in
  /// order, up to about one block or 4096 records; nothing at the end of the stream. The views are
  /// valid until the next call.
  /// @throws Error if the stream cannot be read; if a record is too long
  std::span<const Record> read();

  const ByteSource& source() const { return *source_; }

 private:
  /// Appends the next bytes of the stream; returns false at its end.
  bool fill();
  /// Appends the records that end within the buffer to `records_`.
  void cut();
  void hand_over(std::size_t end, std::size_t next);
  void drop_mark();

  std::unique_ptr<ByteSource> source_;
  bool quoted_;
  std::size_t longest_;
  std::string buffer_;
  std::size_t used_ = 0;      // bytes at the front of buffer_ that were returned as records
  std::size_t searched_ = 0;  // bytes at the front of buffer_ that were searched for a record end
  bool inside_quotes_ = false;
  std::int64_t line_ = 1;         // first line of the current record
  std::int64_t lines_ended_ = 0;  // within the current record
  bool at_start_ = true;
  bool at_end_ = false;
  std::vector<Record> records_;
};

}  // namespace newsclf
