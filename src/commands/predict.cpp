// SPDX-License-Identifier: MIT
// newsclf predict: a filter that writes one answer per document.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <vector>

#include "cli/config_file.hpp"
#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "commands/encoding_warnings.hpp"
#include "commands/outputs.hpp"
#include "commands/scoring.hpp"
#include "newsclf/corpus/input_documents.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/predictor.hpp"
#include "newsclf/report/answers.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

/// Every n-th document, beginning with the i-th: `i/n`.
struct Shard {
  std::int64_t index = 1;
  std::int64_t count = 1;
};

struct PredictCommand {
  std::string model;
  InputOptions input;
  ScoringOptions scoring;
  AnswerOptions answers;
  Shard shard;
  bool trailer = false;
  std::string config;  ///< file of options
};

/// Adds --output-format, -k, --min-confidence, --unknown-label, --explain.
void add_answer_options(CLI::App& app, AnswerOptions& options) {
  constexpr std::size_t kMostLabels = 1'000'000'000;
  begin_group(app, "Output");
  add_choice(app, "--output-format", options.format, kAnswerFormats,
             "one line per document: label TAB probability, the label only, a JSON object, or "
             "__label__x probability");
  app.add_option_function<std::string>(
         "-k",
         [&options](const std::string& text) {
           options.prediction.labels =
               text == "all" ? 0 : parse_number("-k", text, std::size_t{1}, kMostLabels, "all or ");
         },
         "show the N most probable labels, or all, with their probabilities")
      ->type_name("all|N")
      ->default_str("1");
  add_number(app, "--min-confidence", options.min_confidence, 0.0, 1.0, "P",
             "answer --unknown-label if the best label is less probable than P");
  advanced(app.add_option("--unknown-label", options.unknown_label, "answer below --min-confidence")
               ->type_name("WORD"));
  add_number(app, "--explain", options.prediction.reasons, std::size_t{0}, std::size_t{1} << 31,
             "N",
             "list the N tokens that contributed most to the label and the N most against it, with "
             "their shares of its logit (integrated gradients); 0: none");
}

/// @throws CLI::ValidationError if the options contradict each other
void check_answer_options(const AnswerOptions& options) {
  const bool has_explanations =
      options.format == AnswerFormat::kTsv || options.format == AnswerFormat::kJsonl;
  if (options.prediction.reasons > 0 && !has_explanations)
    throw CLI::ValidationError("--explain", "needs --output-format tsv or jsonl");
}

Shard parse_shard(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto index = to_number<std::int64_t>(std::string_view(text).substr(0, slash));
  const auto count =
      to_number<std::int64_t>(std::string_view(text).substr(std::min(slash + 1, text.size())));
  if (!index || !count || *index < 1 || *index > *count)
    throw CLI::ValidationError("--shard", "must be i/n, such as 1/4, got '" + text + "'");
  return {*index, *count};
}

/// The documents of `block` in `shard`. @param before number of documents before `block`
std::vector<Document> of_shard(std::span<const Document> block, std::int64_t before,
                               const Shard& shard) {
  std::vector<Document> kept;
  for (std::size_t d = 0; d < block.size(); ++d)
    if ((before + static_cast<std::int64_t>(d)) % shard.count == shard.index - 1)
      kept.push_back(block[d]);
  return kept;
}

/// Counts that are printed at the end.
struct Account {
  std::int64_t documents = 0;            ///< documents read
  std::int64_t answers = 0;              ///< answers written
  std::int64_t without_known_token = 0;  ///< answers to documents without a known token
};

void tell_account(const Console& console, const Account& account, const ReadCounts& counts,
                  std::int64_t unsure, const PredictCommand& command) {
  const auto note = [&](std::int64_t count, std::int64_t of, const std::string& what) {
    if (count > 0)
      console.note(fmt::format("{} of {} {}", with_commas(count), counted(of, "document"), what));
  };
  tell_what_was_not_read(console, counts);
  const ReadOptions& read = command.input.read;
  if (!warn_of_encoding(console, counts, read)) {
    note(counts.guessed, account.documents, "were decoded as windows-1252 (a guess)");
    note(counts.repaired - counts.guessed, account.documents,
         fmt::format("had invalid {} ({})", name_of_encoding(read.encoding),
                     name_of(kInvalidUtf8Policies, read.invalid_utf8)));
  }
  note(counts.lone_surrogates, account.documents, "had a lone surrogate (read as U+FFFD)");
  note(account.without_known_token, account.answers,
       "had no token that the model knows; such answers are not informative");
  note(unsure, account.answers,
       fmt::format("got the answer '{}': the best label was less probable than {}",
                   command.answers.unknown_label, command.answers.min_confidence));
}

