// SPDX-License-Identifier: MIT
// The training loop, and the forward pass of a trained module.
#pragma once

#include <memory>

#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// Trains an `Mlp` with cross-entropy on shuffled batches, the last partial one included. Ends
/// after `options.epochs`, or earlier by `options.patience`. Where the mean loss of an epoch, or a
/// weight behind it, is no longer finite, it goes back to the end of the epoch before and on at a
/// tenth of the rate, once (see `TrainingResult::diverged_in_epoch`). The same data, options and
/// seed give the same weights.
/// @param options what they leave open is set by `resolve_size`
/// @throws Error if the device cannot be had
TrainingResult train_mlp(const TrainingData& data, const TrainingOptions& options,
                         const DeviceChoice& device, Workers& workers,
                         const TrainingObserver& observer);

/// The forward pass through the module, in batches; the weights are brought to the device once.
/// @throws Error if the device cannot be had
std::unique_ptr<ForwardPass> mlp_forward(const Network& network, const DeviceChoice& device,
                                         int threads);

}  // namespace newsclf
