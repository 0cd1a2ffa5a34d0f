// SPDX-License-Identifier: MIT
// Where tensors live.
#pragma once

#include <torch/torch.h>

#include "newsclf/training/options.hpp"

namespace newsclf {

/// The device that `choice` means on this machine.
/// @throws Error if CUDA is asked for and cannot be had, saying why
torch::Device resolve_device(const DeviceChoice& choice);

}  // namespace newsclf
