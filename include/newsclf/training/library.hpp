// SPDX-License-Identifier: MIT
// What the training library hands to the program that opens it. No LibTorch here.
#pragma once

#include <string>
#include <vector>

#include "newsclf/training/options.hpp"

namespace newsclf {

/// Entry points of `newsclf_training`. They throw `Error` alone: LibTorch's own errors are
/// translated behind them.
struct TrainingLibrary {
  /// Equal in program and library, or the library is refused.
  const char* newsclf_version;
  /// The version of LibTorch that the library was built against and runs with.
  const char* libtorch_version;

  /// Trains a network on `data`; the same data, options and seed give the same weights.
  /// @throws Error if the device cannot be had
  TrainingResult (*train)(const TrainingData& data, const TrainingOptions& options,
                          const TrainingObserver& observer);

  /// The logits [rows, labels] of `network` computed by the `torch::nn::Module`.
  /// @throws Error if the device cannot be had
  std::vector<float> (*logits)(const Network& network, const SparseRows& rows,
                               const DeviceChoice& device, int threads);
};

/// The name of the library's one exported function, of type `const TrainingLibrary*()`.
inline constexpr const char* kTrainingLibraryEntry = "newsclf_training_library";
using TrainingLibraryEntry = const TrainingLibrary*();

}  // namespace newsclf
