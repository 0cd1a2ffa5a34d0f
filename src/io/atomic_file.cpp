// SPDX-License-Identifier: MIT
#include "newsclf/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <string_view>
#include <utility>

#include "io/descriptor.hpp"
#include "io/folder.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".newsclf-";
constexpr std::size_t kDigits = 8;

/// The path of a temporary file of this process, in fixed memory: a signal may interrupt an
/// allocation.
struct Temporary {
  std::atomic<bool> is_taken{false}, exists{false};
  char path[PATH_MAX];
};
Temporary temporaries[8];  // `remove_temporaries` leaves what exceeds these to the next run

void remember(const std::string& path) {
  if (path.size() >= PATH_MAX) return;
  for (Temporary& temporary : temporaries) {
    if (temporary.is_taken.exchange(true)) continue;
    std::memcpy(temporary.path, path.c_str(), path.size() + 1);
    temporary.exists = true;
    return;
  }
}

void forget(const std::string& path) {
  for (Temporary& temporary : temporaries) {
    if (!temporary.exists || path != temporary.path) continue;
    temporary.exists = false;
    temporary.is_taken = false;
  }
}

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

/// The name of temporary files for `path`, without mark and digits.
std::string hidden_name(const std::string& path) {
  constexpr std::size_t kMost = NAME_MAX - 1 - kMark.size() - kDigits;
  return '.' + fs::path(path).filename().string().substr(0, kMost);
}

/// Creates and locks a file. @returns its descriptor, or -1 and sets errno; EEXIST: the name is
/// taken, or another process has just removed the file as a leftover
int create_locked(const std::string& path, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return -1;
  struct stat status {};
  const bool is_taken = ::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (!is_taken && (::fstat(fd, &status) != 0 || status.st_nlink > 0)) return fd;
  ::close(fd);
  errno = EEXIST;
  return -1;
}

/// Removes the temporary file `path` if no running process has locked it. @returns whether it did
bool remove_if_unlocked(const std::string& path) {
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  int fd = ::open(path.c_str(), O_RDWR | kFlags);  // NFS locks only files that are open for writing
  if (fd < 0) fd = ::open(path.c_str(), O_RDONLY | kFlags);
  if (fd < 0) return false;
  struct stat status {};
  const bool removed = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                       ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::unlink(path.c_str()) == 0;
  ::close(fd);
  return removed;
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
  if (!is_there && is_machine_error(errno)) fail("cannot access it", errno);
  if (is_there && replace_ == Replace::kNever) refuse_to_replace();
  if (is_there && S_ISLNK(old.st_mode))
    throw Error(path_, "this is a symbolic link", "name the file it points to");
  if (is_there && !S_ISREG(old.st_mode))
    throw Error(path_, "this exists and is not a regular file", "use another name");
  // The kernel applies the umask to 0666 for a new file: reading the umask would mean changing it
  // for all threads.
  const mode_t mode = is_there ? old.st_mode & 0777 : 0666;
  const std::string start = folder_of(path_) + '/' + hidden_name(path_);
  std::random_device random;
  for (int tries = 1; fd_ < 0; ++tries) {
    temporary_ = fmt::format("{}{}{:0{}x}", start, kMark, random() & 0xFFFFFFFF, kDigits);
    remember(temporary_);  // before it exists: a signal may come in between
    fd_ = create_locked(temporary_, mode);
    if (fd_ >= 0) break;
    const int error = errno;
    forget(temporary_);
    if (error == EEXIST && tries < 100) continue;
    temporary_.clear();
    fail("cannot create a file in its folder", error);
  }
  if (is_there) ::fchmod(fd_, mode);
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::write(std::span<const std::byte> bytes) {
  const int error = write_all(fd_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (error != 0) fail("cannot write", error);
}

void AtomicFile::commit() {
  if (::fsync(fd_) != 0) fail("cannot flush it to disk", errno);
  int error = 0;
  if (replace_ == Replace::kNever)
    error = rename_to_new(temporary_.c_str(), path_.c_str());
  else if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
    error = errno;
  if (error == EEXIST && replace_ == Replace::kNever) refuse_to_replace();
  if (error != 0) fail("cannot rename the temporary file", error);
  forget(temporary_);
  temporary_.clear();
  ::close(std::exchange(fd_, -1));  // ends the lock; everything is on disk
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

void AtomicFile::discard() {
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
    forget(temporary_);
    temporary_.clear();
  }
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
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

std::vector<std::string> remove_leftovers(const std::string& path) {
  const std::string folder = folder_of(path);
  const std::string start = hidden_name(path) + '.';
  const auto is_temporary = [&](const std::string& name) {
    const std::size_t end = name.size() - std::min(name.size(), kMark.size() + kDigits);
    return name.starts_with(start) && name.compare(end, kMark.size(), kMark) == 0 &&
           name.find_first_not_of("0123456789abcdef", end + kMark.size()) == std::string::npos;
  };
  std::vector<FolderEntry> entries;
  std::vector<std::string> removed;
  if (list_folder(folder, entries) != 0) return removed;
  for (const FolderEntry& entry : entries)
    if (const std::string file = folder + '/' + entry.name;
        is_temporary(entry.name) && remove_if_unlocked(file))
      removed.push_back(file);
  return removed;
}

void remove_temporaries() noexcept {
  for (const Temporary& temporary : temporaries)
    if (temporary.exists) ::unlink(temporary.path);
}

}  // namespace newsclf
