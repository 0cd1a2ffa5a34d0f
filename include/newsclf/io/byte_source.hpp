// SPDX-License-Identifier: MIT
// A stream of bytes from a file or stdin, decompressed if it is compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace newsclf {

/// The largest list or record that is read by default, in bytes: a limit for streams without an
/// end.
inline constexpr std::size_t kLongestText = std::size_t{256} << 20;

/// A stream of bytes, read in order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Waits until bytes are available, writes at most `size` (> 0) of them to `out` and returns
  /// their number; 0 at the end.
  /// @throws Error if the source cannot be read, or is damaged
  virtual std::size_t read(char* out, std::size_t size) = 0;
  /// Number of bytes read from the file so far; compressed bytes if the file is compressed.
  virtual std::int64_t consumed() const = 0;
  /// Reads all remaining bytes.
  /// @throws Error if there are more than `most`
  std::string read_all(std::size_t most = kLongestText);
  /// Reads all remaining bytes and returns the first of them, at most `most`; the others take no
  /// memory. The end of compressed data is verified.
  std::string read_start(std::size_t most);
  /// Name of the source in messages: its path, or "standard input".
  virtual const std::string& name() const = 0;
};

/// Opens a file, or standard input for "-". Decompresses streams that begin with the magic number
/// of gzip or zstd (neither is valid text), including several members in a row. All other streams
/// are passed on as they arrive.
/// @throws Error if the file cannot be opened or is a directory
std::unique_ptr<ByteSource> open_bytes(const std::string& path);
/// Reads an open descriptor, which it does not close; `name` is its name in messages.
std::unique_ptr<ByteSource> open_descriptor(int fd, std::string name);

/// Waits for the first `size` bytes, or all bytes if there are fewer, and returns them; reading
/// `source` still starts with them.
/// @throws Error as `ByteSource::read`
std::string peek_bytes(std::unique_ptr<ByteSource>& source, std::size_t size);
/// The same, but waits only for the first line: returns what has arrived with its end, at most
/// `size` bytes.
std::string peek_line(std::unique_ptr<ByteSource>& source, std::size_t size);

}  // namespace newsclf
