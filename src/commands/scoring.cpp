// SPDX-License-Identifier: MIT
#include "commands/scoring.hpp"

#include <algorithm>
#include <utility>

#include "newsclf/error/error.hpp"
#include "newsclf/evaluation/judging.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/report/numbers.hpp"
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

ForwardPass open_forward(const Ensemble& ensemble, const ScoringOptions& options) {
  const bool cuda = options.device.kind == DeviceChoice::kCuda;
  if (options.backend != BackendChoice::kTorch && !cuda) return {};
  return open_backend()->open_forward(ensemble, options.device, options.threads);
}

void score_documents(std::span<const Document> documents, const Console& console,
                     const std::function<void(std::span<const Document>, std::size_t)>& score) {
  constexpr std::size_t kBlock = 2048;
  ProgressBar bar(console);
  for (std::size_t begin = 0; begin < documents.size(); begin += kBlock) {
    const auto block = documents.subspan(begin, std::min(kBlock, documents.size() - begin));
    score(block, begin);
    const std::size_t done = begin + block.size();
    bar.update(static_cast<double>(done) / static_cast<double>(documents.size()),
               static_cast<std::int64_t>(done), "scored");
  }
}

std::vector<JudgedDocument> judge_all(std::span<const Document> documents, Predictor& predictor,
                                      bool keep_probabilities, const Console& console) {
  std::vector<JudgedDocument> judged;
  judged.reserve(documents.size());
  score_documents(documents, console, [&](std::span<const Document> block, std::size_t) {
    judge_documents(block, predictor, keep_probabilities, judged);
  });
  return judged;
}

bool is_below(double value, double least) {
  constexpr double kRounding = 1e-12;  // 0.8 - 0.6 is 6e-17 larger than 0.2
  return value < least - kRounding;
}

void write_and_check(const std::string& report, const std::function<void()>& check) {
  try {
    write_stdout(report);
  } catch (const ClosedPipe&) {
    check();
    throw;
  }
  check();
}

void add_known_labels_option(CLI::App& app, bool& known_labels) {
  begin_group(app, "Data");
  app.add_flag("--known-labels", known_labels, "skip documents with labels unknown to a model");
}

KnownLabels labels_known_to(const Classifier& classifier, const std::string& path) {
  return {classifier.labels, "the model " + path, "that the model does not know", "as wrong"};
}

void handle_unknown_labels(const KnownLabels& known, bool known_labels, const DataOptions& data,
                           const Console& console, Corpus& corpus) {
  const auto is_unknown = [&](const Document& document) {
    return known.labels.to_id(document.label) == LabelSet::kUnknown;
  };
  std::vector<std::string> names;
  std::size_t unknown = 0;
  for (const Document& document : corpus.documents) {
    if (!is_unknown(document)) continue;
    ++unknown;
    if (names.empty() || names.back() != document.label) names.push_back(document.label);
  }
  if (unknown == 0) return;
  const LabelSet unknown_labels(std::move(names));
  if (unknown == corpus.documents.size())
    throw Error(short_list(data.data),
                fmt::format("no document has a label known to {} ({})", known.owner,
                            short_list(known.labels.labels())),
                "DATA has the labels " + short_list(unknown_labels.labels()));
  const std::string count =
      fmt::format("{} with {} {}", counted(static_cast<std::int64_t>(unknown), "document"),
                  counted(unknown_labels.size(), "label"), known.unknown);
  if (known_labels) {
    std::erase_if(corpus.documents, is_unknown);
    console.note(fmt::format("skipped {}", count));
  } else {
    console.warning(fmt::format("{} {} {} ({}); --known-labels skips such documents", count,
                                unknown == 1 ? "counts" : "count", known.effect,
                                short_list(unknown_labels.labels())));
  }
}

}  // namespace newsclf
