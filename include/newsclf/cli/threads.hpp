// SPDX-License-Identifier: MIT
// How many threads this process may keep busy.
#pragma once

namespace newsclf {

/// The processors that the affinity mask and the control group's quota (cgroup v2 or v1) leave to
/// this process, at least 1.
int available_threads();

}  // namespace newsclf
