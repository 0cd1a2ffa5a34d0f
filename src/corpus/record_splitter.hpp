// SPDX-License-Identifier: MIT
// Records of a byte stream, handed over as they arrive.
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

/// One record of a stream, without its end.
struct Record {
  std::string_view bytes;
  std::int64_t line;  ///< on which it begins, from 1
};

/// Cuts a stream into records. A record ends at `\n` alone, or, where fields may be quoted
/// (RFC 4180), at a `\n` outside quotes: one with an even number of `"` before it in the record.
/// One `\r` before it is dropped; the last record needs no end (and loses a `\r` at its end all
/// the same). A byte order mark (UTF-8) at the start of the stream belongs to no record. Call
/// order: `read*`, until it returns nothing. Memory: the longest record and one block.
class RecordSplitter {
 public:
  RecordSplitter(std::unique_ptr<ByteSource> source, bool quoted)
      : source_(std::move(source)), quoted_(quoted) {}

  /// Waits until at least one record is complete, then returns every record that has arrived so
  /// far, in order, up to about a block or 4096 of them; nothing at the end of the stream. The
  /// views hold until the next call.
  /// @throws Error if the stream cannot be read
  std::span<const Record> read();

  const ByteSource& source() const { return *source_; }

 private:
  /// Appends what the stream has to offer; returns false at its end.
  bool fill();
  /// Hands over the records that end within the buffer.
  void cut();
  void hand_over(std::size_t end, std::size_t next);
  void drop_mark();

  std::unique_ptr<ByteSource> source_;
  bool quoted_;
  std::string buffer_;
  std::size_t used_ = 0;      // bytes at the front of buffer_ that were handed over
  std::size_t searched_ = 0;  // bytes at the front of buffer_ that were looked at for an end
  bool inside_quotes_ = false;
  std::int64_t line_ = 1;         // on which the record at hand began
  std::int64_t lines_ended_ = 0;  // within the record at hand
  bool at_start_ = true;
  bool at_end_ = false;
  std::vector<Record> records_;
};

}  // namespace newsclf
