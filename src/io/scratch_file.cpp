// SPDX-License-Identifier: MIT
#include "io/scratch_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "io/descriptor.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;

/// Opens a file without a name. @returns its descriptor, or -1 and sets errno
int open_nameless(const std::string& folder) {
  constexpr mode_t kMode = 0600;
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kMode);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  // The file system (NFS) does not support this flag.
  std::string path = folder + "/.newsclf-XXXXXX";
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(path.c_str());
  return named;
}

}  // namespace

ScratchFile::ScratchFile(std::string folder) : folder_(std::move(folder)) {
  fd_ = open_nameless(folder_);
  if (fd_ < 0) fail("cannot create a file for the cache", errno);
}

ScratchFile::~ScratchFile() {
  if (!mapping_.empty()) ::munmap(mapping_.data(), mapping_.size());
  if (fd_ >= 0) ::close(fd_);
}

void ScratchFile::append(std::span<const std::byte> bytes) {
  if (buffer_.capacity() == 0) buffer_.reserve(kBuffer);
  if (buffer_.size() + bytes.size() > kBuffer) flush();
  if (bytes.size() < kBuffer) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return;
  }
  const int error = write_all(fd_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (error != 0) fail("cannot write the cache", error);
  written_ += bytes.size();
}

void ScratchFile::flush() {
  if (buffer_.empty()) return;
  const int error = write_all(fd_, {reinterpret_cast<const char*>(buffer_.data()), buffer_.size()});
  if (error != 0) fail("cannot write the cache", error);
  written_ += buffer_.size();
  buffer_.clear();
}

void ScratchFile::check() const {
  // Starts no writing, and reports, once, the errors since the file was opened.
  if (::sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE) != 0)
    fail("cannot write the cache", errno);
}

void ScratchFile::refuse() const { fail("cannot read the cache", EIO); }

std::size_t ScratchFile::read(std::size_t offset, std::span<std::byte> memory) {
  flush();
  std::size_t size = 0;
  while (size < memory.size()) {
    const ssize_t n =
        ::pread(fd_, memory.data() + size, memory.size() - size, static_cast<off_t>(offset + size));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read the cache", errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  return size;
}

std::span<std::byte> ScratchFile::map() {
  flush();
  std::vector<std::byte>().swap(buffer_);
  if (!mapping_.empty() || written_ == 0) return mapping_;
  void* const address = ::mmap(nullptr, written_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (address == MAP_FAILED) fail("cannot map the cache", errno);
  mapping_ = {static_cast<std::byte*>(address), written_};
  return mapping_;
}

void ScratchFile::fail(const char* what, int error) const {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  if (is_machine_error(error) && !is_full) throw file_error(folder_, what, error);
  throw Error(ErrorCode::kNoCacheFile, folder_, std::string(what) + ": " + std::strerror(error));
}

}  // namespace newsclf
