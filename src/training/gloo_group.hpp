// SPDX-License-Identifier: MIT
// The processes of a training, connected by Gloo, which is part of LibTorch.
#pragma once

#include <memory>

#include "newsclf/parallel/process_group.hpp"

namespace newsclf {

/// Waits for all processes. @throws Error if they do not come within 5 minutes, or if LibTorch was
/// built without Gloo
std::unique_ptr<ProcessGroup> join_processes(const ProcessPlace& place);

}  // namespace newsclf
