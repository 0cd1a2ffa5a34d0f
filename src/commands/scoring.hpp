// SPDX-License-Identifier: MIT
// The choice between the two forward passes, and the loop of the commands that score documents.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <functional>
#include <span>

#include "cli/console.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/model/network.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

enum class BackendChoice {
  kAuto,    ///< torch where `--device` asks for CUDA, native otherwise
  kNative,  ///< plain arrays on the CPU, no LibTorch
  kTorch,   ///< the torch::nn::Module
};
inline constexpr Choice<BackendChoice> kBackends[] = {{"auto", BackendChoice::kAuto},
                                                      {"native", BackendChoice::kNative},
                                                      {"torch", BackendChoice::kTorch}};

struct ScoringOptions {
  BackendChoice backend = BackendChoice::kAuto;
  DeviceChoice device;  ///< of the torch backend
  int threads = 1;      ///< that read, vectorize and compute
};

/// --backend, --device, --threads
void add_scoring_options(CLI::App& app, ScoringOptions& options);

/// @throws CLI::ValidationError if the options contradict each other
void check_scoring_options(const ScoringOptions& options);

/// The forward pass that the options ask for; empty: the built-in one.
/// @throws Error if the training library cannot be opened
ForwardPass open_forward(const Network& network, const ScoringOptions& options);

/// Calls `score(block, place)` for consecutive blocks of `documents`, each with the place of its
/// first document, and shows progress.
void score_documents(std::span<const Document> documents, const Console& console,
                     const std::function<void(std::span<const Document>, std::size_t)>& score);

}  // namespace newsclf
