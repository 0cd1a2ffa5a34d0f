// SPDX-License-Identifier: MIT
// newsclf predict: a filter that writes one answer per document.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/config_file.hpp"
#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "commands/encoding_warnings.hpp"
#include "commands/outputs.hpp"
#include "commands/predict_inputs.hpp"
#include "commands/read_limit_options.hpp"
#include "commands/scoring.hpp"
#include "newsclf/corpus/input_documents.hpp"
#include "newsclf/error/error.hpp"
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
  std::string files_from;  ///< list of more files
  ScoringOptions scoring;
  AnswerOptions answers;
  Shard shard;
  bool trailer = false;
  std::string config;  ///< file of options
};

/// Adds --output-format, --header, --keep-columns, -k, --probabilities, --min-confidence,
/// --unknown-label, --explain.
void add_answer_options(CLI::App& app, AnswerOptions& options) {
  constexpr std::size_t kMostLabels = 1'000'000'000;
  begin_group(app, "Output");
  add_choice(app, "--output-format", options.format, kAnswerFormats,
             "one line per document: label TAB probability, label,probability, the label only, a "
             "JSON object, or __label__x probability");
  app.add_flag("--header", options.header, "begin with the names of the columns (tsv, csv)");
  app.add_flag("--keep-columns", options.keep_columns,
               "copy the columns of the input to the output; needs CSV, TSV or JSONL input");
  app.add_option_function<std::string>(
         "-k",
         [&options](const std::string& text) {
           options.prediction.labels =
               text == "all" ? 0 : parse_number("-k", text, std::size_t{1}, kMostLabels, "all or ");
         },
         "show the N most probable labels, or all; each with its probability")
      ->type_name("all|N")
      ->default_str("1");
  advanced(app.add_flag("--probabilities", options.probabilities,
                        "also show the probability of every label, in the order of the labels"));
  add_number(app, "--min-confidence", options.min_confidence, 0.0, 1.0, "P",
             "answer --unknown-label if the best label's probability times the share of known "
             "words is below P; instead of the model's thresholds, if it has some");
  advanced(app.add_option("--unknown-label", options.unknown_label,
                          "answer to documents that are refused")
               ->type_name("WORD"));
  add_number(app, "--explain", options.prediction.reasons, std::size_t{0}, std::size_t{1} << 31,
             "N",
             "list the N tokens that contributed most to the label and the N most against it; with "
             "their shares of its logit (integrated gradients); 0: none");
}

/// @throws CLI::ValidationError if the options contradict each other
void check_answer_options(const PredictCommand& command) {
  const AnswerOptions& answers = command.answers;
  const bool has_fields = answers.is_table() || answers.format == AnswerFormat::kJsonl;
  for (const auto& [given, option] : {std::pair{answers.prediction.reasons > 0, "--explain"},
                                      {answers.probabilities, "--probabilities"},
                                      {answers.keep_columns, "--keep-columns"}})
    if (given && !has_fields)
      throw CLI::ValidationError(option, "needs --output-format tsv, csv or jsonl");
  if (answers.header && !answers.is_table())
    throw CLI::ValidationError("--header", "needs --output-format tsv or csv");
  if (command.trailer && answers.format == AnswerFormat::kCsv)
    throw CLI::ValidationError("--trailer", "excludes --output-format csv");
  if (!answers.keep_columns) return;
  if (command.input.whole) throw CLI::ValidationError("--keep-columns", "excludes --document");
  for (const DataFormat format : {DataFormat::kTree, DataFormat::kFasttext, DataFormat::kLines})
    if (command.input.read.format == format)
      throw CLI::ValidationError("--keep-columns", "needs --format csv, tsv or jsonl");
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
  bool symbols_ignored = false;          ///< one of those contains symbols that are not tokens
};

/// Writes the answers to `documents` to stdout.
void answer(std::span<const Document> documents, const PredictionOptions& needed,
            Predictor& predictor, AnswerWriter& writer, Account& account) {
  const bool words_only =
      predictor.classifier().vectorizer.options().text.token_pattern == TokenPattern::kWords;
  const std::vector<Prediction> predictions = predictor.predict(documents, needed);
  for (std::size_t d = 0; d < documents.size(); ++d) {
    if (predictions[d].known_tokens > 0) continue;
    ++account.without_known_token;
    account.symbols_ignored |= words_only && contains_symbols(documents[d].text);
  }
  account.answers += std::ssize(documents);
  std::string out;
  try {
    writer.write(documents, predictions, out);
  } catch (const Error&) {
    write_stdout(out);  // the answers before the error
    throw;
  }
  write_stdout(out);
}

