// SPDX-License-Identifier: MIT
#include "commands/train_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "cli/config_file.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {
namespace {

constexpr std::int64_t kMost = 1'000'000;
constexpr Choice<bool> kPostHeaders[] = {{"keep", true}, {"strip", false}};

/// Parses "2-3" as 2 to 3, and "3" as `first` to 3, or as 3 to 3 if `first` is 0.
std::pair<int, int> parse_range(const std::string& option, std::string_view text, int first) {
  constexpr int kLongest = 10;
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    const int high = parse_number(option, text, 1, kLongest);
    return {first == 0 ? high : first, high};
  }
  const int low = parse_number(option, text.substr(0, dash), 1, kLongest);
  return {low, parse_number(option, text.substr(dash + 1), low, kLongest)};
}

void parse_strip(const std::vector<std::string>& parts, TextOptions& options) {
  constexpr Choice<bool TextOptions::*> kParts[] = {{"quotes", &TextOptions::strip_quotes},
                                                    {"footers", &TextOptions::strip_footers}};
  for (const std::string& part : parts) {
    const auto member = value_of(kParts, part);
    if (!member) throw CLI::ValidationError("--strip", must_be_one_of(part, words_of(kParts)));
    options.*(*member) = true;
  }
}

void add_text_options(CLI::App& app, TrainCommand& command) {
  VectorizerOptions& options = command.learning.vectorizer;
  TextOptions& text = options.text;
  begin_group(app, "Text");
  advanced(add_choice(app, "--post-headers", text.post_headers, kPostHeaders,
                      "keep or strip the header block of newsgroup posts"));
  advanced(app.add_option_function<std::vector<std::string>>(
                  "--strip", [&text](const auto& parts) { parse_strip(parts, text); },
                  "remove these parts of newsgroup posts")
               ->delimiter(',')
               ->allow_extra_args(false)
               ->type_name("quotes,footers"));
  advanced(add_number(app, "--subject-weight", text.subject_weight, 0, 1000, "N",
                      "count the tokens of a post's subject N more times"));
  advanced(app.add_flag("--keep-case", text.keep_case,
                        "keep upper case: Space and space are two tokens"));
  advanced(add_choice(app, "--token-pattern", text.token_pattern, kTokenPatterns,
                      "tokens are words, characters of scripts without spaces, emoji and symbols; "
                      "or runs of word characters, or of anything but white space"));
  advanced(app.add_option_function<std::string>(
                  "--script-ngrams",
                  [&text](const std::string& range) {
                    std::tie(text.min_script_ngram, text.max_script_ngram) =
                        parse_range("--script-ngrams", range, 1);
                  },
                  "--token-pattern text: in Chinese, Japanese, Thai, Lao, Khmer and Burmese, use "
                  "n-grams of M to N characters; 2 means 1-2")
               ->type_name("M-N")
               ->default_str("1-3"));
  advanced(app.add_option_function<std::string>(
                  "--word-ngrams",
                  [&text](const std::string& range) {
                    std::tie(text.min_ngram, text.max_ngram) =
                        parse_range("--word-ngrams", range, 1);
                  },
                  "use n-grams of M to N tokens; 2 means 1-2")
               ->type_name("M-N")
               ->default_str("1"));
  advanced(app.add_option_function<std::string>(
                  "--char-ngrams",
                  [&command, &text](const std::string& range) {
                    command.learning.suit_char_ngrams = false;
                    if (range == "none") return;
                    std::tie(text.min_char_ngram, text.max_char_ngram) =
                        parse_range("--char-ngrams", range, 0);
                  },
                  "also use n-grams of M to N characters within a token; none: do not")
               ->type_name("none|M-N")
               ->default_str(in_words(
                   "3-5 for documents shorter than 200 characters on average, otherwise none")));

  VocabularyOptions& vocabulary = options.vocabulary;
  advanced(add_number(app, "--min-df", vocabulary.min_df, std::int64_t{1}, std::int64_t{1} << 40,
                      "N", "ignore tokens in fewer than N documents"));
  advanced(add_number(app, "--max-df", vocabulary.max_df, 0.0, 1.0, "SHARE",
                      "ignore tokens in more than this share of the documents"));
  advanced(add_number(app, "--max-features", vocabulary.max_features, std::int64_t{0},
                      std::int64_t{1} << 31, "N",
                      "keep the N tokens that occur in the most documents; 0: all"));
  advanced(app.add_option("--stop-words", command.stop_words,
                          "ignore these tokens: English function words, or those in a file")
               ->type_name("none|english|FILE")
               ->capture_default_str());
  advanced(add_choice(app, "--weighting", options.weighting.weighting, kWeightings,
                      "weight of a token in a document: tf, 1, 1 + ln tf, or (1 + ln tf) idf"));
  advanced(add_choice(app, "--token-scale", options.weighting.token_scale, kTokenScales,
                      "multiply the weight by the naive-Bayes log-count ratio of the token"));
  advanced(app.add_option_function<std::string>(
                  "--nb-smoothing",
                  [&command, &options](const std::string& number) {
                    command.learning.suit_nb_smoothing = false;
                    options.weighting.nb_smoothing =
                        parse_number("--nb-smoothing", number, 1e-6, 1e6);
                  },
                  "smoothing of that ratio; more gives less weight to rare tokens")
               ->type_name("N")
               ->default_str(in_words("10 for short documents, at least 600 per label, else 0.3")));
  advanced(add_choice(app, "--norm", options.weighting.norm, kNorms,
                      "scale every document to the same Euclidean norm"));
}

