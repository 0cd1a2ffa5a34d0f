// SPDX-License-Identifier: MIT
// The choice between the two forward passes: the sum over plain arrays, and the torch module.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <vector>

#include "cli/console.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

enum class Backend {
  kAuto,    ///< torch where `--device` asks for CUDA, native otherwise
  kNative,  ///< plain arrays on the CPU, no LibTorch
  kTorch,   ///< the torch::nn::Module
};
inline constexpr Choice<Backend> kBackends[] = {
    {"auto", Backend::kAuto}, {"native", Backend::kNative}, {"torch", Backend::kTorch}};

struct ScoringOptions {
  Backend backend = Backend::kAuto;
  DeviceChoice device;  ///< of the torch backend
  int threads = 1;      ///< that read, vectorize and compute
};

/// --backend, --device, --threads
void add_scoring_options(CLI::App& app, ScoringOptions& options);

/// @throws CLI::ValidationError if the options contradict each other
void check_scoring_options(const ScoringOptions& options);

/// The logits [rows, labels] of some rows.
using Scorer = std::function<std::vector<float>(const SparseRows&)>;

/// Borrows `network` and `workers`. Opens the training library where the options ask for the torch
/// module.
/// @throws Error if it cannot be opened
Scorer make_scorer(const Network& network, const ScoringOptions& options, Workers& workers);

/// Documents as a model sees them, and what it makes of them.
struct ScoredRows {
  SparseRows rows;
  std::vector<float> logits;  ///< [documents, labels]
};

/// Vectorizes and scores `documents`, and shows how far it is.
ScoredRows score_documents(const Classifier& classifier, std::span<const Document> documents,
                           const Scorer& score, const Console& console, Workers& workers);

}  // namespace newsclf