void tell_account(const Console& console, const Account& account, const ReadCounts& counts,
                  std::int64_t refused, const PredictCommand& command) {
  const auto note = [&](std::int64_t count, std::int64_t of, const std::string& what) {
    if (count > 0)
      console.note(fmt::format("{} of {} {}", with_commas(count), counted(of, "document"), what));
  };
  tell_what_was_not_read(console, counts);
  const ReadOptions& read = command.input.read;
  warn_of_long_documents(console, counts, read.limits);
  if (!warn_of_encoding(console, counts, read)) {
    note(counts.guessed, account.documents, "were decoded as windows-1252 (a guess)");
    note(counts.repaired - counts.guessed, account.documents,
         fmt::format("had invalid {} ({})", name_of_encoding(read.encoding),
                     name_of(kInvalidUtf8Policies, read.invalid_utf8)));
  }
  note(counts.lone_surrogates, account.documents, "had a lone surrogate (read as U+FFFD)");
  note(counts.stray_quotes, account.documents, std::string("had ") + kStrayQuotes);
  note(account.without_known_token, account.answers,
       fmt::format("had no token that the model knows; such answers are not informative{}",
                   account.symbols_ignored
                       ? "; emoji and symbols are not tokens under --token-pattern words"
                       : ""));
  const auto& least = command.answers.min_confidence;
  note(
      refused, account.answers,
      fmt::format("got the answer '{}': the confidence was below {}", command.answers.unknown_label,
                  least ? fmt::format("{}", *least) : "the model's threshold"));
}

void run_predict(const PredictCommand& command, const Console& console) {
  InputOptions input = command.input;
  const bool is_filter = input.files.empty() && command.files_from.empty();
  if (is_filter) input.files = {"-"};
  if (!command.files_from.empty()) add_listed_files(command.files_from, input.files, console);
  check_outputs({},
                {{"the model itself", {command.model}},
                 {"read as data", input.files},
                 {"also given to --files-from", {command.files_from}},
                 {"also given to --config", {command.config}}},
                console);
  const Classifier classifier = load_model(command.model);
  Workers workers(command.scoring.threads);
  warn_of_missing_threads(console, workers, command.scoring.threads);
  Predictor predictor(classifier, workers, open_forward(classifier.ensemble, command.scoring));
  AnswerWriter writer(command.answers, classifier);
  input.read = suit_columns(std::move(input.read), classifier);
  set_memory_limit(input.read.limits);
  if (is_filter && ::isatty(STDIN_FILENO) != 0)
    console.note(input.whole ? "reading one document from the terminal; end with Ctrl-D"
                             : "reading one document per line from the terminal; end with Ctrl-D");

  ProgressBar bar(console);
  InputReporter reporter(console, bar, input.files.size());
  input.on_detection = [&](const DetectedInput& detected) { reporter.add(detected); };
  InputDocuments stream(std::move(input), workers);
  // Answers on the terminal already show progress.
  const bool answers_on_terminal = ::isatty(STDOUT_FILENO) != 0;
  Account account;
  // Documents that have arrived are answered before waiting for more.
  auto block = reporter.next(stream);
  write_stdout(writer.begin(stream.has_ids(), stream.columns()));
  for (; !block.empty(); block = reporter.next(stream)) {
    std::vector<Document> kept;
    const std::int64_t before = account.documents;
    account.documents += std::ssize(block);
    if (command.shard.count > 1) block = kept = of_shard(block, before, command.shard);
    predictor.for_each_block(block, [&](std::span<const Document> documents) {
      answer(documents, command.answers.needed(), predictor, writer, account);
    });
    if (const auto done = stream.progress(); done && !answers_on_terminal)
      bar.update(*done, account.answers, "labelled");
  }
  bar.clear();
  if (command.trailer) write_stdout(writer.trailer(account.answers));
  tell_account(console, account, stream.counts(), writer.refused(), command);
  reporter.finish();
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
                  "files to label instead of standard input; a file is one document unless it "
                  "is an archive or contains CSV, TSV, JSON or fastText records")
      ->type_name("FILE");
  advanced(sub->add_option("--files-from", command->files_from,
                           "also label the files listed in LIST, one name per line or ended by "
                           "NUL; - reads the list from standard input")
               ->type_name("LIST"));
  sub->add_flag("--document", command->input.whole,
                "read standard input, or each file, as one document; it may be a newsgroup post");
  add_format_options(*sub, command->input.read);
  add_limit_options(*sub, command->input.read.limits, false);
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
      "Standard input has one document per line, unless it contains records or --format\n"
      "says otherwise; output keeps the input order.\n\n"
      "Examples:\n"
      "  echo 'the shuttle reached orbit' | newsclf predict news.safetensors\n"
      "  newsclf predict news.safetensors posts/*.txt -k 3\n"
      "  newsclf predict news.safetensors new.csv --output-format jsonl --explain 5");
  sub->callback([command, &console] {
    check_scoring_options(command->scoring);
    check_answer_options(*command);
    command->input.read.columns.keep = command->answers.keep_columns;
    command->answers.label_prefix = command->input.read.label_prefix;
    if (command->input.whole && command->input.read.format != DataFormat::kAuto)
      throw CLI::ValidationError("--document", "excludes --format");
    if (command->files_from == "-" && std::ranges::count(command->input.files, "-") > 0)
      throw CLI::ValidationError("--files-from", "standard input is already used for FILE");
    check_model_argument(command->model, command->input.files);
    run_predict(*command, console);
  });
}

}  // namespace newsclf
