// SPDX-License-Identifier: MIT
// Splits a byte stream into records as the bytes arrive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/error/error.hpp"
#include "newsclf/io/byte_source.hpp"

namespace newsclf {

/// Where a record ends.
struct RecordSyntax {
  enum Kind {
    kLines,   ///< at the end of a line
    kQuoted,  ///< at the end of a line, unless it is inside a quoted field (RFC 4180)
    kJson,    ///< at the end of a line; of a stream that begins with `[`, after each array element
  } kind = kLines;
  char delimiter = ',';  ///< of fields, for `kQuoted`: a quote after it opens a field
  char line_end = '\n';
};

/// One record of a stream, without its line end.
struct Record {
  std::string_view bytes;
  std::int64_t line;         ///< number of its first line, from 1
  std::int64_t element = 0;  ///< number of the array element, from 1; 0: the record is a line
  bool is_cut = false;       ///< `bytes` is the start of a longer line
};

/// What a splitter does with records that are longer than `longest` bytes.
struct RecordLimit {
  std::size_t longest = kLongestText;
  bool cuts = false;  ///< of lines only: returns their start, see `cut_to`; otherwise an error
};

/// Splits a stream into records. One `\r` before the line end, or at the end of the last record, is
/// dropped; the last record needs no line end. A byte order mark (UTF-8) at the start of the stream
/// is skipped. Call order: `preview* set_syntax? skip_line? read*`, until `read` returns nothing.
/// Memory: the longest record or `RecordLimit::longest`, and one block.
class RecordSplitter {
 public:
  /// @param limit may be exceeded by one block unless it cuts records
  explicit RecordSplitter(std::unique_ptr<ByteSource> source, RecordSyntax syntax = {},
                          RecordLimit limit = {})
      : source_(std::move(source)), syntax_(syntax), limit_(limit) {}

  /// Waits for the first `lines` lines and returns them, from the first that is not blank; fewer if
  /// the stream ends or they are longer than 64 KiB, and the first 64 KiB of a longer line. Does
  /// not depend on how the bytes arrive. The view is valid until the next call.
  /// @throws Error if the stream cannot be read
  std::string_view preview(std::size_t lines);
  void set_syntax(const RecordSyntax& syntax) { syntax_ = syntax; }
  /// Skips the first line that is not blank.
  void skip_line();

  /// Waits until at least one record is complete, then returns all records that have arrived, in
  /// order, up to about one block or 4096 records; nothing at the end of the stream. The views are
  /// valid until the next call.
  /// @throws Error if the stream cannot be read; if a record is too long; for an array that is
  ///     malformed between its elements, after the elements before were returned
  std::span<const Record> read();

  /// Whether the records are the elements of an array, after the first `read`.
  bool is_array() const { return is_array_; }
  const ByteSource& source() const { return *source_; }

 private:
  /// Appends the next bytes of the stream; sets `at_end_` at its end.
  void fill();
  /// Removes the bytes from the buffer that were returned as records.
  void discard_used();
  void start();
  /// Sets `pending_` to the error that the current record is too long.
  void refuse_long();
  /// Drops the rest of a line that is too long, up to its end, as it arrives.
  void drop_rest_of_line();
  /// Finds out whether the stream is an array, and skips its `[`.
  void start_array();
  /// Append the records that end within the buffer to `records_`.
  void cut();
  void cut_lines();
  void cut_quoted();
  void cut_array();
  /// Appends the rest of the buffer, after all bytes have arrived.
  void cut_last();
  void hand_over(std::size_t end, std::size_t next);
  void refuse_array(std::string_view problem, std::string_view remedy);

  std::unique_ptr<ByteSource> source_;
  RecordSyntax syntax_;
  RecordLimit limit_;
  std::string block_;  // bytes of the source
  std::string buffer_;
  std::size_t used_ = 0;        // bytes at the front of buffer_ that were returned as records
  std::size_t searched_ = 0;    // bytes at the front of buffer_ that were searched for record ends
  bool inside_quotes_ = false;  // of a CSV field or a JSON string
  std::int64_t line_ = 1;       // first line of the current record
  std::int64_t lines_ended_ = 0;  // within the current record
  bool at_start_ = true;
  bool at_end_ = false;
  bool is_array_ = false;
  bool is_closed_ = false;     // the `]` of the array was read
  bool is_escaped_ = false;    // the next byte of a JSON string belongs to an escape sequence
  std::int64_t depth_ = 0;     // of arrays and objects inside the current element
  std::int64_t elements_ = 0;  // number of elements returned
  std::optional<Error> pending_;
  std::vector<Record> records_;
};

}  // namespace newsclf
