// SPDX-License-Identifier: MIT
// newsclf tune: searches for the options of a training, and trains a model with them.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/config_file.hpp"
#include "cli/option_tree.hpp"
#include "cli/shell_word.hpp"
#include "commands/commands.hpp"
#include "commands/outputs.hpp"
#include "commands/train_options.hpp"
#include "commands/training_inputs.hpp"
#include "commands/training_reporter.hpp"
#include "commands/tuning_log.hpp"
#include "io/digest.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/learning/tuning.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

struct TuneCommand {
  TrainCommand training;
  TuningOptions tuning;
  Output json{"--json", ""};
};

// ---- what was typed -----------------------------------------------------------------------------

/// The tunable options that are given, or decided by another one that is.
std::vector<std::string> fixed_options(const CLI::App& app) {
  constexpr std::pair<std::string_view, std::string_view> kDecided[] = {
      {"preset", "inputs"}, {"preset", "linear"}, {"preset", "members"}, {"word-ngrams", "inputs"}};
  const auto is_given = [&](std::string_view name) {
    return app.get_option("--" + std::string(name))->count() > 0;
  };
  std::vector<std::string> fixed;
  for (const std::string_view name : tunable_options()) {
    bool is_fixed = is_given(name);
    for (const auto& [given, decided] : kDecided) is_fixed |= decided == name && is_given(given);
    if (is_fixed) fixed.emplace_back(name);
  }
  return fixed;
}

/// The given options that `train` has too and that influence its model, as words of a command line.
std::vector<std::string> typed_options(const CLI::App& app) {
  constexpr std::string_view kOthers[] = {"valid", "threads", "max-memory"};
  constexpr std::string_view kGroups[] = {"Data", "Validation", "Text", "Model", "Training"};
  std::vector<std::string> words;
  for (const CLI::Option* option : options_of(app)) {
    const std::string name = option->get_single_name();
    if (!is_set(*option) || std::ranges::count(kGroups, group_of(*option)) == 0 ||
        std::ranges::count(kOthers, name) > 0)
      continue;
    if (!takes_value(*option)) {
      words.push_back("--" + name);
      continue;
    }
    for (const std::string& value : values_of(*option)) {
      words.push_back("--" + name);
      words.push_back(value);
    }
  }
  return words;
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_argument(word);
  return line;
}

/// The command line that trains the same model.
std::string train_line(const CLI::App& app, const TuneCommand& command,
                       const std::vector<OptionValue>& chosen) {
  const TrainCommand& training = command.training;
  std::vector<std::string> words = {"newsclf", "train"};
  for (const std::vector<std::string>& places : {training.data.data, training.valid})
    for (const std::string& place : places)
      words.push_back(place.size() > 1 && place.front() == '-' ? "./" + place : place);
  for (std::string& word : typed_options(app)) words.push_back(std::move(word));
  for (const auto& [option, value] : chosen) {
    words.push_back("--" + option);
    words.push_back(value);
  }
  words.insert(words.end(), {"-o", training.output});
  return shell_line(words);
}

/// The number of folds and the typed options, and a digest of the files among them.
std::string options_line(const CLI::App& app, std::int32_t folds, const LearningOptions& options) {
  std::vector<std::string> typed = typed_options(app);
  typed.insert(typed.begin(), {"-k", std::to_string(folds)});
  const std::string line = shell_line(typed);
  const StopWords& words = options.vectorizer.vocabulary.stop_words;
  const bool names_weights = options.class_weight != "none" && options.class_weight != "balanced";
  if (!names_weights && (words.source == "none" || words.source == "english")) return line;
  Digest digest;
  for (const std::string& token : words.tokens) digest.add_sized(token);
  if (names_weights) digest.add_sized(open_bytes(options.class_weight)->read_all());
  return line + " (files: " + digest.hex() + ')';
}

// ---- what is shown ------------------------------------------------------------------------------

std::string words_of(const std::vector<OptionValue>& options) {
  if (options.empty()) return "options as given";
  std::string words;
  for (const auto& [option, value] : options)
    words += fmt::format("{}--{} {}", words.empty() ? "" : " ", option, value);
  return words;
}

