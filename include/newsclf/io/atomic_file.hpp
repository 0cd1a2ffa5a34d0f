// SPDX-License-Identifier: MIT
// A file that appears under its name when it is whole, or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace newsclf {

/// What becomes of a file that is already there.
enum class Replace { kNever, kAllow };

/// Writes to a temporary file in the folder of `path`; `commit` gives it that name. Without it
/// nothing at `path` changes and the temporary file is removed. Call order: `write* commit`.
class AtomicFile {
 public:
  /// @throws Error if something other than a regular file stands at `path`, or if the temporary
  /// file cannot be made; `ErrorCode::kFileExists` if anything does, under `Replace::kNever`
  explicit AtomicFile(std::string path, Replace replace = Replace::kAllow);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// @throws Error if not all of `bytes` can be written
  void write(std::span<const std::byte> bytes);
  /// Brings the bytes to the disk (fsync), renames, and brings the folder to the disk.
  /// @throws Error if any of it fails; `ErrorCode::kFileExists` if under `Replace::kNever`
  /// something has come to stand at `path`, which stays as it is
  void commit();

 private:
  void discard();
  [[noreturn]] void fail(const char* what, int error);
  [[noreturn]] void refuse_to_replace();

  std::string path_;
  Replace replace_;
  std::string temporary_;
  int fd_ = -1;
};

}  // namespace newsclf
