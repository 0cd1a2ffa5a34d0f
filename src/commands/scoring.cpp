// SPDX-License-Identifier: MIT
#include "commands/scoring.hpp"

#include <algorithm>

#include "cli/training_library.hpp"
#include "cli/work_progress.hpp"
#include "commands/command_options.hpp"

namespace newsclf {

void add_scoring_options(CLI::App& app, ScoringOptions& options) {
  begin_group(app, "Machine");
  advanced(
      add_choice(app, "--backend", options.backend, kBackends,
                 "built-in CPU implementation or LibTorch; auto: LibTorch only for --device cuda"));
  add_machine_options(app, options.threads, options.device, " (torch backend)");
}

void check_scoring_options(const ScoringOptions& options) {
  if (options.backend == Backend::kNative && options.device.kind == DeviceChoice::kCuda)
    throw CLI::ValidationError("--backend native", "runs only on the CPU");
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

ScoredRows score_documents(const Classifier& classifier, std::span<const Document> documents,
                           const Scorer& score, const Console& console, Workers& workers) {
  constexpr std::size_t kBlock = 2048;
  ParallelTransformer transformer(classifier.vectorizer, workers);
  WorkProgress progress(console, "scored");
  ScoredRows scored;
  for (std::size_t begin = 0; begin < documents.size(); begin += kBlock) {
    const auto block = documents.subspan(begin, std::min(kBlock, documents.size() - begin));
    const SparseRows& rows = transformer.transform(block);
    const std::vector<float> logits = score(rows);
    scored.rows.append(rows);
    scored.logits.insert(scored.logits.end(), logits.begin(), logits.end());
    const std::size_t done = begin + block.size();
    progress.update(static_cast<double>(done) / static_cast<double>(documents.size()),
                    static_cast<std::int64_t>(done));
  }
  progress.end();
  return scored;
}

}  // namespace newsclf
