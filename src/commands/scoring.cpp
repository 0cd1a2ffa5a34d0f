// SPDX-License-Identifier: MIT
#include "newsclf/commands/scoring.hpp"

#include "newsclf/cli/training_library.hpp"
#include "newsclf/commands/command_options.hpp"

namespace newsclf {

void add_scoring_options(CLI::App& app, ScoringOptions& options) {
  add_choice(app, "--backend", options.backend, kBackends,
             "what computes: our own sum on the CPU, or the torch module; auto takes torch for "
             "--device cuda alone")
      ->group("Machine");
  add_machine_options(app, options.threads, options.device, "Machine", " (torch backend)");
}

void check_scoring_options(const ScoringOptions& options) {
  if (options.backend == Backend::kNative && options.device.kind == DeviceChoice::kCuda)
    throw CLI::ValidationError("--backend native", "it computes on the CPU alone");
}

Scorer make_scorer(const Network& network, const ScoringOptions& options, Workers& workers) {
  const bool cuda = options.device.kind == DeviceChoice::kCuda;
  if (options.backend == Backend::kTorch || cuda) {
    const TrainingLibrary& library = open_training_library();
    return [&network, &library, options](const SparseRows& rows) {
      return library.logits(network, rows, options.device, options.threads);
    };
  }
  return [&](const SparseRows& rows) { return native_logits(network, rows, workers); };
}

}  // namespace newsclf
