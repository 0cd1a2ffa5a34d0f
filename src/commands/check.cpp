// SPDX-License-Identifier: MIT
// newsclf check: documents in, what is worth knowing about them before training out.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>

#include "newsclf/cli/machine.hpp"
#include "newsclf/commands/check_report.hpp"
#include "newsclf/commands/command_options.hpp"
#include "newsclf/commands/commands.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/atomic_file.hpp"

namespace newsclf {
namespace {

struct CheckCommand {
  DataOptions data;
  std::vector<std::string> test;  ///< documents that a model is to be scored on
  std::string json;               ///< file to write, "-": stdout alone; empty: none
  bool strict = false;            ///< findings are a missed threshold
  int threads = available_threads();
};

/// @throws CLI::ValidationError if standard input is wanted twice
void check_places(const CheckCommand& command) {
  const auto reads_stdin = [](const std::vector<std::string>& places) {
    return std::find(places.begin(), places.end(), "-") != places.end();
  };
  if (reads_stdin(command.data.data) && reads_stdin(command.test))
    throw CLI::ValidationError("--test", "standard input is DATA already");
}

/// Refuses, before any work, a file that could not be written in the end, or must not be.
void check_json_file(const CheckCommand& command) {
  const AtomicFile probe(command.json);
  for (const auto* places : {&command.data.data, &command.test})
    for (const std::string& place : *places) {
      std::error_code ignored;
      if (std::filesystem::equivalent(command.json, place, ignored))
        throw Error(command.json, "this is the data itself", "take another name for --json");
    }
}

CheckedData read_checked(const DataOptions& options, const Console& console, Workers& workers) {
  Corpus corpus = read_data(options, console, workers);
  return {options.data, std::vector<std::string>(options.data.size(), "tree"), std::move(corpus)};
}

void run_check(const CheckCommand& command, const Console& console) {
  const bool json_to_file = !command.json.empty() && command.json != "-";
  if (json_to_file) check_json_file(command);
  Workers workers(command.threads);

  CheckReport report{read_checked(command.data, console, workers), {}, {}};
  if (!command.test.empty()) {
    DataOptions test = command.data;
    test.data = command.test;
    report.test = read_checked(test, console, workers);
  }
  report.inspection = inspect(report.data.corpus, report.test.corpus,
                              command.data.tree.invalid_utf8, workers);

  write_stdout(command.json == "-" ? json_report(report) : text_report(report));
  if (json_to_file) {
    const std::string json = json_report(report);
    AtomicFile file(command.json);
    file.write(std::as_bytes(std::span(json)));
    file.commit();
  }
  if (command.strict && !report.inspection.findings.empty())
    throw ThresholdMissed("--strict: " + count_findings(report.inspection));
}

}  // namespace

void setup_check(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("check", "look over documents before training");
  auto command = std::make_shared<CheckCommand>();
  add_data_options(*sub, command->data);
  sub->add_option("--test", command->test,
                  "documents that a model is to be scored on: tells which of them are in DATA too, "
                  "but for case, white space and the headers of posts")
      ->allow_extra_args(false)
      ->type_name("FOLDER")
      ->group("Data");
  sub->add_option("--json", command->json,
                  "write the findings as JSON too; - writes them alone, to stdout")
      ->type_name("FILE")
      ->group("Output");
  sub->add_flag("--strict", command->strict, "exit with status 3 if anything was found")
      ->group("Output");
  add_number(*sub, "--threads", command->threads, 1, 1024, "N", "threads that read and compare")
      ->group("Machine");
  add_general_options(*sub, console);
  sub->footer(fmt::format(
      "Found are: documents that are not UTF-8, were misread once or look binary;\n"
      "empty ones; copies under one label, under several, and in --test; labels of\n"
      "fewer than {} documents or less than {} % of the largest label's; labels that\n"
      "look like spellings of each other; whatever could not be read.\n\n"
      "Examples:\n"
      "  newsclf check 20news-bydate-train\n"
      "  newsclf check 20news-bydate-train --test 20news-bydate-test\n"
      "  newsclf check 20news-bydate-train --strict --json findings.json",
      kFewDocuments, 100 * kFewOfLargest));
  sub->callback([command, &console] {
    check_places(*command);
    run_check(*command, console);
  });
}

}  // namespace newsclf
