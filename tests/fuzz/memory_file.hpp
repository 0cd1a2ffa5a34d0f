// SPDX-License-Identifier: MIT
// A file in memory, for code that opens files by path or reads descriptors.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>

#include "fuzz/fuzz.hpp"
#include "newsclf/io/byte_source.hpp"

namespace newsclf::fuzz {

class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(::memfd_create("fuzz", 0)) {
    require(::write(fd_, bytes.data(), bytes.size()) == std::ssize(bytes), "the file is written");
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  /// A path that opens the file as long as this object lives.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
  /// The bytes from the begin; borrows the descriptor.
  std::unique_ptr<ByteSource> open() const {
    ::lseek(fd_, 0, SEEK_SET);
    return open_descriptor(fd_, "data");
  }

 private:
  int fd_;
};

}  // namespace newsclf::fuzz