void add_validation_options(CLI::App& app, TrainCommand& command) {
  ValidationOptions& options = command.learning.validation;
  TrainingOptions& training = command.learning.training;
  begin_group(app, "Validation");
  CLI::Option* const fraction =
      add_number(app, "--valid-fraction", options.fraction, 0.0, 0.9, "SHARE",
                 "hold out this share of the documents: score them after every epoch, calibrate "
                 "the probabilities on them, then train again on all documents");
  add_valid_option(app, command, "hold out these documents instead; read like DATA")
      ->excludes(fraction);
  advanced(add_number(
      app, "--patience", training.patience, std::int64_t{0}, kMost, "N",
      "stop after N epochs without improvement on the held-out documents, and keep the best "
      "epoch; 0: never"));
  add_calibration_option(app, options);
  advanced(app.add_flag_callback(
      "--no-refit", [&options] { options.refit = false; }, "do not train again on all documents"));
}

void add_model_options(CLI::App& app, LearningOptions& learning) {
  TrainingOptions& options = learning.training;
  begin_group(app, "Model");
  add_choice(app, "--preset", options.preset, kPresets,
             "values for --members, --linear and --inputs: faster or more accurate");
  app.add_option_function<std::vector<std::string>>(
         "--hidden",
         [&options](const std::vector<std::string>& units) {
           constexpr std::int64_t kMostUnits = 65536;
           if (units.size() != 2)
             throw CLI::ValidationError("--hidden", "must be two numbers, such as 100,100");
           options.hidden1 = parse_number("--hidden", units[0], std::int64_t{1}, kMostUnits);
           options.hidden2 = parse_number("--hidden", units[1], std::int64_t{1}, kMostUnits);
         },
         "units of the two hidden layers")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("H1,H2")
      ->default_str(fmt::format("{},{}", options.hidden1, options.hidden2));
  advanced(add_number(app, "--members", options.members, std::int64_t{1}, std::int64_t{100}, "N",
                      "train N networks for each of --inputs; average their probabilities")
               ->default_str(in_words("3; --preset fast: 1")));
  advanced(add_choice(app, "--linear", options.linear, kLinearInputs,
                      "average a linear classifier with them, on words or also on n-grams of two "
                      "words")
               ->default_str(in_words("bigrams; --preset fast: words")));
  advanced(app.add_option_function<std::vector<std::string>>(
                  "--inputs",
                  [&options](const std::vector<std::string>& words) {
                    options.inputs.clear();
                    for (const std::string& word : words) {
                      const auto input = value_of(kNetworkInputs, word);
                      if (!input || std::ranges::count(options.inputs, *input) > 0)
                        throw CLI::ValidationError("--inputs",
                                                   must_be_one_of(word, words_of(kNetworkInputs)));
                      options.inputs.push_back(*input);
                    }
                  },
                  "train networks on words, on words and n-grams of two words, on n-grams of "
                  "characters")
               ->delimiter(',')
               ->allow_extra_args(false)
               ->type_name("words,bigrams,characters")
               ->default_str(in_words("words; --preset best: all")));
  advanced(add_number(app, "--dropout", options.dropout, 0.0, 0.99, "SHARE",
                      "share of hidden units dropped per step"));
  advanced(add_number(app, "--word-dropout", options.word_dropout, 0.0, 0.99, "SHARE",
                      "share of the tokens of a document dropped per step"));
  advanced(add_choice(app, "--weights", learning.compactness.weights, kWeightForms,
                      "store the first layers as products of small matrices in 8 bits, without "
                      "tokens of little importance, or all weights in 8, 16 or 32 bits"));
  advanced(add_size(app, "--max-model-size", learning.max_model_bytes,
                    "make the model file at most this large, as compress does: it keeps the tokens "
                    "that matter most, and the linear classifier only if there is room"));
}

