// SPDX-License-Identifier: MIT
// newsclf cross-validate: estimates how good a training is, by k-fold cross-validation.
#include <memory>
#include <string>

#include "cli/config_file.hpp"
#include "commands/commands.hpp"
#include "commands/outputs.hpp"
#include "commands/train_options.hpp"
#include "commands/training_inputs.hpp"
#include "commands/training_reporter.hpp"
#include "newsclf/learning/cross_validation.hpp"
#include "newsclf/report/cross_validation_report.hpp"
#include "newsclf/report/evaluation_report.hpp"

namespace newsclf {
namespace {

struct CrossValidateCommand {
  TrainCommand training;
  FoldOptions folds;
  Output json{"--json", ""};
  Output predictions{"--predictions", ""};
};

void run_cross_validate(const CrossValidateCommand& command, const Console& console) {
  const TrainCommand& training = command.training;
  check_outputs({command.json, command.predictions}, inputs_of(training), console);
  TrainingInputs inputs(training, console);
  const CrossValidation result =
      cross_validate(inputs.documents, inputs.options, command.folds, *inputs.backend,
                     inputs.workers, fold_reporter(console, command.folds.folds));

  std::string on_stdout = text_report(result);
  put_result(command.json, [&] { return json_report(result); }, on_stdout);
  put_result(command.predictions, [&] { return tsv_report(result.pooled); }, on_stdout);
  write_stdout(on_stdout);
}

}  // namespace

void setup_cross_validate(CLI::App& app, Console& console) {
  CLI::App* const sub =
      app.add_subcommand("cross-validate", "estimate accuracy by k-fold cross-validation");
  auto command = std::make_shared<CrossValidateCommand>();
  add_training_data_options(*sub, command->training);
  begin_group(*sub, "Validation");
  add_number(*sub, "-k", command->folds.folds, 2, 1000, "N",
             "number of folds; each is scored by a model trained on the others; posts with one "
             "subject, and copies, are in the same fold; --seed draws the folds");
  add_calibration_option(*sub, command->training.learning.validation);
  add_learning_options(*sub, command->training);
  begin_group(*sub, "Output");
  add_result_option(*sub, command->json, "the scores as JSON");
  add_result_option(*sub, command->predictions,
                    "predictions for all documents as TSV, as eval does");
  advanced(sub->add_flag("--probabilities", command->folds.keep_probabilities,
                         "add a column with the probability of each label to --predictions"));
  add_print_config_option(*sub, command->training);
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  newsclf cross-validate 20news-bydate-train\n"
      "  newsclf cross-validate posts -k 10 --preset fast --json scores.json\n"
      "  newsclf cross-validate posts --predictions predictions.tsv --probabilities");
  sub->callback([sub, command, &console] {
    check_result_options({command->json, command->predictions});
    if (command->folds.keep_probabilities && command->predictions.path.empty())
      throw CLI::ValidationError("--probabilities", "needs --predictions");
    if (command->training.print_config)
      write_stdout(config_text(*sub));
    else
      run_cross_validate(*command, console);
  });
}

}  // namespace newsclf
