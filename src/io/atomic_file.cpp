// SPDX-License-Identifier: MIT
#include "newsclf/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <utility>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

/// Renames `from` to `to` if `to` does not exist. @returns 0, or an errno value
int rename_to_new(const char* from, const char* to) {
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // The file system (NFS) does not support this flag. `link` does not replace files either.
  if (::link(from, to) == 0) {
    ::unlink(from);
    return 0;
  }
  struct stat there {};
  if (errno == EEXIST || ::lstat(to, &there) == 0) return EEXIST;
  return std::rename(from, to) == 0 ? 0 : errno;
}

}  // namespace

AtomicFile::AtomicFile(std::string path, Replace replace)
    : path_(std::move(path)), replace_(replace) {
  struct stat old {};
  const bool is_there = ::lstat(path_.c_str(), &old) == 0;
  if (is_there && replace_ == Replace::kNever) refuse_to_replace();
  if (is_there && S_ISLNK(old.st_mode))
    throw Error(path_, "this is a symbolic link", "name the file it points to");
  if (is_there && !S_ISREG(old.st_mode))
    throw Error(path_, "this exists and is not a regular file", "use another name");
  // The kernel applies the umask to 0666 for a new file: reading the umask would mean changing it
  // for all threads.
  const mode_t mode = is_there ? old.st_mode & 0777 : 0666;
  const std::string name = std::filesystem::path(path_).filename().string();
  std::random_device random;
  for (int tries = 1; fd_ < 0; ++tries) {
    temporary_ = fmt::format("{}/.{}.{:06x}", folder_of(path_), name, random() & 0xFFFFFF);
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd_ >= 0 || (errno == EEXIST && tries < 100)) continue;
    temporary_.clear();
    fail("cannot create a file in its folder", errno);
  }
  if (is_there) ::fchmod(fd_, mode);
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  discard();
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
  if (::fsync(fd_) != 0) fail("cannot flush it to disk", errno);
  if (::close(std::exchange(fd_, -1)) != 0) fail("cannot close", errno);
  int error = 0;
  if (replace_ == Replace::kNever)
    error = rename_to_new(temporary_.c_str(), path_.c_str());
  else if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
    error = errno;
  if (error == EEXIST && replace_ == Replace::kNever) refuse_to_replace();
  if (error != 0) fail("cannot rename the temporary file", error);
  temporary_.clear();
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

void AtomicFile::discard() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

void AtomicFile::fail(const char* what, int error) {
  discard();
  throw Error(path_, std::string(what) + ": " + std::strerror(error),
              "check the folder, its permissions and free space");
}

void AtomicFile::refuse_to_replace() {
  discard();
  throw Error(ErrorCode::kFileExists, path_, "this file already exists");
}

}  // namespace newsclf
