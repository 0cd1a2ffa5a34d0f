// SPDX-License-Identifier: MIT
// A file that appears under its name only when it is complete.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace newsclf {

/// Whether an existing file may be replaced.
enum class Replace { kNever, kAllow };

/// Writes to a temporary file in the folder of `path`; `commit` renames it to `path`. Without a
/// commit, `path` does not change and the temporary file is removed. Call order: `write* commit`.
///
/// The temporary file is `.NAME.newsclf-XXXXXXXX`, X being random hexadecimal digits. Its writer
/// holds a lock on it (flock), which ends with the process: see `remove_leftovers`.
class AtomicFile {
 public:
  /// @throws Error if `path` exists and is not a regular file, or if the temporary file cannot be
  /// created; `ErrorCode::kFileExists` if `path` exists under `Replace::kNever`
  explicit AtomicFile(std::string path, Replace replace = Replace::kAllow);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// @throws Error if not all of `bytes` can be written
  void write(std::span<const std::byte> bytes);
  /// Flushes the file to disk (fsync), renames it, and flushes the folder. Ends the lock.
  /// @throws Error if any step fails; `ErrorCode::kFileExists` if `path` now exists under
  /// `Replace::kNever`; the existing file does not change
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

/// Removes the temporary files for `path` whose writers were killed, and returns their paths. Does
/// not touch those of running writers, also on other machines if the file system shares locks, and
/// removes nothing where files cannot be locked.
std::vector<std::string> remove_leftovers(const std::string& path);

/// Removes the temporary files of this process, before a signal ends it. Async-signal-safe.
void remove_temporaries() noexcept;

}  // namespace newsclf
