// SPDX-License-Identifier: MIT
// A file without a name, for data that is too large for memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace newsclf {

/// The kernel removes the file when the process ends, however it ends. Its pages in memory are
/// those of a file: the kernel writes them to disk when other memory is short. Call order:
/// `append* (read | map)*`.
class ScratchFile {
 public:
  /// @param folder on the disk that holds the file
  /// @throws Error if no file can be created in `folder`
  explicit ScratchFile(std::string folder);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// @throws Error if the disk is full
  void append(std::span<const std::byte> bytes);
  template <typename T>
  void append_values(std::span<const T> values) {
    append(std::as_bytes(values));
  }
  /// Bytes appended so far.
  std::size_t size() const { return written_ + buffer_.size(); }

  /// @throws Error if the disk has lost anything that was appended: the system writes it later, and
  /// what is read after such a failure may be wrong. So call it after the last read, too.
  void check() const;
  /// For what is read and cannot have been appended.
  [[noreturn]] void refuse() const;

  /// Reads up to `memory.size()` bytes from `offset` on; returns their number, fewer only at the
  /// end. @throws Error if the disk fails
  std::size_t read(std::size_t offset, std::span<std::byte> memory);
  /// Maps the whole file; changes are written to it. Valid as long as the file.
  /// @throws Error if the system does not allow it
  std::span<std::byte> map();
  template <typename T>
  std::span<T> map_values() {
    const std::span<std::byte> bytes = map();
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

 private:
  void flush();
  [[noreturn]] void fail(const char* what, int error) const;

  std::string folder_;
  int fd_ = -1;
  std::size_t written_ = 0;        // without `buffer_`
  std::vector<std::byte> buffer_;  // not written yet
  std::span<std::byte> mapping_;
};

}  // namespace newsclf
