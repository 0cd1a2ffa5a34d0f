// SPDX-License-Identifier: MIT
// The training loop, and the forward pass of a trained module.
#pragma once

#include <torch/torch.h>

#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// The device that `choice` means on this machine.
/// @throws Error if CUDA is asked for and cannot be had, saying why
torch::Device resolve_device(const DeviceChoice& choice);

/// `Backend::train`: an `Mlp`, with cross-entropy on shuffled batches, the last partial one
/// included. Where the mean loss of an epoch, or a weight behind it, is no longer finite, it goes
/// back to the end of the epoch before and on at a tenth of the rate, once (see
/// `TrainingResult::diverged_in_epoch`).
/// @param options what they leave open is set by `resolve_size`
/// @throws Error if the device cannot be had
TrainingResult train_mlp(const TrainingData& data, const TrainingOptions& options,
                         const DeviceChoice& device, Workers& workers,
                         const TrainingObserver& observer);

/// `Backend::open_forward`, in batches.
ForwardPass mlp_forward(const Network& network, const DeviceChoice& device, int threads);

}  // namespace newsclf
