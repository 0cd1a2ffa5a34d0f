// SPDX-License-Identifier: MIT
// The training loop, and the forward pass of a trained module.
#pragma once

#include <torch/torch.h>

#include "newsclf/parallel/process_group.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/checkpoints.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// The device that `choice` selects on this machine.
/// @throws Error with the reason if CUDA is requested but not available
torch::Device resolve_device(const DeviceChoice& choice);

/// `Backend::train`: trains an `Mlp`, or one for each input, and a `SoftmaxRegression` with
/// cross-entropy on shuffled batches, including the last partial one. If the mean loss of an epoch
/// or a weight after it is not finite, training goes back to the end of the previous epoch and
/// continues at a tenth of the learning rate, once (see `TrainingResult::diverged_in_epoch`).
/// @param options `resolve_options` chooses unset values
/// @param checkpoints may be null @param processes null: there is only this one
/// @throws Error if the device is not available, or if the state to begin with is not of this
///     training
TrainingResult train_ensemble(const TrainingData& data, const TrainingOptions& options,
                              const DeviceChoice& device, Workers& workers,
                              const TrainingObserver& observer,
                              TrainingCheckpoints* checkpoints = nullptr,
                              ProcessGroup* processes = nullptr);

/// `Backend::open_forward`, in batches.
ForwardPass module_forward(const Ensemble& ensemble, const DeviceChoice& device, int threads);

}  // namespace newsclf
