// SPDX-License-Identifier: MIT
// What needs LibTorch: training, and the forward pass of the torch module. No LibTorch here: the
// library that sees it, `newsclf_training`, is opened at run time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "newsclf/model/network.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// Any thread may call it; it throws `Error` alone.
class Backend {
 public:
  virtual ~Backend() = default;

  /// The version of LibTorch that it was built against and runs with.
  virtual std::string libtorch_version() const = 0;

  /// Trains a network on `data`; the same data, options and seed give the same weights, for any
  /// number of threads. @throws Error if the device cannot be had
  virtual TrainingResult train(const TrainingData& data, const TrainingOptions& options,
                               const DeviceChoice& device, Workers& workers,
                               const TrainingObserver& observer) const = 0;

  /// The forward pass of `network` by the `torch::nn::Module` on `device`, where the weights are
  /// brought once. @param threads that compute on the CPU @throws Error if the device cannot be had
  virtual ForwardPass open_forward(const Network& network, const DeviceChoice& device,
                                   int threads) const = 0;
};

struct FoundLibTorch {
  std::filesystem::path root;  ///< the folder that holds lib/
  std::string version;         ///< for example 2.13.0+cpu; empty where nothing says it
};

/// The first that exists of the folders that `find_backend` names.
std::optional<FoundLibTorch> find_libtorch();

/// Where the training library and LibTorch are.
struct BackendFiles {
  std::string library;   ///< libnewsclf_training.so
  std::string libtorch;  ///< the folder that holds lib/libtorch.so
};

// The CMake target newsclf::training names the installed library.
#ifndef NEWSCLF_TRAINING_LIBRARY
#define NEWSCLF_TRAINING_LIBRARY ""
#endif

/// Looks for both without loading them. The training library is `library` where that is not empty;
/// otherwise the first that exists: beside the program or shared library that holds this function,
/// in the folder where `cmake --install` puts it, seen from there, or in that folder as it was
/// configured. LibTorch is the first of: the folder in `NEWSCLF_LIBTORCH`, the one newsclf was
/// built with, the `torch` of the active Python environment (`VIRTUAL_ENV`, `CONDA_PREFIX`); never
/// the working folder.
/// @throws Error that says what is missing and how to get it
BackendFiles find_backend(const std::string& library = NEWSCLF_TRAINING_LIBRARY);

/// Opens the library, and LibTorch with it, by a thread of its own; the first call of the backend
/// waits for that. Both stay open until the process ends.
/// @throws Error at the first call, if they cannot be loaded or belong to another version
std::unique_ptr<Backend> open_backend(const BackendFiles& files = find_backend());

/// The library's one exported function. @return null if `version` of newsclf is not its own
using BackendEntry = const Backend*(const char* version);
inline constexpr const char* kBackendEntry = "newsclf_training_backend";

}  // namespace newsclf
