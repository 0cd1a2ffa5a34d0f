// SPDX-License-Identifier: MIT
// What LibTorch's header ProcessGroupGloo.hpp names of Gloo, whose own headers are not in the
// packages of LibTorch. Nothing here is called: all of Gloo is inside LibTorch.
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
