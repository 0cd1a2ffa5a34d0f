// SPDX-License-Identifier: MIT
#include "commands/scoring.hpp"

#include <algorithm>

#include "cli/work_progress.hpp"
#include "commands/command_options.hpp"
#include "newsclf/training/backend.hpp"

namespace newsclf {

void add_scoring_options(CLI::App& app, ScoringOptions& options) {
  begin_group(app, "Machine");
  advanced(
      add_choice(app, "--backend", options.backend, kBackends,
                 "built-in CPU implementation or LibTorch; auto: LibTorch only for --device cuda"));
  add_machine_options(app, options.threads, options.device, " (torch backend)");
}

void check_scoring_options(const ScoringOptions& options) {
  if (options.backend == BackendChoice::kNative && options.device.kind == DeviceChoice::kCuda)
    throw CLI::ValidationError("--backend native", "runs only on the CPU");
}

ForwardPass open_forward(const Network& network, const ScoringOptions& options) {
  const bool cuda = options.device.kind == DeviceChoice::kCuda;
  if (options.backend != BackendChoice::kTorch && !cuda) return {};
  return open_backend()->open_forward(network, options.device, options.threads);
}

void score_documents(std::span<const Document> documents, const Console& console,
                     const std::function<void(std::span<const Document>, std::size_t)>& score) {
  constexpr std::size_t kBlock = 2048;
  WorkProgress progress(console, "scored");
  for (std::size_t begin = 0; begin < documents.size(); begin += kBlock) {
    const auto block = documents.subspan(begin, std::min(kBlock, documents.size() - begin));
    score(block, begin);
    const std::size_t done = begin + block.size();
    progress.update(static_cast<double>(done) / static_cast<double>(documents.size()),
                    static_cast<std::int64_t>(done));
  }
  progress.end();
}

}  // namespace newsclf
