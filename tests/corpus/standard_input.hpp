// SPDX-License-Identifier: MIT
// Replaces standard input temporarily.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

#include "support/support.hpp"

namespace newsclf::testing {

/// Replaces standard input by a descriptor or a file of bytes for the lifetime of the object.
class StandardInput {
 public:
  explicit StandardInput(int descriptor) : before_(::dup(STDIN_FILENO)) {
    REQUIRE(::dup2(descriptor, STDIN_FILENO) == STDIN_FILENO);
  }
  explicit StandardInput(std::string_view bytes) : before_(::dup(STDIN_FILENO)) {
    const int file = ::open(folder_.write("in", bytes).c_str(), O_RDONLY);
    REQUIRE(::dup2(file, STDIN_FILENO) == STDIN_FILENO);
    ::close(file);
  }
  ~StandardInput() {
    ::dup2(before_, STDIN_FILENO);
    ::close(before_);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

 private:
  TempDir folder_;
  int before_;
};

}  // namespace newsclf::testing
