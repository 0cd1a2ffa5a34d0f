// SPDX-License-Identifier: MIT
// newsclf threshold: chooses when a model answers, and stores it in a copy of the model.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cli/config_file.hpp"
#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "commands/outputs.hpp"
#include "commands/scoring.hpp"
#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/evaluation/coverage.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/predictor.hpp"
#include "newsclf/report/numbers.hpp"
#include "newsclf/report/threshold_report.hpp"

namespace newsclf {
namespace {

struct ThresholdCommand {
  std::string model;
  DataOptions data;
  bool known_labels = false;
  std::optional<double> precision;
  std::optional<double> coverage;
  bool per_label = false;
  std::string output;
  bool force = false;
  ScoringOptions scoring;
  Output json{"--json", ""};
  std::string config;  ///< file of options
};

/// Refuses the documents that the model learnt from: on them it is right more often than on others.
void check_not_trained_on(const Corpus& corpus, const Classifier& classifier,
                          const ThresholdCommand& command) {
  StoredDocuments documents(corpus.documents);
  if (digest_documents(documents) == classifier.training.data_digest)
    throw Error(short_list(command.data.data),
                "these are the documents that the model was trained on, on which it is more often "
                "right than on others",
                "use documents that were held out");
}

Thresholds choose(const ThresholdCommand& command, const Classifier& classifier,
                  const std::vector<JudgedDocument>& judged) {
  const std::int32_t labels = classifier.labels.size();
  if (command.coverage)
    return choose_thresholds(judged, labels, ThresholdGoal::kCoverage, *command.coverage,
                             command.per_label);
  Thresholds chosen = choose_thresholds(judged, labels, ThresholdGoal::kPrecision,
                                        *command.precision, command.per_label);
  if (chosen.is_empty())
    throw Error(short_list(command.data.data),
                fmt::format("no threshold shows a precision of {} on {}", *command.precision,
                            counted(std::ssize(judged), "document")),
                "use a lower --precision or more documents");
  return chosen;
}

void tell_unanswered(const Console& console, const Thresholds& thresholds, const LabelSet& labels) {
  std::vector<std::string> names;
  for (std::int32_t l = 0; l < labels.size(); ++l)
    if (thresholds.values[static_cast<std::size_t>(l)] == kNeverAnswered)
      names.push_back(labels.to_label(l));
  if (!names.empty())
    console.warning(fmt::format("{} never answered, as no threshold shows a precision of {}: {}",
                                names.size() == 1 ? std::string("a label is")
                                                  : counted(std::ssize(names), "label") + " are",
                                thresholds.target, short_list(names)));
}

void run_threshold(const ThresholdCommand& command, const Console& console) {
  check_outputs({{"--output", command.output, true}, command.json},
                {{"the model itself", {command.model}},
                 {"read as data", command.data.data},
                 {"also given to --label-names", {command.data.label_names_file()}},
                 {"also given to --config", {command.config}}},
                console, command.force);
  Classifier classifier = load_model(command.model);
  Workers workers(command.scoring.threads);
  warn_of_missing_threads(console, workers, command.scoring.threads);
  DataOptions data = command.data;
  data.read = suit_columns(std::move(data.read), classifier);
  Corpus corpus = read_data(data, console, workers).corpus;
  check_not_trained_on(corpus, classifier, command);
  handle_unknown_labels(labels_known_to(classifier, command.model), command.known_labels, data,
                        console, corpus);

  Predictor predictor(classifier, workers, open_forward(classifier.ensemble, command.scoring));
  const std::vector<JudgedDocument> judged = judge_all(corpus.documents, predictor, false, console);
  classifier.thresholds = choose(command, classifier, judged);
  const Thresholds& chosen = classifier.thresholds;
  tell_unanswered(console, chosen, classifier.labels);
  const std::int64_t bytes = save_new_model(classifier, command.output, command.force);
  console.note(fmt::format("wrote {}: {}", command.output, file_size(bytes)));

  std::string on_stdout = text_report(chosen, classifier.labels, judged);
  put_result(
      command.json, [&] { return json_report(chosen, classifier.labels, judged); }, on_stdout);
  write_stdout(on_stdout);
}

}  // namespace

void setup_threshold(CLI::App& app, Console& console) {
  CLI::App* const sub =
      app.add_subcommand("threshold", "choose when a model answers, in a copy of the model");
  auto command = std::make_shared<ThresholdCommand>();
  add_config_option(*sub, command->config);
  begin_group(*sub, "Data");
  sub->add_option("MODEL", command->model, "a model file")->required()->type_name("FILE");
  add_data_options(*sub, command->data);
  add_known_labels_option(*sub, command->known_labels);
  begin_group(*sub, "Threshold");
  add_number(*sub, "--precision", command->precision, 1e-6, 1 - 1e-6, "P",
             "answer as many documents as possible with a share of correct answers of P");
  add_number(*sub, "--coverage", command->coverage, 1e-6, 1.0, "C",
             "answer a share C of the documents, the most confident ones");
  sub->add_flag("--per-label", command->per_label,
                "reach P or C for each predicted label, with a threshold per label");
  add_scoring_options(*sub, command->scoring);
  begin_group(*sub, "Output");
  sub->add_option("-o,--output", command->output, "the copy of the model to write")
      ->required()
      ->type_name("FILE");
  sub->add_flag("--force", command->force, "replace an existing --output file");
  add_result_option(*sub, command->json, "the thresholds as JSON");
  add_general_options(*sub, console);
  sub->footer(
      "Below its threshold, a label's confidence (its probability times the share of\n"
      "known words) makes predict answer 'unknown'. DATA must not be training documents.\n\n"
      "Examples:\n"
      "  newsclf threshold news.safetensors held-out --precision 0.95 -o sure.safetensors");
  sub->callback([command, &console] {
    check_scoring_options(command->scoring);
    if (command->precision.has_value() == command->coverage.has_value())
      throw CLI::ValidationError("--precision, --coverage", "give one of them");
    check_model_argument(command->model, command->data.data);
    run_threshold(*command, console);
  });
}

}  // namespace newsclf
