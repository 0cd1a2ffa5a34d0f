// SPDX-License-Identifier: MIT
// The training loop, and the forward pass of a trained module.
#pragma once

#include <vector>

#include "newsclf/training/options.hpp"

namespace newsclf {

/// `options` with the number of epochs and the batch size, where they are 0, set by the number of
/// training documents and of labels: small collections need small batches and many passes to get
/// enough steps, large ones get enough of them in any case.
TrainingOptions resolve_steps(TrainingOptions options, std::int64_t documents, std::int64_t labels);

/// Trains an `Mlp` with cross-entropy on shuffled batches, the last partial one included. Stops
/// after `options.epochs`, or where the mean loss of an epoch, or a weight behind it, is no longer
/// finite (see `TrainingResult::diverged_in_epoch`). The same data, options and seed give the same
/// weights.
/// @throws Error if the device cannot be had
TrainingResult train_mlp(const TrainingData& data, const TrainingOptions& options,
                         const TrainingObserver& observer);

/// The logits [rows, labels] of `network` through the module, in batches.
/// @throws Error if the device cannot be had
std::vector<float> mlp_logits(const Network& network, const SparseRows& rows,
                              const DeviceChoice& device, int threads);

}  // namespace newsclf
