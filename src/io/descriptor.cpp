// SPDX-License-Identifier: MIT
#include "io/descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace newsclf {
namespace {

/// Prepares to repeat a call that failed: waits if `fd` is non-blocking and not ready for `events`.
/// @returns whether the call can be repeated
bool may_repeat(int fd, short events) {
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    pollfd waiting{fd, events, 0};
    return ::poll(&waiting, 1, -1) >= 0 || errno == EINTR;
  }
  return errno == EINTR;
}

}  // namespace

bool is_machine_error(int error) {
  switch (error) {
    case 0:
    case EACCES:
    case EBADF:  // a closed standard stream
    case EFBIG:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENODEV:
    case ENOENT:
    case ENOTDIR:
    case ENXIO:
    case EOVERFLOW:
    case EPERM:
      return false;
    default:
      return true;
  }
}

Error file_error(std::string_view where, std::string_view what, int error,
                 std::string_view remedy) {
  const std::string problem = std::string(what) + ": " + std::strerror(error);
  if (is_machine_error(error)) return {ErrorCode::kMachine, where, problem};
  const bool is_missing = error == ENOENT || error == ENOTDIR;
  return {is_missing ? ErrorCode::kNoFile : ErrorCode::kUnusableFile, where, problem, remedy};
}

int open_to_read(const char* path, int flags) {
  int fd = -1;
  do fd = ::open(path, O_RDONLY | O_CLOEXEC | flags);
  while (fd < 0 && errno == EINTR);
  return fd;
}

ssize_t read_some(int fd, char* out, std::size_t size) {
  ssize_t n = 0;
  do n = ::read(fd, out, size);
  while (n < 0 && may_repeat(fd, POLLIN));
  return n;
}

int write_all(int fd, std::string_view bytes) {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), std::min(bytes.size(), kMost));
    if (n < 0 && !may_repeat(fd, POLLOUT)) return errno;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

}  // namespace newsclf