void run_predict(const PredictCommand& command, const Console& console) {
  check_outputs({},
                {{"the model itself", {command.model}},
                 {"read as data", command.input.files.empty() ? std::vector<std::string>{"-"}
                                                              : command.input.files},
                 {"also given to --config", {command.config}}},
                console);
  const Classifier classifier = load_model(command.model);
  Workers workers(command.scoring.threads);
  warn_of_missing_threads(console, workers, command.scoring.threads);
  Predictor predictor(classifier, workers, open_forward(classifier.network, command.scoring));
  AnswerWriter writer(command.answers, classifier);
  InputOptions input = command.input;
  input.read = suit_columns(std::move(input.read), classifier);
  if (input.files.empty() && ::isatty(STDIN_FILENO) != 0)
    console.note(input.whole ? "reading one document from the terminal; end with Ctrl-D"
                             : "reading one document per line from the terminal; end with Ctrl-D");

  InputDocuments stream(std::move(input), workers);
  ProgressBar bar(console);
  // Answers on the terminal already show progress.
  const bool answers_on_terminal = ::isatty(STDOUT_FILENO) != 0;
  Account account;
  // Documents that have arrived are answered before waiting for more.
  for (auto block = stream.next(); !block.empty(); block = stream.next()) {
    std::vector<Document> kept;
    const std::int64_t before = account.documents;
    account.documents += std::ssize(block);
    if (command.shard.count > 1) block = kept = of_shard(block, before, command.shard);
    const std::vector<Prediction> predictions =
        predictor.predict(block, command.answers.prediction);
    for (const Prediction& prediction : predictions)
      account.without_known_token += prediction.known_tokens == 0;
    account.answers += std::ssize(block);
    write_stdout(writer.write(block, stream.has_ids(), predictions));
    if (const auto done = stream.progress(); done && !answers_on_terminal)
      bar.update(*done, account.answers, "labelled");
  }
  bar.clear();
  if (command.trailer) write_stdout(writer.trailer(account.answers));
  tell_account(console, account, stream.counts(), writer.unsure(), command);
}

}  // namespace

void setup_predict(CLI::App& app, Console& console) {
  CLI::App* const sub =
      app.add_subcommand("predict", "label documents, one output line per document");
  auto command = std::make_shared<PredictCommand>();
  add_config_option(*sub, command->config);
  begin_group(*sub, "Data");
  sub->add_option("MODEL", command->model, "a model file")->required()->type_name("FILE");
  sub->add_option("FILE", command->input.files,
                  "files to label instead of standard input; a file that is not .csv, .tsv, "
                  ".jsonl or .tar is one document")
      ->type_name("FILE");
  sub->add_flag(
      "--document", command->input.whole,
      "read standard input, or each file, as one document, which may be a newsgroup post");
  add_format_options(*sub, command->input.read);
  advanced(sub->add_option_function<std::string>(
                  "--shard",
                  [command](const std::string& text) { command->shard = parse_shard(text); },
                  "label only every n-th document, beginning with the i-th")
               ->type_name("i/n"));
  add_answer_options(*sub, command->answers);
  advanced(
      sub->add_flag("--trailer", command->trailer, "print a last line with the number of answers"));
  add_scoring_options(*sub, command->scoring);
  add_general_options(*sub, console);
  sub->footer(
      "Standard input has one document per line, unless --format says otherwise; output\n"
      "keeps the input order.\n\n"
      "Examples:\n"
      "  echo 'the shuttle reached orbit' | newsclf predict news.safetensors\n"
      "  newsclf predict news.safetensors posts/*.txt -k 3\n"
      "  newsclf predict news.safetensors new.csv --output-format jsonl --explain 5");
  sub->callback([command, &console] {
    check_scoring_options(command->scoring);
    check_answer_options(command->answers);
    command->answers.label_prefix = command->input.read.label_prefix;
    if (command->input.whole && command->input.read.format != DataFormat::kAuto)
      throw CLI::ValidationError("--document", "excludes --format");
    check_model_argument(command->model, command->input.files);
    run_predict(*command, console);
  });
}

}  // namespace newsclf
