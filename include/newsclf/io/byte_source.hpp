// SPDX-License-Identifier: MIT
// A stream of bytes: a file or stdin, decompressed on the way where it is compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace newsclf {

/// Bytes that arrive in order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Waits until there is something to read, then writes at most `size` (> 0) bytes at `out` and
  /// returns how many; 0 at the end.
  /// @throws Error if the source cannot be read, or is damaged
  virtual std::size_t read(char* out, std::size_t size) = 0;
  /// Bytes taken from the file so far, as they stand there: compressed, where they are.
  virtual std::int64_t consumed() const = 0;
  /// Reads all that is left.
  std::string read_all();
  /// What stands for the source in messages: its path, or "standard input".
  virtual const std::string& name() const = 0;
};

/// Opens a file, or standard input for "-". What begins like gzip or zstd (their magic numbers are
/// no text) is decompressed; several members one after the other are read as one. A stream that
/// begins with other bytes is handed on as it arrives.
/// @throws Error if the file cannot be opened or is a directory
std::unique_ptr<ByteSource> open_bytes(const std::string& path);
/// The same of an open descriptor, which is borrowed; `name` stands for it in messages.
std::unique_ptr<ByteSource> open_descriptor(int fd, std::string name);

/// Waits for the first `size` bytes, or all where there are fewer, and returns them; `source` still
/// begins with them.
/// @throws Error as `ByteSource::read`
std::string peek_bytes(std::unique_ptr<ByteSource>& source, std::size_t size);

}  // namespace newsclf