void add_training_options(CLI::App& app, TrainCommand& command) {
  TrainingOptions& options = command.learning.training;
  command.learning.max_memory = available_memory();
  begin_group(app, "Training");
  advanced(add_choice(
      app, "--optimizer", options.optimizer, kOptimizers,
      "Adam on all weights, or RMSprop by rows on the first layer and Adam on the rest"));
  add_number(app, "--epochs", options.epochs, std::int64_t{1}, kMost, "N",
             "number of passes over the documents")
      ->default_str(in_words("5 to 59, more for fewer documents per label"));
  advanced(add_number(app, "--batch-size", options.batch_size, std::int64_t{1}, kMost, "N",
                      "number of documents per step")
               ->default_str(in_words("32 to 256, smaller for fewer documents")));
  advanced(add_number(app, "--lr", options.lr, 1e-30, 1e30, "RATE", "initial learning rate")
               ->default_str(in_words("0.0014 to 0.004, lower for fewer documents")));
  advanced(add_choice(app, "--lr-schedule", options.lr_schedule, kLrSchedules,
                      "decrease the learning rate linearly to 0, or keep it constant"));
  advanced(add_number(app, "--weight-decay", options.weight_decay, 0.0, 1e6, "SHARE",
                      "decoupled weight decay of AdamW: multiplied by the learning rate per step")
               ->default_str(in_words("chosen to shrink weights by a third in total")));
  advanced(add_number(app, "--label-smoothing", options.label_smoothing, 0.0, 0.9, "SHARE",
                      "share of the target spread evenly over all labels"));
  advanced(
      app.add_option(
             "--class-weight", command.learning.class_weight,
             "weight of each label in the loss; none: all equal, or, with --init, by the documents "
             "that they stand for; balanced: higher for rarer labels; FILE: lines LABEL TAB "
             "WEIGHT")
          ->type_name("none|balanced|FILE")
          ->capture_default_str());
  app.add_option_function<std::string>(
         "--seed",
         [&options](const std::string& text) {
           options.seed = parse_number("--seed", text, std::uint64_t{0},
                                       std::numeric_limits<std::uint64_t>::max());
         },
         "random seed; the same seed gives the same model")
      ->type_name("N")
      ->default_str("0");
  add_machine_options(app, command.threads, command.learning.device);
  advanced(
      add_size(app, "--max-memory", command.learning.max_memory,
               "train from disk if documents and tokens would take more memory than this, such "
               "as 2GiB; refuse to start if the networks do not fit either")
          ->default_str(in_words("the memory of the machine")));
}

}  // namespace

void add_training_data_options(CLI::App& app, TrainCommand& command) {
  add_config_option(app, command.config);
  add_data_options(app, command.data);
}

CLI::Option* add_valid_option(CLI::App& app, TrainCommand& command, const std::string& what) {
  return advanced(
      app.add_option("--valid", command.valid, what)->allow_extra_args(false)->type_name("PATH"));
}

void add_calibration_option(CLI::App& app, ValidationOptions& options) {
  begin_group(app, "Validation");
  advanced(app.add_flag_callback(
      "--no-calibration", [&options] { options.calibrate = false; },
      "do not calibrate the probabilities"));
}

void add_learning_options(CLI::App& app, TrainCommand& command) {
  add_text_options(app, command);
  add_model_options(app, command.learning);
  add_training_options(app, command);
}

