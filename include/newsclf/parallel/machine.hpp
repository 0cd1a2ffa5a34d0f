// SPDX-License-Identifier: MIT
// What of the machine this process may use.
#pragma once

#include <cstdint>

namespace newsclf {

/// The processors that the affinity mask and the control group's quota (cgroup v2 or v1) leave to
/// this process, at least 1.
int available_threads();

/// Bytes of main memory there are, or as many of them as the control group leaves to its processes.
std::int64_t available_memory();

}  // namespace newsclf
