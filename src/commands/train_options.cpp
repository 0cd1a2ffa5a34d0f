// SPDX-License-Identifier: MIT
#include "commands/train_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <tuple>
#include <utility>

#include "newsclf/parallel/machine.hpp"
#include "cli/option_tree.hpp"

namespace newsclf {
namespace {

constexpr std::int64_t kMost = 1'000'000;
constexpr Choice<bool> kPostHeaders[] = {{"keep", true}, {"strip", false}};

int parse_int(const std::string& option, std::string_view text, int low, int high) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < low || number > high)
    throw CLI::ValidationError(option,
                               fmt::format("'{}' is no number from {} to {}", text, low, high));
  return number;
}

/// "2-3" is 2 to 3; "3" is `alone` to 3, or 3 to 3 where `alone` is 0.
std::pair<int, int> parse_range(const std::string& option, std::string_view text, int alone) {
  constexpr int kLongest = 10;
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    const int high = parse_int(option, text, 1, kLongest);
    return {alone == 0 ? high : alone, high};
  }
  const int low = parse_int(option, text.substr(0, dash), 1, kLongest);
  return {low, parse_int(option, text.substr(dash + 1), low, kLongest)};
}

/// "800MB" in bytes.
std::int64_t parse_size(const std::string& text) {
  std::string bytes = text;
  try {
    CLI::AsSizeValue(true)(bytes);  // turns the text into a number
  } catch (const CLI::ValidationError&) {
    bytes = "0";
  }
  const auto size = std::strtoull(bytes.c_str(), nullptr, 10);
  if (size == 0 || size > std::numeric_limits<std::int64_t>::max())
    throw CLI::ValidationError("--max-memory", "'" + text + "' is no size such as 800MB or 2GiB");
  return static_cast<std::int64_t>(size);
}

void parse_strip(const std::vector<std::string>& parts, TextOptions& options) {
  const std::string known[] = {"quotes", "footers"};
  for (const std::string& part : parts) {
    if (part == "quotes")
      options.strip_quotes = true;
    else if (part == "footers")
      options.strip_footers = true;
    else
      throw CLI::ValidationError("--strip", none_of(part, known));
  }
}

void add_text_options(CLI::App& app, TrainCommand& command) {
  VectorizerOptions& options = command.learning.vectorizer;
  TextOptions& text = options.text;
  const std::string group = "Text";
  add_choice(app, "--post-headers", text.post_headers, kPostHeaders,
             "the header block of newsgroup posts as text")
      ->group(group);
  app.add_option_function<std::vector<std::string>>(
         "--strip", [&text](const auto& parts) { parse_strip(parts, text); },
         "leave this out of posts")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("quotes,footers")
      ->group(group);
  add_number(app, "--subject-weight", text.subject_weight, 0, 1000, "N",
             "count a post's subject this many more times")
      ->group(group);
  app.add_flag("--keep-case", text.keep_case, "tell Space from space")->group(group);
  add_choice(app, "--token-pattern", text.token_pattern, kTokenPatterns,
             "tokens are runs of word characters, or of anything but white space")
      ->group(group);
  app.add_option_function<std::string>(
         "--word-ngrams",
         [&text](const std::string& range) {
           std::tie(text.min_ngram, text.max_ngram) = parse_range("--word-ngrams", range, 1);
         },
         "runs of N (or M to N) neighbouring tokens count as tokens; 2 means 1-2")
      ->type_name("M-N")
      ->default_str("1")
      ->group(group);
  app.add_option_function<std::string>(
         "--char-ngrams",
         [&command, &text](const std::string& range) {
           command.learning.suit_char_ngrams = false;
           if (range == "none") return;
           std::tie(text.min_char_ngram, text.max_char_ngram) =
               parse_range("--char-ngrams", range, 0);
         },
         "runs of M to N characters within a token count as tokens too; none: no such runs")
      ->type_name("none|M-N")
      ->default_str(in_words("3-5 for documents of less than 200 bytes on average, otherwise none"))
      ->group(group);

  VocabularyOptions& vocabulary = options.vocabulary;
  add_number(app, "--min-df", vocabulary.min_df, std::int64_t{1}, std::int64_t{1} << 40, "N",
             "leave out tokens of fewer documents")
      ->group(group);
  add_number(app, "--max-df", vocabulary.max_df, 0.0, 1.0, "SHARE",
             "leave out tokens of a larger share of the documents")
      ->group(group);
  add_number(app, "--max-features", vocabulary.max_features, std::int64_t{0}, std::int64_t{1} << 31,
             "N", "keep the N tokens of the most documents; 0 keeps all")
      ->group(group);
  app.add_option("--stop-words", command.stop_words,
                 "leave out these tokens: a list of English function words, or the tokens in a file")
      ->type_name("none|english|FILE")
      ->capture_default_str()
      ->group(group);
  add_choice(app, "--weighting", options.weighting.weighting, kWeightings,
             "what a token of a document weighs: tf, 1, 1 + ln tf, or (1 + ln tf) idf")
      ->group(group);
  add_choice(app, "--token-scale", options.weighting.token_scale, kTokenScales,
             "multiply that by how strongly the token speaks for a label (naive Bayes)")
      ->group(group);
  add_choice(app, "--norm", options.weighting.norm, kNorms,
             "bring every document to the same Euclidean norm, or leave it")
      ->group(group);
}

