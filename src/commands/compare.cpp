// SPDX-License-Identifier: MIT
// newsclf compare: compares two models on the same labelled documents.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "commands/outputs.hpp"
#include "commands/scoring.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/predictor.hpp"
#include "newsclf/report/comparison_report.hpp"

namespace newsclf {
namespace {

enum class Metric { kAccuracy, kMacroF1 };
constexpr Choice<Metric> kMetrics[] = {{"accuracy", Metric::kAccuracy},
                                       {"macro-f1", Metric::kMacroF1}};

struct CompareCommand {
  std::array<std::string, 2> models;
  DataOptions data;
  bool known_labels = false;
  ScoringOptions scoring;
  std::int64_t changes = 20;  ///< number of changed documents in the text report
  Output json{"--json", ""};
  Output predictions{"--predictions", ""};
  std::optional<double> max_drop;  ///< of `metric`, as a fraction
  Metric metric = Metric::kAccuracy;
};

/// The labels that both models know.
KnownLabels shared_labels(const CompareCommand& command, const LabelSet& first,
                          const LabelSet& second) {
  std::vector<std::string> shared;
  std::set_intersection(first.labels().begin(), first.labels().end(), second.labels().begin(),
                        second.labels().end(), std::back_inserter(shared));
  if (shared.empty())
    throw Error(command.models[kSecond],
                fmt::format("this model has no label in common with {}", command.models[kFirst]),
                "compare models with the same labels");
  return {LabelSet(std::move(shared)), "both models", "that a model does not know",
          "as wrong for that model"};
}

/// The read options with the columns that both models were trained on.
ReadOptions suit_both(const CompareCommand& command, const std::array<Classifier, 2>& classifiers) {
  const auto columns = [&](std::size_t m) {
    return classifiers[m].vectorizer.options().text.columns;
  };
  if (command.data.read.columns.text.empty() && columns(kFirst) != columns(kSecond))
    throw Error(command.models[kSecond],
                fmt::format("this model uses other text columns than {}", command.models[kFirst]),
                "choose the columns with --text-column");
  if (command.data.read.columns.label.empty() &&
      classifiers[kFirst].columns.label != classifiers[kSecond].columns.label)
    throw Error(command.models[kSecond],
                fmt::format("this model uses another label column than {}", command.models[kFirst]),
                "choose the column with --label-column");
  return suit_columns(command.data.read, classifiers[kFirst]);
}

/// Stores the answers of a model to `documents` in `compared`.
void answer(const Classifier& classifier, std::size_t model, const ScoringOptions& options,
            const Console& console, Workers& workers, std::span<const Document> documents,
            std::vector<ComparedDocument>& compared) {
  Predictor predictor(classifier, workers, open_forward(classifier.ensemble, options));
  score_documents(documents, console, [&](std::span<const Document> block, std::size_t place) {
    for (const Prediction& prediction : predictor.predict(block))
      compared[place++].answers[model] = {prediction.label, prediction.probability};
  });
}

/// @throws ThresholdMissed if the metric of the second model is lower by more than --max-drop
void check_drop(const CompareCommand& command, const Comparison& comparison) {
  if (!command.max_drop) return;
  const auto metric = [&](std::size_t m) {
    const ModelScore& score = comparison.scores[m];
    return command.metric == Metric::kAccuracy ? score.accuracy : score.macro_f1;
  };
  const double first = metric(kFirst), second = metric(kSecond);
  if (is_below(second, first - *command.max_drop))
    throw ThresholdMissed(
        fmt::format("{} fell from {:.6g} ({}) to {:.6g} ({}), by {:.6g}, more than --max-drop {}",
                    command.metric == Metric::kAccuracy ? "accuracy" : "macro F1", first,
                    command.models[kFirst], second, command.models[kSecond], first - second,
                    *command.max_drop));
}

void run_compare(const CompareCommand& command, const Console& console) {
  check_outputs({command.json, command.predictions},
                {{"the model itself", {command.models.begin(), command.models.end()}},
                 {"read as data", command.data.data},
                 {"also given to --label-names", {command.data.label_names_file()}}},
                console);
  const std::array<Classifier, 2> classifiers = {load_model(command.models[kFirst]),
                                                 load_model(command.models[kSecond])};
  const KnownLabels known =
      shared_labels(command, classifiers[kFirst].labels, classifiers[kSecond].labels);
  Workers workers(command.scoring.threads);
  warn_of_missing_threads(console, workers, command.scoring.threads);

  DataOptions data = command.data;
  data.read = suit_both(command, classifiers);
  Corpus corpus = read_data(data, console, workers).corpus;
  handle_unknown_labels(known, command.known_labels, data, console, corpus);

  std::vector<ComparedDocument> documents;
  for (const Document& document : corpus.documents)
    documents.push_back({document.id, document.label, {}});
  std::array<ComparedModel, 2> models;
  for (const std::size_t m : {kFirst, kSecond}) {
    answer(classifiers[m], m, command.scoring, console, workers, corpus.documents, documents);
    models[m] = {command.models[m], classifiers[m].digest, classifiers[m].labels};
  }
  const Comparison comparison =
      compare_models(std::move(models), std::move(documents), std::move(corpus.counts));

  std::string on_stdout = text_report(comparison, static_cast<std::size_t>(command.changes));
  put_result(command.json, [&] { return json_report(comparison); }, on_stdout);
  put_result(command.predictions, [&] { return tsv_report(comparison); }, on_stdout);
  write_and_check(on_stdout, [&] { check_drop(command, comparison); });
}

}  // namespace

void setup_compare(CLI::App& app, Console& console) {
  CLI::App* const sub =
      app.add_subcommand("compare", "compare two models on the same labelled documents");
  auto command = std::make_shared<CompareCommand>();
  begin_group(*sub, "Data");
  sub->add_option("FIRST", command->models[kFirst], "a model file")->required()->type_name("FILE");
  sub->add_option("SECOND", command->models[kSecond], "the model file to compare with FIRST")
      ->required()
      ->type_name("FILE");
  add_data_options(*sub, command->data);
  add_known_labels_option(*sub, command->known_labels);
  add_scoring_options(*sub, command->scoring);
  begin_group(*sub, "Output");
  add_number<std::int64_t, std::int64_t>(*sub, "--changes", command->changes, 0, 1'000'000'000, "N",
                                         "number of changed documents to show; --json writes all");
  add_result_option(*sub, command->json, "the scores and changed documents as JSON");
  add_result_option(*sub, command->predictions, "TSV, one line per document with both answers");
  add_number(*sub, "--max-drop", command->max_drop, 0.0, 1.0, "D",
             "exit with status 3 if SECOND is worse by more than D, such as 0.005");
  CLI::Option* const metric =
      add_choice(*sub, "--metric", command->metric, kMetrics,
                 "what --max-drop compares; macro-f1: mean F1 over the labels");
  advanced(metric);
  add_general_options(*sub, console);
  sub->footer(
      "Shows accuracy and macro F1 of both models, the difference of their accuracies\n"
      "with a 95 % interval (Newcombe's method 10), McNemar's exact test and the\n"
      "documents that the models label differently.\n\n"
      "Examples:\n"
      "  newsclf compare old.safetensors new.safetensors 20news-bydate-test\n"
      "  newsclf compare old.safetensors new.safetensors posts --json - | jq .p_value\n"
      "  newsclf compare old new posts --max-drop 0.005 && mv new old");
  sub->callback([command, metric, &console] {
    check_scoring_options(command->scoring);
    check_result_options({command->json, command->predictions});
    if (metric->count() > 0 && !command->max_drop)
      throw CLI::ValidationError("--metric", "needs --max-drop");
    for (const std::string& model : command->models)
      check_model_argument(model, command->data.data);
    run_compare(*command, console);
  });
}

}  // namespace newsclf
