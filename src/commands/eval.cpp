// SPDX-License-Identifier: MIT
// newsclf eval: a model and labelled documents in, a report out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <span>

#include "newsclf/cli/config_file.hpp"
#include "newsclf/commands/command_options.hpp"
#include "newsclf/commands/commands.hpp"
#include "newsclf/commands/scoring.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/evaluation/report.hpp"
#include "newsclf/model/atomic_file.hpp"
#include "newsclf/model/classifier.hpp"

namespace newsclf {
namespace {

struct EvalCommand {
  std::string model;
  DataOptions data;
  bool known_labels = false;
  ScoringOptions scoring;
  std::string json;
};

/// Documents of labels that the model does not know: leaves them out if asked to, warns otherwise.
void handle_unknown_labels(const EvalCommand& command, const Console& console,
                           const LabelSet& labels, Corpus& corpus) {
  const auto is_unknown = [&](const Document& document) {
    return labels.to_id(document.label) == LabelSet::kUnknown;
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
    throw Error(fmt::format("{}", fmt::join(command.data.data, ", ")),
                fmt::format("no document has a label of the model {}", command.model),
                fmt::format("its labels are {}; here they are {}", fmt::join(labels.labels(), ", "),
                            fmt::join(unknown_labels.labels(), ", ")));
  const std::string count =
      fmt::format("{} documents of {} labels that the model does not know",
                  with_commas(static_cast<std::int64_t>(unknown)), unknown_labels.size());
  if (command.known_labels) {
    std::erase_if(corpus.documents, is_unknown);
    console.note(fmt::format("left out {}", count));
  } else {
    console.warning(fmt::format("{} count as wrong ({}); --known-labels leaves them out", count,
                                fmt::join(unknown_labels.labels(), ", ")));
  }
}

std::vector<JudgedDocument> judge_all(const Corpus& corpus, const Classifier& classifier,
                                      std::span<const float> logits) {
  const auto width = static_cast<std::size_t>(classifier.labels.size());
  std::vector<JudgedDocument> judged;
  judged.reserve(corpus.documents.size());
  for (std::size_t d = 0; d < corpus.documents.size(); ++d) {
    const Document& document = corpus.documents[d];
    judged.push_back(judge(document.id, classifier.labels.to_id(document.label),
                           logits.subspan(d * width, width), classifier.network.temperature));
  }
  return judged;
}

/// Refuses, before any work, a file that could not be written in the end, or must not be.
void check_json_file(const EvalCommand& command) {
  const AtomicFile probe(command.json);
  std::error_code ignored;
  if (std::filesystem::equivalent(command.json, command.model, ignored))
    throw Error(command.json, "this is the model itself", "take another name for --json");
}

void run_eval(const EvalCommand& command, const Console& console) {
  const bool json_to_file = !command.json.empty() && command.json != "-";
  if (json_to_file) check_json_file(command);
  const Classifier classifier = load_model(command.model);
  Workers workers(command.scoring.threads);
  const Scorer score = make_scorer(classifier.network, command.scoring, workers);

  DataOptions data = command.data;
  data.read = suit_columns(std::move(data.read), classifier);
  Corpus corpus = read_data(data, console, workers);
  handle_unknown_labels(command, console, classifier.labels, corpus);

  const SparseRows rows = transform(classifier.vectorizer, corpus.documents, workers);
  std::vector<JudgedDocument> judged = judge_all(corpus, classifier, score(rows));
  const Evaluation evaluation = evaluate(classifier.labels, std::move(judged),
                                         classifier.network.temperature, std::move(corpus.counts));

  if (command.json == "-") {
    write_stdout(json_report(evaluation));
    return;
  }
  write_stdout(text_report(evaluation));
  if (json_to_file) {
    const std::string json = json_report(evaluation);
    AtomicFile file(command.json);
    file.write(std::as_bytes(std::span(json)));
    file.commit();
  }
}

}  // namespace

void setup_eval(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("eval", "score a model on labelled documents");
  auto command = std::make_shared<EvalCommand>();
  sub->add_option("MODEL", command->model, "a model file")
      ->required()
      ->type_name("FILE")
      ->group("Data");
  add_data_options(*sub, command->data);
  sub->add_flag("--known-labels", command->known_labels,
                "leave out documents of labels that the model does not know")
      ->group("Data");
  add_scoring_options(*sub, command->scoring);
  sub->add_option("--json", command->json,
                  "write the figures as JSON too; - writes them alone, to stdout")
      ->type_name("FILE")
      ->group("Output");
  add_config_option(*sub);
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  newsclf eval news.safetensors 20news-bydate-test\n"
      "  newsclf eval news.safetensors 20news-bydate-test --json scores.json");
  sub->callback([command, &console] {
    check_scoring_options(command->scoring);
    run_eval(*command, console);
  });
}

}  // namespace newsclf