/// "+0.62 ± 0.20", in percentage points
std::string difference(const PairedScore& score) {
  return fmt::format("{:+.2f} ± {:.2f}", 100 * score.gain(), 100 * score.standard_error());
}

/// Shows the trials of a search: a bar, and one line per trial.
TuningObserver tuning_reporter(const Console& console, std::optional<TrainingReporter>& reporter,
                               std::int32_t folds, TuningLog& log) {
  const auto learning = [&](std::string_view what, const LearningEvent& event) {
    if (std::holds_alternative<TrainingBegins>(event))
      reporter.emplace(console, std::string(what) + "  ");
    (*reporter)(event);
  };
  const auto tried = [&, folds](const Trial& trial, const PairedScore& total) {
    log.add(trial);
    reporter.reset();  // erases the bar
    const std::string name = fmt::format("trial {}, {} of {} folds: {}", trial.number,
                                         trial.fold + 1, folds, words_of(trial.options));
    if (trial.is_too_slow)
      console.note(name + ": too slow for the time that is left");
    else if (!trial.failure.empty())
      console.note(fmt::format("{}: failed: {}", name, trial.failure));
    else if (trial.candidate == 0)
      console.note(
          fmt::format("{}: {} %, {:.1f} s", name, percent(total.accuracy()), trial.seconds));
    else
      console.note(fmt::format("{}: {} % ({}), {:.1f} s", name, percent(total.accuracy()),
                               difference(total), trial.seconds));
  };
  return {learning, tried};
}

std::string text_report(const Tuning& tuning, const std::string& line) {
  std::string out =
      fmt::format("{}, {}\n\naccuracy, %         given  chosen  difference ± SE  documents\n",
                  counted(tuning.trials, "trial"), counted(tuning.candidates, "candidate"));
  for (const auto& [name, score] :
       {std::pair("in the search", tuning.search), {"left out of it", tuning.estimate}})
    out += fmt::format("{:<17}  {:>6}  {:>6}  {:>15}  {:>9}\n", name,
                       percent(score.accuracy() - score.gain()), percent(score.accuracy()),
                       tuning.chosen.empty() ? "-" : difference(score),
                       with_commas(score.documents / score.times));
  return out + '\n' + line + '\n';
}

/// @param is_paired whether the options are others than the given ones
nlohmann::ordered_json score_json(const PairedScore& score, bool is_paired) {
  return {{"documents", score.documents / score.times},
          {"accuracy", score.accuracy()},
          {"accuracy_as_given", score.accuracy() - score.gain()},
          {"difference", score.gain()},
          {"standard_error", is_paired ? score.standard_error() : 0}};
}

