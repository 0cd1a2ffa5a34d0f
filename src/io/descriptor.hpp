// SPDX-License-Identifier: MIT
// Opens, reads and writes file descriptors: waits for those that do not block, repeats interrupted
// calls, and tells errors of the machine from properties of a file.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string_view>

#include "newsclf/error/error.hpp"

namespace newsclf {

/// Whether the errno value `error` is a failure of the machine (a disk error, no memory, a limit on
/// open files). Others are properties of a file that a user can see: it is gone, or its permissions,
/// its type, its size or a loop of links forbid reading it. 0 is neither.
bool is_machine_error(int error);

/// An error about the file `where`: "what: description of `error`", with `remedy` and the code
/// `kNoFile` or `kUnusableFile`, or with `kMachine` if it is an error of the machine.
Error file_error(std::string_view where, std::string_view what, int error,
                 std::string_view remedy = {});

/// As open(2) for reading, with O_CLOEXEC and `flags`.
int open_to_read(const char* path, int flags = 0);
/// As read(2), but waits for bytes even if `fd` is non-blocking.
ssize_t read_some(int fd, char* out, std::size_t size);
/// Writes all of `bytes`, and waits until this is possible even if `fd` is non-blocking.
/// @returns 0, or an errno value
int write_all(int fd, std::string_view bytes);

}  // namespace newsclf