void add_validation_options(CLI::App& app, TrainCommand& command) {
  ValidationOptions& options = command.learning.validation;
  TrainingOptions& training = command.learning.training;
  const std::string group = "Validation";
  CLI::Option* const fraction =
      add_number(app, "--valid-fraction", options.fraction, 0.0, 0.9, "SHARE",
                 "hold this share of the documents out of the training, score them after every "
                 "epoch, fit the temperature of the probabilities on them, then train again on "
                 "everything; posts of one subject stay on one side");
  fraction->group(group);
  app.add_option("--valid", command.valid, "hold out these documents instead; read as DATA is")
      ->allow_extra_args(false)
      ->type_name("PATH")
      ->excludes(fraction)
      ->group(group);
  add_number(app, "--patience", training.patience, std::int64_t{0}, kMost, "N",
             "stop when N epochs in a row were no better on the documents held out, and keep the "
             "best one; 0 never stops early")
      ->group(group);
  app.add_flag_callback(
         "--no-calibration", [&options] { options.calibrate = false; },
         "fit no temperature: leave the probabilities as the network gives them")
      ->group(group);
  app.add_flag_callback(
         "--no-refit", [&options] { options.refit = false; },
         "keep the network that has not learnt from the documents held out")
      ->group(group);
}

void add_model_options(CLI::App& app, TrainingOptions& options) {
  const std::string group = "Model";
  app.add_option_function<std::vector<std::int64_t>>(
         "--hidden",
         [&options](const std::vector<std::int64_t>& units) {
           if (units.size() != 2 || std::min(units[0], units[1]) < 1 ||
               std::max(units[0], units[1]) > 65536)
             throw CLI::ValidationError("--hidden", "give two numbers from 1 to 65536");
           options.hidden1 = units[0];
           options.hidden2 = units[1];
         },
         "units of the two hidden layers")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("H1,H2")
      ->default_str(fmt::format("{},{}", options.hidden1, options.hidden2))
      ->group(group);
  add_number(app, "--members", options.members, std::int64_t{1}, std::int64_t{100}, "N",
             "train N networks from different first weights and average their probabilities")
      ->default_str(in_words("3"))
      ->group(group);
  add_number(app, "--dropout", options.dropout, 0.0, 0.99, "SHARE",
             "share of hidden units dropped in a step")
      ->group(group);
  add_number(app, "--word-dropout", options.word_dropout, 0.0, 0.99, "SHARE",
             "share of a document's tokens dropped in a step")
      ->group(group);
}