std::string json_report(const Tuning& tuning, const std::string& line) {
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
  for (const auto& [option, value] : tuning.chosen) options[option] = value;
  const nlohmann::ordered_json out = {{"trials", tuning.trials},
                                      {"candidates", tuning.candidates},
                                      {"options", options},
                                      {"search", score_json(tuning.search, !options.empty())},
                                      {"left_out", score_json(tuning.estimate, !options.empty())},
                                      {"command", line}};
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

void warn_of_time(const Console& console, const Tuning& tuning, bool has_limit) {
  if (tuning.better)
    console.warning(
        fmt::format("there was no time to train with {}, which was better; use a "
                    "longer --time",
                    words_of(*tuning.better)));
  else if (has_limit && tuning.candidates == tuning.too_slow + 1)
    console.warning("there was time only for the options as given; use a longer --time");
  else if (tuning.too_slow > 0)
    console.note(counted(tuning.too_slow, "candidate") +
                 " would have taken too long; use a longer --time");
}

// ---- the run ------------------------------------------------------------------------------------

void run_tune(const CLI::App& app, const TuneCommand& command, const Console& console) {
  const auto begin = std::chrono::steady_clock::now();
  const TrainCommand& training = command.training;
  check_outputs(
      {{"--output", training.output, true}, {"--log", training.log, false, true}, command.json},
      inputs_of(training), console, training.force);
  TuningOptions tuning = command.tuning;
  tuning.fixed = fixed_options(app);
  TrainingInputs inputs(training, console);
  TuningLog log(training.log,
                {digest_documents(inputs.documents()), inputs.options.validation.last_documents,
                 options_line(app, tuning.folds, inputs.options)});
  tuning.earlier = log.earlier();
  if (!tuning.earlier.empty()) {
    const std::int64_t earlier = std::ssize(tuning.earlier);
    tuning.earlier_from = training.log;
    console.note(fmt::format(
        "going on after {} of {}",
        counted(tuning.trials > 0 ? std::min(earlier, tuning.trials) : earlier, "trial"),
        training.log));
  }
  if (tuning.seconds > 0) {
    constexpr double kLeast = 1e-3;
    const std::chrono::duration<double> reading = std::chrono::steady_clock::now() - begin;
    tuning.seconds = std::max(tuning.seconds - reading.count(), kLeast);
  }
  std::optional<TrainingReporter> reporter;
  Tuning result = tune(inputs.documents(), inputs.options, tuning, *inputs.backend, inputs.workers,
                       tuning_reporter(console, reporter, tuning.folds, log));
  warn_of_time(console, result, tuning.seconds > 0);
  result.classifier.training.repaired = inputs.counts.repaired;
  const std::int64_t bytes = save_new_model(result.classifier, training.output, training.force);
  reporter->tell_written(training.output, result.classifier, bytes);

  const std::string line = train_line(app, command, result.chosen);
  std::string on_stdout = text_report(result, line);
  put_result(command.json, [&] { return json_report(result, line); }, on_stdout);
  write_stdout(on_stdout);
}

void check_tune_options(const TuneCommand& command) {
  check_train_options(command.training);
  check_result_options({command.json});
  if (!command.training.print_config && command.tuning.trials == 0 && command.tuning.seconds == 0)
    throw CLI::ValidationError("--trials", "or --time is required");
}

}  // namespace

void setup_tune(CLI::App& app, Console& console) {
  CLI::App* const sub =
      app.add_subcommand("tune", "search for options of train, and train a model with them");
  auto command = std::make_shared<TuneCommand>();
  TrainCommand& training = command->training;
  add_training_data_options(*sub, training);
  begin_group(*sub, "Search");
  add_number(*sub, "--trials", command->tuning.trials, std::int64_t{1}, std::int64_t{1'000'000},
             "N",
             "stop after N trials; each trains with other values for some of these options, unless "
             "they are given: inputs, linear, char-ngrams, min-df, token-scale, nb-smoothing, "
             "members, hidden, epochs, lr, weight-decay")
      ->default_str("");
  sub->add_option_function<std::string>(
         "--time",
         [command](const std::string& text) {
           constexpr double kLeast = 1e-3;
           command->tuning.seconds = parse_time("--time", text, kLeast);
         },
         "finish within this time, such as 300s, 5m or 2h; this includes the last training, which "
         "runs in any case, as one trial does")
      ->type_name("TIME");
  advanced(add_number(*sub, "-k", command->tuning.folds, 2, 1000, "N",
                      "number of folds; a trial trains without one fold and scores it"));
  add_valid_option(*sub, training,
                   "score trials on one half of these documents, and the chosen options on the "
                   "other half; read like DATA");
  begin_group(*sub, "Validation");
  add_calibration_option(*sub, training.learning.validation);
  add_learning_options(*sub, training);
  add_model_output_option(*sub, training);
  sub->add_flag("--force", training.force, "replace an existing model file");
  sub->add_option("--log", training.log,
                  "write one JSON object per trial to this file; if it exists, go on after its "
                  "trials")
      ->type_name("FILE");
  add_result_option(*sub, command->json, "the scores and the chosen options as JSON");
  advanced(sub->get_option("--json"));
  add_print_config_option(*sub, training);
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  newsclf tune 20news-bydate-train -o news.safetensors --time 300s\n"
      "  newsclf tune posts -o small.safetensors --trials 40 --max-model-size 2MB");
  sub->callback([sub, command, &console] {
    check_tune_options(*command);
    if (command->training.print_config)
      write_stdout(config_text(*sub));
    else
      run_tune(*sub, *command, console);
  });
}

}  // namespace newsclf
