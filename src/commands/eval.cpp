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
#include "newsclf/evaluation/html_report.hpp"
#include "newsclf/evaluation/mistakes.hpp"
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
  std::string report;
};

constexpr std::size_t kReportedMistakes = 20;

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
void check_output_file(const std::string& path, std::string_view option, const std::string& model) {
  const AtomicFile probe(path);
  std::error_code ignored;
  if (std::filesystem::equivalent(path, model, ignored))
    throw Error(path, "this is the model itself", fmt::format("take another name for {}", option));
}

void write_file(const std::string& path, const std::string& text) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

void run_eval(const EvalCommand& command, const Console& console) {
  const bool json_to_file = !command.json.empty() && command.json != "-";
  if (json_to_file) check_output_file(command.json, "--json", command.model);
  if (!command.report.empty()) check_output_file(command.report, "--report", command.model);
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

  write_stdout(command.json == "-" ? json_report(evaluation) : text_report(evaluation));
  if (json_to_file) write_file(command.json, json_report(evaluation));
  if (!command.report.empty()) {
    const std::vector<Mistake> mistakes =
        worst_mistakes(evaluation, corpus.documents, rows, classifier, kReportedMistakes);
    write_file(command.report,
               html_report(evaluation, classifier.training, mistakes,
                           fmt::format("{} on {}", command.model,
                                       fmt::join(command.data.data, ", "))));
    console.note(fmt::format("wrote {}", command.report));
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
  sub->add_option("--report", command->report,
                  "write a page to look at: one HTML file with charts and the worst mistakes")
      ->type_name("FILE")
      ->group("Output");
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  newsclf eval news.safetensors 20news-bydate-test\n"
      "  newsclf eval news.safetensors 20news-bydate-test --json scores.json\n"
      "  newsclf eval news.safetensors 20news-bydate-test --report report.html");
  sub->callback([command, &console] {
    check_scoring_options(command->scoring);
    if (!command->report.empty() && command->report == command->json)
      throw CLI::ValidationError("--report", "takes another file than --json");
    run_eval(*command, console);
  });
}

}  // namespace newsclf
