// SPDX-License-Identifier: MIT
#include "newsclf/io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

AtomicFile::AtomicFile(std::string path)
    : path_(std::move(path)),
      temporary_(folder_of(path_) + "/." + std::filesystem::path(path_).filename().string() +
                 ".XXXXXX") {
  struct stat old {};
  const bool is_there = ::lstat(path_.c_str(), &old) == 0;
  if (is_there && S_ISLNK(old.st_mode))
    throw Error(path_, "this is a symbolic link", "name the file it points to");
  if (is_there && !S_ISREG(old.st_mode))
    throw Error(path_, "this is there and is not a regular file", "take another name");
  fd_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  if (fd_ < 0) fail("cannot make a file in its folder", errno);
  // mkostemp makes files for their owner alone; this one gets the mode of the file it replaces, or
  // what a plain open would give it.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(fd_, is_there ? old.st_mode & 0777 : 0666 & ~mask);
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), std::min<std::size_t>(bytes.size(), 1u << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void AtomicFile::commit() {
  if (::fsync(fd_) != 0) fail("cannot bring it to the disk", errno);
  if (::close(std::exchange(fd_, -1)) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    fail("cannot close", error);
  }
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    fail("cannot put the new file in its place", error);
  }
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

void AtomicFile::fail(const char* what, int error) const {
  throw Error(path_, std::string(what) + ": " + std::strerror(error),
              "check the folder, its permissions and free space");
}

}  // namespace newsclf
