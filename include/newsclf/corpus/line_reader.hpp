// SPDX-License-Identifier: MIT
// Lines of a byte stream, handed over as they arrive.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// Reads a file descriptor by lines. A line ends at `\n` alone; one `\r` before it is dropped; the
/// last line needs no end (and loses a `\r` at its end all the same). Call order: `read*`, until it
/// returns nothing. Memory: the longest line and one block.
class LineReader {
 public:
  /// Borrows `fd`; `name` stands for it in errors.
  LineReader(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  /// Waits until at least one line is complete, then returns every line that has arrived so far,
  /// in order, up to about a block of them; nothing at the end of the stream. The views hold until
  /// the next call.
  /// @throws Error if the stream cannot be read
  std::span<const std::string_view> read();

 private:
  /// Appends what the stream has to offer; returns false at its end.
  bool fill();

  int fd_;
  std::string name_;
  std::string buffer_;
  std::size_t used_ = 0;  // bytes at the front of buffer_ that were handed over
  bool at_end_ = false;
  std::vector<std::string_view> lines_;
};

}  // namespace newsclf
