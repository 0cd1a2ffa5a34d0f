// SPDX-License-Identifier: MIT
// newsclf compress: a smaller copy of a model, and what it costs.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <vector>

#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "commands/outputs.hpp"
#include "commands/read_limit_options.hpp"
#include "commands/scoring.hpp"
#include "newsclf/learning/compact.hpp"
#include "newsclf/report/compression_report.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

struct CompressCommand {
  std::string model;
  std::int64_t max_size = 0;
  DataOptions check;  ///< documents to score both models on; may be none
  bool known_labels = false;
  std::optional<double> max_loss;
  std::string output;
  bool force = false;
  int threads = 1;
  Output json{"--json", ""};
};

std::vector<JudgedDocument> judge(const Classifier& classifier, std::span<const Document> documents,
                                  const Console& console, Workers& workers) {
  Predictor predictor(classifier, workers);
  return judge_all(documents, predictor, false, console);
}

/// Scores both classifiers on the documents of --check.
void score(const CompressCommand& command, const Classifier& before, const Classifier& after,
           const Console& console, Workers& workers, Compression& compression) {
  DataOptions data = command.check;
  data.read = suit_columns(std::move(data.read), before);
  Corpus corpus = read_data(data, console, workers).corpus;
  handle_unknown_labels(labels_known_to(before, command.model), command.known_labels, data, console,
                        corpus);
  const std::vector<JudgedDocument> judged[] = {judge(before, corpus.documents, console, workers),
                                                judge(after, corpus.documents, console, workers)};
  std::int64_t right[2] = {};
  for (std::size_t d = 0; d < corpus.documents.size(); ++d) {
    for (const std::size_t m : {0, 1}) right[m] += judged[m][d].predicted == judged[m][d].truth;
    compression.changed += judged[0][d].predicted != judged[1][d].predicted;
  }
  compression.documents = std::ssize(corpus.documents);
  compression.before.accuracy = ratio(right[0], compression.documents);
  compression.after.accuracy = ratio(right[1], compression.documents);
}

void check_loss(const CompressCommand& command, const Compression& compression) {
  const double before = compression.before.accuracy, after = compression.after.accuracy;
  if (command.max_loss && is_below(after, before - *command.max_loss))
    throw ThresholdMissed(fmt::format(
        "accuracy fell from {:.6g} to {:.6g}, by {:.6g}, more than --max-loss {}; nothing was "
        "written",
        before, after, before - after, *command.max_loss));
}

void run_compress(const CompressCommand& command, const Console& console) {
  check_outputs({{"--output", command.output, true}, command.json},
                {{"the model itself", {command.model}},
                 {"read as data", command.check.data},
                 {"also given to --label-names", {command.check.label_names_file()}}},
                console, command.force);
  const std::unique_ptr<Backend> backend = open_backend();
  const Classifier classifier = load_model(command.model);
  Workers workers(command.threads);
  warn_of_missing_threads(console, workers, command.threads);
  const Classifier small = compact_to(classifier, command.max_size, *backend, workers);

  Compression compression{{model_bytes(classifier), summarize(classifier), 0},
                          {model_bytes(small), summarize(small), 0}};
  if (!command.check.data.empty()) score(command, classifier, small, console, workers, compression);
  std::string on_stdout = text_report(compression);
  put_result(command.json, [&] { return json_report(compression); }, on_stdout);
  write_and_check(on_stdout, [&] { check_loss(command, compression); });
  const std::int64_t bytes = save_new_model(small, command.output, command.force);
  console.note(fmt::format("wrote {}: {}", command.output, file_size(bytes)));
}

}  // namespace

void setup_compress(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("compress", "write a smaller copy of a model");
  auto command = std::make_shared<CompressCommand>();
  begin_group(*sub, "Model");
  sub->add_option("MODEL", command->model, "a model file")->required()->type_name("FILE");
  add_size(*sub, "--max-size", command->max_size,
           "the largest size of the copy: it keeps the tokens that matter most, and the linear "
           "classifier only if there is room")
      ->required();
  begin_group(*sub, "Data");
  sub->add_option("--check", command->check.data, "documents with labels to score both models on")
      ->type_name("DATA");
  add_number(*sub, "--max-loss", command->max_loss, 0.0, 1.0, "D",
             "exit with status 3, and write no copy, if its accuracy on them is lower by more than "
             "D: 0.002 is 0.2 percentage points");
  add_known_labels_option(*sub, command->known_labels);
  add_format_options(*sub, command->check.read);
  add_limit_options(*sub, command->check.read.limits, true);
  begin_group(*sub, "Machine");
  add_threads_option(*sub, command->threads);
  begin_group(*sub, "Output");
  sub->add_option("-o,--output", command->output, "the copy of the model to write")
      ->required()
      ->type_name("FILE");
  sub->add_flag("--force", command->force, "replace an existing --output file");
  add_result_option(*sub, command->json, "sizes and accuracies as JSON");
  add_general_options(*sub, console);
  sub->footer(
      "Example:\n"
      "  newsclf compress news.safetensors --max-size 2MB -o small.safetensors --check held-out");
  sub->callback([command, &console] {
    if (command->max_loss && command->check.data.empty())
      throw CLI::ValidationError("--max-loss", "needs documents: give --check");
    check_model_argument(command->model, command->check.data);
    run_compress(*command, console);
  });
}

}  // namespace newsclf
