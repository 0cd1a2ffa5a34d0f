// SPDX-License-Identifier: MIT
// Finds out from the environment whether this process is one of several that train together.
#pragma once

#include <optional>

#include "newsclf/parallel/process_group.hpp"

namespace newsclf {

/// The place that the variables of `torchrun` describe: RANK, WORLD_SIZE, MASTER_ADDR and
/// MASTER_PORT, and, if they are set, LOCAL_RANK, TORCHELASTIC_USE_AGENT_STORE and
/// TORCHELASTIC_RESTART_COUNT. Nothing if neither RANK nor WORLD_SIZE is set, or if there is only
/// one process.
/// @throws Error if only some of the first four are set, or one of them is not valid
std::optional<ProcessPlace> find_process_place();

}  // namespace newsclf
