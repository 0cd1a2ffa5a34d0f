// SPDX-License-Identifier: MIT
// The parts that need LibTorch: training and the forward pass of the torch module. This header does
// not include it; newsclf loads the library that links LibTorch, `newsclf_training`, at run time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "newsclf/model/network.hpp"
#include "newsclf/parallel/process_group.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/checkpoints.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// The matrix rows [V, r] * basis [r, W].
struct LowRank {
  std::vector<float> rows, basis;
};

/// Thread-safe; throws only `Error`.
class Backend {
 public:
  virtual ~Backend() = default;

  /// The version of LibTorch that the backend was built with and runs with.
  virtual std::string libtorch_version() const = 0;

  /// Trains an ensemble on `data`; the same data, options and seed give the same weights for any
  /// number of threads. @param checkpoints where the training keeps its state; null: nowhere
  /// @param processes all train on the same data; each computes the first layers of the networks
  ///     for a share of the columns, and all get the whole ensemble. Null: there is only this one
  /// @throws Error if the device is not available, or if the state to begin with is not of this
  ///     training; as `ProcessGroup::gather`
  virtual TrainingResult train(const TrainingData& data, const TrainingOptions& options,
                               const DeviceChoice& device, Workers& workers,
                               const TrainingObserver& observer, TrainingCheckpoints* checkpoints,
                               ProcessGroup* processes) const = 0;

  /// Connects to the other processes of a training; waits for them.
  /// @throws Error if they cannot be reached
  virtual std::unique_ptr<ProcessGroup> join(const ProcessPlace& place) const = 0;

  /// The forward pass of `ensemble` with `torch::nn::Module`s, which have a copy of the weights on
  /// `device`. @param threads CPU threads @throws Error if the device is not available
  virtual ForwardPass open_forward(const Ensemble& ensemble, const DeviceChoice& device,
                                   int threads) const = 0;

  /// The approximation of `weights` [V, width] of rank `rank` with the smallest squared error,
  /// where row v counts `importance[v]` times: the projection on the leading eigenvectors of sum of
  /// importance[v] * weights[v]' weights[v]. The result does not depend on the number of threads.
  /// @param importance [V], not negative @param rank from 1 to `width`
  virtual LowRank reduce_rank(std::span<const float> weights, std::int64_t width,
                              std::span<const float> importance, std::int64_t rank,
                              Workers& workers) const = 0;
};

struct FoundLibTorch {
  std::filesystem::path root;  ///< the folder that contains lib/
  std::string version;         ///< for example 2.13.0+cpu; empty if unknown
};

/// The first of the folders listed at `find_backend` that contains LibTorch.
std::optional<FoundLibTorch> find_libtorch();

/// The locations of the training library and LibTorch.
struct BackendFiles {
  std::string library;   ///< libnewsclf_training.so
  std::string libtorch;  ///< the folder that contains lib/libtorch.so
};

// The CMake target newsclf::training defines this as the path of the installed library.
#ifndef NEWSCLF_TRAINING_LIBRARY
#define NEWSCLF_TRAINING_LIBRARY ""
#endif

/// Looks for both without loading them. If `library` is not empty, it is the training library.
/// Otherwise the first existing file is used: beside the program or shared library that contains
/// this function, in the folder relative to it where `cmake --install` puts the library, or in that
/// folder as configured. LibTorch is the first of: the folder in `NEWSCLF_LIBTORCH`, the one
/// newsclf was built with, the `torch` of the active Python environment (`VIRTUAL_ENV`,
/// `CONDA_PREFIX`); never the working folder.
/// @throws Error that names what is missing and how to get it
BackendFiles find_backend(const std::string& library = NEWSCLF_TRAINING_LIBRARY);

/// Loads the library and LibTorch in another thread; the first call of the backend waits for it.
/// Both stay loaded until the process ends.
/// @throws Error at the first call if they cannot be loaded or belong to another version
std::unique_ptr<Backend> open_backend(const BackendFiles& files = find_backend());

/// The library's only exported function. @return null if `version` is not the library's version
using BackendEntry = const Backend*(const char* version);
inline constexpr const char* kBackendEntry = "newsclf_training_backend";

}  // namespace newsclf
