// SPDX-License-Identifier: MIT
// A pipe and a thread that writes to it.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>

#include "support/catch.hpp"

namespace newsclf::testing {

/// A pipe: a thread writes `bytes` to it, `step` at a time, and then closes it. Bytes that the test
/// does not read must fit into the pipe.
class WrittenPipe {
 public:
  WrittenPipe(std::string bytes, std::size_t step) {
    REQUIRE(::pipe(ends_) == 0);
    writer_ = std::thread([this, bytes = std::move(bytes), step] {
      for (std::size_t i = 0; i < bytes.size(); i += step) {
        const std::size_t size = std::min(step, bytes.size() - i);
        if (::write(ends_[1], bytes.data() + i, size) != static_cast<ssize_t>(size)) break;
      }
      ::close(ends_[1]);
    });
  }
  ~WrittenPipe() {
    writer_.join();
    ::close(ends_[0]);
  }
  WrittenPipe(const WrittenPipe&) = delete;
  WrittenPipe& operator=(const WrittenPipe&) = delete;

  int reader() const { return ends_[0]; }

 private:
  int ends_[2] = {-1, -1};
  std::thread writer_;
};

}  // namespace newsclf::testing