void add_training_options(CLI::App& app, TrainCommand& command) {
  TrainingOptions& options = command.learning.training;
  const std::string group = "Training";
  add_choice(
      app, "--optimizer", options.optimizer, kOptimizers,
      "how weights are updated: by Adam over all of them; over the first layer's rows that a batch "
      "holds; the same with one second moment a row")
      ->group(group);
  add_number(app, "--epochs", options.epochs, std::int64_t{1}, kMost, "N",
             "passes over the documents")
      ->default_str(in_words("6 to 85, the fewer documents a label the more"))
      ->group(group);
  add_number(app, "--batch-size", options.batch_size, std::int64_t{1}, kMost, "N",
             "documents a step")
      ->default_str(in_words("16 to 128, the fewer documents the fewer"))
      ->group(group);
  add_number(app, "--lr", options.lr, 1e-30, 1e30, "RATE", "rate of the first step")
      ->default_str(in_words("0.0007 to 0.002, the fewer documents the lower"))
      ->group(group);
  add_choice(app, "--lr-schedule", options.lr_schedule, kLrSchedules,
             "the rate falls to 0 over the training, or stays")
      ->group(group);
  add_number(app, "--weight-decay", options.weight_decay, 0.0, 1e6, "SHARE",
             "a step shrinks every weight by this share, times the rate (AdamW)")
      ->default_str(in_words("what shrinks weights by a third in all"))
      ->group(group);
  add_number(app, "--label-smoothing", options.label_smoothing, 0.0, 0.9, "SHARE",
             "this share of the truth is given to all labels alike")
      ->group(group);
  app.add_option("--class-weight", command.learning.class_weight,
                 "what a document counts in the loss: none: all alike; balanced: all labels alike; "
                 "or a file, a line a label: LABEL TAB WEIGHT")
      ->type_name("none|balanced|FILE")
      ->capture_default_str()
      ->group(group);
  app.add_option_function<std::string>(
         "--seed",
         [&options](const std::string& text) {
           const char* const end = text.data() + text.size();
           const auto [stop, error] = std::from_chars(text.data(), end, options.seed);
           if (error != std::errc() || stop != end)
             throw CLI::ValidationError("--seed", "'" + text + "' is no number from 0 to 2^64-1");
         },
         "of weights, order and dropout; same seed, same model")
      ->type_name("N")
      ->default_str("0")
      ->group(group);
  add_machine_options(app, command.threads, command.learning.device, group);
  app.add_option_function<std::string>(
         "--max-memory",
         [&command](const std::string& text) { command.learning.max_memory = parse_size(text); },
         "refuse to start where the training would take more than this: 800MB, 2GiB")
      ->type_name("SIZE")
      ->default_str(in_words("what the machine has"))
      ->group(group);
}

}  // namespace

TrainCommand::TrainCommand() { learning.max_memory = available_memory(); }

void add_train_options(CLI::App& app, TrainCommand& command) {
  add_data_options(app, command.data);
  add_validation_options(app, command);
  add_text_options(app, command);
  add_model_options(app, command.learning.training);
  add_training_options(app, command);
  app.add_option("-o,--output", command.output, "the model file to write")
      ->required()
      ->type_name("MODEL")
      ->group("Output");
  app.add_flag("--force", command.force, "replace the model file and the log if they are there")->group("Output");
  app.add_flag(
         "--print-config", command.print_config,
         "train nothing: write all options with their values, as --config reads them, to stdout")
      ->configurable(false)
      ->group("Output");
  app.add_option("--log", command.log, "write one JSON object an epoch to this file, while it runs")
      ->type_name("FILE")
      ->group("Output");
}

void check_train_options(const TrainCommand& command) {
  if (command.output.empty() || command.output == "-")
    throw CLI::ValidationError("--output", "a model is written to a file; give its name");
  if (command.log == "-")
    throw CLI::ValidationError("--log", "the log is written to a file; give its name");
  const ValidationOptions& validation = command.learning.validation;
  if (command.learning.training.patience > 0 && command.valid.empty() && validation.fraction == 0)
    throw CLI::ValidationError("--patience",
                               "it needs documents held out: --valid-fraction or --valid");
}

}  // namespace newsclf