void add_model_output_option(CLI::App& app, TrainCommand& command) {
  begin_group(app, "Output");
  app.add_option("-o,--output", command.output, "the model file to write")
      ->required()
      ->type_name("MODEL");
}

void add_print_config_option(CLI::App& app, TrainCommand& command) {
  begin_group(app, "Output");
  advanced(app.add_flag_callback(
                  "--print-config",
                  [&app, &command] {
                    command.print_config = true;
                    for (CLI::Option* option : app.get_options()) option->required(false);
                  },
                  "print all options with their values in the format of --config; do not train")
               ->configurable(false));
}

namespace {

void add_init_options(CLI::App& app, TrainCommand& command) {
  begin_group(app, "Start");
  CLI::Option* const init =
      advanced(app.add_option("--init", command.init,
                              "start from this model instead of random weights; it keeps its "
                              "labels and tokens, DATA may add some; the options of text and model "
                              "are its own")
                   ->type_name("MODEL"));
  advanced(app.add_option("--replay", command.replay,
                          "also train on these documents, with which MODEL was trained, so that it "
                          "does not forget them; read like DATA, never held out")
               ->allow_extra_args(false)
               ->type_name("PATH")
               ->needs(init));
  advanced(add_number(app, "--max-drop", command.max_drop, 0.0, 1.0, "SHARE",
                      "write nothing and exit with status 3 if the accuracy on held-out documents "
                      "with a label of MODEL is lower by more than SHARE than that of MODEL: 0.005 "
                      "is half a percentage point")
               ->needs(init));
}

}  // namespace

void add_train_options(CLI::App& app, TrainCommand& command) {
  add_training_data_options(app, command);
  add_init_options(app, command);
  add_validation_options(app, command);
  add_learning_options(app, command);
  add_model_output_option(app, command);
  app.add_flag("--force", command.force, "replace an existing model file, checkpoint or log");
  CheckpointOptions& checkpoint = command.checkpoint;
  advanced(app.add_option("--cache", command.cache,
                          "train from files in this folder instead of memory, and keep them for "
                          "trainings with the same documents and tokens; without it, documents "
                          "beyond --max-memory go to files that are not kept")
               ->type_name("DIR"));
  advanced(app.add_option("--checkpoint", checkpoint.path,
                          "write the state of the training to this file from time to time and "
                          "before a signal ends the run; removed once the model is written")
               ->type_name("FILE"));
  advanced(app.add_option_function<std::string>(
                  "--checkpoint-every",
                  [&checkpoint](const std::string& text) {
                    checkpoint.every_s = parse_time("--checkpoint-every", text, 0);
                  },
                  "time between two checkpoints, such as 60s, 5m or 1h")
               ->type_name("TIME")
               ->default_str("60s"));
  advanced(app.add_option("--resume", checkpoint.resume,
                          "go on with this checkpoint, with the documents and options that it was "
                          "written with; the model is the one of a run without interruption")
               ->type_name("FILE"));
  add_print_config_option(app, command);
  advanced(app.add_option("--log", command.log, "write one JSON object per epoch to this file")
               ->type_name("FILE"));
}

void check_train_options(const TrainCommand& command) {
  if ((command.output.empty() && !command.print_config) || command.output == "-")
    throw CLI::ValidationError("--output",
                               fmt::format("must be a file name, got '{}'", command.output));
  const CheckpointOptions& checkpoint = command.checkpoint;
  if (checkpoint.path == "-")
    throw CLI::ValidationError("--checkpoint", "must be a file name, got '-'");
  if (!command.cache.empty() && !command.init.empty())
    throw CLI::ValidationError("--cache", "cannot be used with --init");
  if (command.log == "-") throw CLI::ValidationError("--log", "must be a file name, got '-'");
  if (command.learning.training.patience > 0 && command.valid.empty() &&
      command.learning.validation.fraction == 0)
    throw CLI::ValidationError("--patience",
                               "needs held-out documents: --valid-fraction or --valid");
  if (command.max_drop && command.valid.empty() && command.learning.validation.fraction == 0)
    throw CLI::ValidationError("--max-drop",
                               "needs held-out documents: --valid-fraction or --valid");
}

}  // namespace newsclf
