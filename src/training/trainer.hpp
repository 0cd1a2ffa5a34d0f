// SPDX-License-Identifier: MIT
// The training loop, and the forward pass of a trained module.
#pragma once

#include <vector>

#include "newsclf/training/options.hpp"

namespace newsclf {

/// Trains an `Mlp` with cross-entropy on shuffled batches, the last partial one included. Ends
/// after `options.epochs`, or earlier by `options.patience`. Where the mean loss of an epoch, or a
/// weight behind it, is no longer finite, it goes back to the end of the epoch before and on at a
/// tenth of the rate, once (see `TrainingResult::diverged_in_epoch`). The same data, options and
/// seed give the same weights.
/// @throws Error if the device cannot be had
TrainingResult train_mlp(const TrainingData& data, const TrainingOptions& options,
                         const TrainingObserver& observer);

/// The logits [rows, labels] of `network` through the module, in batches.
/// @throws Error if the device cannot be had
std::vector<float> mlp_logits(const Network& network, const SparseRows& rows,
                              const DeviceChoice& device, int threads);

}  // namespace newsclf
