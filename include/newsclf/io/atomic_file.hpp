// SPDX-License-Identifier: MIT
// A file that appears under its name when it is whole, or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace newsclf {

/// Writes to a temporary file in the folder of `path`; `commit` puts it in the place of whatever
/// stood at `path`. Without `commit` nothing at `path` changes and the temporary file is removed.
/// Call order: `write* commit`.
class AtomicFile {
 public:
  /// @throws Error if something other than a regular file stands at `path`, or if the temporary
  /// file cannot be made
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// @throws Error if not all of `bytes` can be written
  void write(std::span<const std::byte> bytes);
  /// Brings the bytes to the disk (fsync), renames, and brings the folder to the disk.
  /// @throws Error if any of it fails
  void commit();

 private:
  [[noreturn]] void fail(const char* what, int error) const;

  std::string path_;
  std::string temporary_;
  int fd_ = -1;
};

}  // namespace newsclf
