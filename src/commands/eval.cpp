// SPDX-License-Identifier: MIT
// newsclf eval: scores a model on labelled documents and reports the result.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/config_file.hpp"
#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "commands/outputs.hpp"
#include "commands/scoring.hpp"
#include "newsclf/evaluation/coverage.hpp"
#include "newsclf/evaluation/mistakes.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/predictor.hpp"
#include "newsclf/report/evaluation_report.hpp"

namespace newsclf {
namespace {

struct EvalCommand {
  std::string model;
  DataOptions data;
  bool known_labels = false;
  ScoringOptions scoring;
  Output json{"--json", ""};
  Output report{"--report", ""};
  std::size_t mistakes = 20;  ///< number of mistakes in `report`
  Output predictions{"--predictions", ""};
  bool probabilities = false;  ///< write those of all labels to `predictions`
  bool per_label = false;      ///< show the coverage of each label
  std::optional<double> min_accuracy;
  std::optional<double> min_macro_f1;
  std::string config;  ///< file of options
};

/// @throws ThresholdMissed with all metrics that are below their minimum
void check_thresholds(const EvalCommand& command, const Metrics& metrics) {
  std::vector<std::string> missed;
  const auto check = [&](const std::string& metric, double value, const char* option,
                         const std::optional<double>& least) {
    if (least && is_below(value, *least))
      missed.push_back(fmt::format("{} {} is below {} {}", metric, value, option, *least));
  };
  check("accuracy", metrics.accuracy, "--min-accuracy", command.min_accuracy);
  check("macro F1", metrics.macro.f1, "--min-macro-f1", command.min_macro_f1);
  if (!missed.empty()) throw ThresholdMissed(fmt::format("{}", fmt::join(missed, "; ")));
}

void run_eval(const EvalCommand& command, const Console& console) {
  check_outputs({command.json, command.predictions, command.report},
                {{"the model itself", {command.model}},
                 {"read as data", command.data.data},
                 {"also given to --label-names", {command.data.label_names_file()}},
                 {"also given to --config", {command.config}}},
                console);
  const Classifier classifier = load_model(command.model);
  Workers workers(command.scoring.threads);
  warn_of_missing_threads(console, workers, command.scoring.threads);
  Predictor predictor(classifier, workers, open_forward(classifier.ensemble, command.scoring));

  DataOptions data = command.data;
  data.read = suit_columns(std::move(data.read), classifier);
  Corpus corpus = read_data(data, console, workers).corpus;
  handle_unknown_labels(labels_known_to(classifier, command.model), command.known_labels, data,
                        console, corpus);

  Evaluation evaluation = evaluate(
      classifier.labels, judge_all(corpus.documents, predictor, command.probabilities, console),
      classifier.ensemble.temperature, std::move(corpus.counts));
  if (!classifier.thresholds.is_empty())
    evaluation.answered = count_answered(evaluation.documents, classifier.thresholds);

  std::string on_stdout = text_report(evaluation, command.per_label);
  put_result(command.json, [&] { return json_report(evaluation, command.per_label); }, on_stdout);
  put_result(command.predictions, [&] { return tsv_report(evaluation); }, on_stdout);
  put_result(
      command.report,
      [&] {
        return html_report(
            evaluation, worst_mistakes(evaluation, corpus.documents, predictor, command.mistakes),
            {command.model, summarize(classifier), data.data});
      },
      on_stdout);
  if (command.report.is_file()) console.note(fmt::format("wrote {}", command.report.path));
  write_and_check(on_stdout, [&] { check_thresholds(command, evaluation.metrics); });
}

}  // namespace

void setup_eval(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("eval", "score a model on labelled documents");
  auto command = std::make_shared<EvalCommand>();
  add_config_option(*sub, command->config);
  begin_group(*sub, "Data");
  sub->add_option("MODEL", command->model, "a model file")->required()->type_name("FILE");
  add_data_options(*sub, command->data);
  add_known_labels_option(*sub, command->known_labels);
  add_scoring_options(*sub, command->scoring);
  add_result_option(*sub, command->json, "the scores as JSON");
  add_result_option(*sub, command->predictions,
                    "TSV, one line per document: id, label, predicted label, probabilities, rank");
  advanced(sub->add_flag("--probabilities", command->probabilities,
                         "add a column with the probability of each label to --predictions"));
  add_result_option(*sub, command->report, "an HTML page with charts and the worst mistakes");
  const CLI::Option* const mistakes =
      advanced(add_number(*sub, "--mistakes", command->mistakes, std::size_t{0},
                          std::size_t{100'000}, "N", "number of mistakes in --report; 0: none"));
  begin_group(*sub, "Output");
  sub->add_flag("--per-label", command->per_label,
                "show coverage against accuracy for each predicted label too");
  add_number(*sub, "--min-accuracy", command->min_accuracy, 0.0, 1.0, "P",
             "exit with status 3 if the accuracy is below P, such as 0.95");
  add_number(*sub, "--min-macro-f1", command->min_macro_f1, 0.0, 1.0, "P",
             "exit with status 3 if the macro-averaged F1 is below P");
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  newsclf eval news.safetensors 20news-bydate-test\n"
      "  newsclf eval news.safetensors 20news-bydate-test --report report.html\n"
      "  newsclf eval news.safetensors posts --min-accuracy 0.95 --json scores.json");
  sub->callback([command, mistakes, &console] {
    check_scoring_options(command->scoring);
    check_result_options({command->json, command->predictions, command->report});
    if (command->probabilities && command->predictions.path.empty())
      throw CLI::ValidationError("--probabilities", "needs --predictions");
    if (mistakes->count() > 0 && command->report.path.empty())
      throw CLI::ValidationError("--mistakes", "needs --report");
    check_model_argument(command->model, command->data.data);
    run_eval(*command, console);
  });
}

}  // namespace newsclf
