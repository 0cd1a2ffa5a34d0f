// SPDX-License-Identifier: MIT
// Shared by the commands that score documents: the choice of the forward pass, the loop, and the
// handling of labels that a model does not know.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "commands/command_options.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/model/network.hpp"
#include "newsclf/model/predictor.hpp"

namespace newsclf {

enum class BackendChoice {
  kAuto,    ///< torch if `--device` is cuda, otherwise native
  kNative,  ///< the built-in CPU implementation, without LibTorch
  kTorch,   ///< the torch::nn::Module
};
inline constexpr Choice<BackendChoice> kBackends[] = {{"auto", BackendChoice::kAuto},
                                                      {"native", BackendChoice::kNative},
                                                      {"torch", BackendChoice::kTorch}};

struct ScoringOptions {
  BackendChoice backend = BackendChoice::kAuto;
  DeviceChoice device;  ///< used by the torch backend
  int threads = 1;      ///< number of threads that read, vectorize and compute
};

/// Adds --backend, --device, --threads.
void add_scoring_options(CLI::App& app, ScoringOptions& options);

/// @throws CLI::ValidationError if the options contradict each other
void check_scoring_options(const ScoringOptions& options);

/// The forward pass that the options select; empty: the built-in one.
/// @throws Error if the training library cannot be opened
ForwardPass open_forward(const Ensemble& ensemble, const ScoringOptions& options);

/// Calls `score(block, place)` for consecutive blocks of `documents`, with the index `place` of the
/// first document of the block, and shows progress.
void score_documents(std::span<const Document> documents, const Console& console,
                     const std::function<void(std::span<const Document>, std::size_t)>& score);

/// Judges `documents` in blocks, see `judge_documents`, and shows progress.
std::vector<JudgedDocument> judge_all(std::span<const Document> documents, Predictor& predictor,
                                      bool keep_probabilities, const Console& console);

/// Whether `value` is below `least` by more than the rounding of their computation.
bool is_below(double value, double least);

/// Writes `report` to stdout, then calls `check`, which may throw `ThresholdMissed`; also if the
/// reader of stdout has closed it, because the exit status must not depend on the reader.
/// @throws ClosedPipe, or Error if the report cannot be written
void write_and_check(const std::string& report, const std::function<void()>& check);

/// Adds --known-labels.
void add_known_labels_option(CLI::App& app, bool& known_labels);

/// The labels that the scored models know, and the wording of messages about other labels.
struct KnownLabels {
  LabelSet labels;
  std::string owner;    ///< who knows them: "the model news.safetensors"
  std::string unknown;  ///< describes other labels: "that the model does not know"
  std::string effect;   ///< how their documents count: "as wrong"
};

/// The labels of one scored model. @param path of the model
KnownLabels labels_known_to(const Classifier& classifier, const std::string& path);

/// Removes the documents of `corpus` with unknown labels if `known_labels` is set; otherwise warns
/// about them.
/// @throws Error if no document has a known label
void handle_unknown_labels(const KnownLabels& known, bool known_labels, const DataOptions& data,
                           const Console& console, Corpus& corpus);

}  // namespace newsclf
