// SPDX-License-Identifier: MIT
// newsclf check: reports problems of labelled documents before training.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "commands/encoding_warnings.hpp"
#include "commands/outputs.hpp"
#include "commands/training_reporter.hpp"
#include "newsclf/learning/label_errors.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/report/check_report.hpp"

namespace newsclf {
namespace {

struct CheckCommand {
  DataOptions data;
  std::vector<std::string> test;  ///< test documents; empty: none
  Output json{"--json", ""};
  bool strict = false;           ///< exit with status 3 if there are findings
  std::size_t label_errors = 0;  ///< number of probably mislabelled documents to show; 0: none
  int threads = available_threads();
};

CheckedData read_checked(const DataOptions& options, const Console& console, Workers& workers) {
  ReadCorpus read = read_data(options, console, workers);
  return {options.data, std::move(read.formats), std::move(read.corpus)};
}

constexpr std::size_t kMostLabelErrors = 1'000'000;

/// By cross-validation with default options.
std::vector<LabelError> label_errors_of(const CheckCommand& command, const Corpus& corpus,
                                        const Backend& backend, const Console& console,
                                        Workers& workers) {
  LearningOptions options;
  options.max_memory = available_memory();
  options.validation.calibrate = false;  // temperatures of folds would change the order
  const FoldOptions folds;
  return find_label_errors(corpus.documents, command.label_errors, options, folds, backend, workers,
                           fold_reporter(console, folds.folds));
}

void run_check(const CheckCommand& command, const Console& console) {
  check_outputs({command.json},
                {{"read as data", command.data.data},
                 {"also given to --test", command.test},
                 {"also given to --label-names", {command.data.label_names_file()}}},
                console);
  std::unique_ptr<Backend> backend;  // loads LibTorch meanwhile
  if (command.label_errors > 0) backend = open_backend();
  Workers workers(command.threads);
  warn_of_missing_threads(console, workers, command.threads);

  CheckReport report{read_checked(command.data, console, workers), {}, {}};
  warn_of_case(console, LabelSet::of(report.data.corpus.documents));
  if (!command.test.empty()) {
    DataOptions test = command.data;
    test.data = command.test;
    report.test = read_checked(test, console, workers);
  }
  report.inspection =
      inspect_corpus(report.data.corpus, report.test.corpus, command.data.read, workers);
  if (backend)
    report.label_errors = label_errors_of(command, report.data.corpus, *backend, console, workers);

  std::string on_stdout = text_report(report);
  put_result(command.json, [&] { return json_report(report); }, on_stdout);
  write_stdout(on_stdout);
  if (command.strict && !report.inspection.findings.empty())
    throw ThresholdMissed("--strict: " + count_findings(report.inspection));
}

}  // namespace

void setup_check(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("check", "check documents before training");
  auto command = std::make_shared<CheckCommand>();
  add_data_options(*sub, command->data);
  sub->add_option("--test", command->test,
                  "report documents in PATH that are also in DATA; ignores case, white space "
                  "and the headers of posts")
      ->allow_extra_args(false)
      ->type_name("PATH");
  add_result_option(*sub, command->json, "the findings as JSON");
  add_number(*sub, "--label-errors", command->label_errors, std::size_t{1}, kMostLabelErrors, "N",
             "find the N documents that are most likely mislabelled; trains 5 models")
      ->default_str(in_words("none"));
  sub->add_flag("--strict", command->strict, "exit with status 3 if there are findings");
  begin_group(*sub, "Machine");
  add_number(*sub, "--threads", command->threads, 1, 1024, "N", "number of threads");
  add_general_options(*sub, console);
  sub->footer(fmt::format(
      "Finds documents that are empty, binary, not UTF-8 or decoded twice; text columns\n"
      "that are nearly always empty or look like ids; copies with one label, with\n"
      "several labels and in --test; labels with fewer than {} documents or less than\n"
      "{} % of those of the largest label; labels with similar names or with white space\n"
      "around them; files that could not be read. With --label-errors, also documents\n"
      "whose label is improbable to a model trained on the others.\n\n"
      "Examples:\n"
      "  newsclf check 20news-bydate-train\n"
      "  newsclf check 20news-bydate-train --test 20news-bydate-test\n"
      "  newsclf check 20news-bydate-train --strict --json findings.json\n"
      "  newsclf check 20news-bydate-train --label-errors 50",
      kFewDocuments, 100 * kFewOfLargest));
  sub->callback([command, &console] {
    const auto reads_stdin = [](const auto& places) { return std::ranges::count(places, "-") > 0; };
    if (reads_stdin(command->data.data) && reads_stdin(command->test))
      throw CLI::ValidationError("--test", "standard input is already used for DATA");
    run_check(*command, console);
  });
}

}  // namespace newsclf
