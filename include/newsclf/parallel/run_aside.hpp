// SPDX-License-Identifier: MIT
// Work that a thread of its own may do meanwhile.
#pragma once

#include <future>
#include <system_error>

namespace newsclf {

/// Starts `work` on a thread of its own; where none can be started, or `aside` is false, the first
/// who waits for the result does it.
template <typename Work>
auto run_aside(const Work& work, bool aside = true) {
  try {
    if (aside) return std::async(std::launch::async, work);
  } catch (const std::system_error&) {  // a limit on threads or memory
  }
  return std::async(std::launch::deferred, work);
}

}  // namespace newsclf
