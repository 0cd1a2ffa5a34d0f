// SPDX-License-Identifier: MIT
// What the commands that score documents share: the choice between the two forward passes, the
// loop, and what becomes of labels that a model does not know.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "commands/command_options.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/model/network.hpp"

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

/// --known-labels
void add_known_labels_option(CLI::App& app, bool& known_labels);

/// The labels that documents are scored by, and the words of messages about all others.
struct KnownLabels {
  LabelSet labels;
  std::string owner;    ///< whose they are: "the model news.safetensors"
  std::string unknown;  ///< of other labels: "that the model does not know"
  std::string effect;   ///< of documents that have one: "count as wrong"
};

/// Leaves out the documents of `corpus` whose labels are not known, if `known_labels` asks for it,
/// and warns of them otherwise.
/// @throws Error if no document has a known label
void handle_unknown_labels(const KnownLabels& known, bool known_labels, const DataOptions& data,
                           const Console& console, Corpus& corpus);

}  // namespace newsclf
