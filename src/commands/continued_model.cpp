// SPDX-License-Identifier: MIT
#include "commands/continued_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <variant>
#include <vector>

#include "commands/command_options.hpp"
#include "commands/scoring.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/names/choice.hpp"

namespace newsclf {
namespace {

std::string range_text(int low, int high) {
  return low == high ? fmt::format("{}", low) : fmt::format("{}-{}", low, high);
}

/// An option that a model decides, and its value.
struct DecidedOption {
  const char* name;
  std::string (*value)(const LearningOptions&);
};

using Options = const LearningOptions&;
const DecidedOption kDecidedOptions[] = {
    {"--post-headers",
     [](Options o) { return std::string(o.vectorizer.text.post_headers ? "keep" : "strip"); }},
    {"--strip",
     [](Options o) {
       const TextOptions& text = o.vectorizer.text;
       return fmt::format("{}{}{}", text.strip_quotes ? "quotes" : "",
                          text.strip_quotes && text.strip_footers ? "," : "",
                          text.strip_footers ? "footers" : "");
     }},
    {"--subject-weight",
     [](Options o) { return fmt::format("{}", o.vectorizer.text.subject_weight); }},
    {"--keep-case", [](Options o) { return fmt::format("{}", o.vectorizer.text.keep_case); }},
    {"--token-pattern",
     [](Options o) {
       return std::string(name_of(kTokenPatterns, o.vectorizer.text.token_pattern));
     }},
    {"--script-ngrams",
     [](Options o) {
       const TextOptions& text = o.vectorizer.text;
       return range_text(text.min_script_ngram, text.max_script_ngram);
     }},
    {"--word-ngrams",
     [](Options o) {
       return range_text(o.vectorizer.text.min_ngram, o.vectorizer.text.max_ngram);
     }},
    {"--char-ngrams",
     [](Options o) {
       const TextOptions& text = o.vectorizer.text;
       return text.max_char_ngram == 0 ? "none"
                                       : range_text(text.min_char_ngram, text.max_char_ngram);
     }},
    {"--min-df", [](Options o) { return fmt::format("{}", o.vectorizer.vocabulary.min_df); }},
    {"--max-df", [](Options o) { return fmt::format("{}", o.vectorizer.vocabulary.max_df); }},
    {"--max-features",
     [](Options o) { return fmt::format("{}", o.vectorizer.vocabulary.max_features); }},
    {"--weighting",
     [](Options o) { return std::string(name_of(kWeightings, o.vectorizer.weighting.weighting)); }},
    {"--token-scale",
     [](Options o) {
       return std::string(name_of(kTokenScales, o.vectorizer.weighting.token_scale));
     }},
    {"--nb-smoothing",
     [](Options o) { return fmt::format("{}", o.vectorizer.weighting.nb_smoothing); }},
    {"--norm", [](Options o) { return std::string(name_of(kNorms, o.vectorizer.weighting.norm)); }},
    {"--preset", [](Options o) { return std::string(name_of(kPresets, o.training.preset)); }},
    {"--hidden",
     [](Options o) { return fmt::format("{},{}", o.training.hidden1, o.training.hidden2); }},
    {"--members", [](Options o) { return fmt::format("{}", o.training.members); }},
    {"--linear",
     [](Options o) {
       return std::string(name_of(kLinearInputs, o.training.linear.value_or(LinearInput::kNone)));
     }},
    {"--inputs",
     [](Options o) {
       std::vector<std::string> names;
       for (const NetworkInput input : o.training.inputs)
         names.emplace_back(name_of(kNetworkInputs, input));
       return fmt::format("{}", fmt::join(names, ","));
     }},
};

/// @throws Error if an option that was given has another value than the model
void check_options(const TrainCommand& command, const CLI::App& typed, const Classifier& init) {
  const auto check = [&](const char* name, const std::string& given, const std::string& of_model) {
    if (typed.get_option(name)->count() > 0 && given != of_model)
      throw Error(name,
                  fmt::format("is {}, but {} was trained with {}", given, command.init,
                              of_model.empty() ? "none" : of_model),
                  "leave this option out, or train without --init");
  };
  const LearningOptions decided = options_to_continue(command.learning, init);
  for (const auto& [name, value] : kDecidedOptions)
    check(name, value(command.learning), value(decided));
  // A model has no stop words, only the name of their source.
  const std::string& source = decided.vectorizer.vocabulary.stop_words.source;
  const bool is_file = command.stop_words != "none" && command.stop_words != "english";
  check("--stop-words", is_file ? "file" : command.stop_words, source);
  if (source == "file" && !is_file)
    throw Error(command.init, "it was trained with a file of stop words, which a model lacks",
                "give it with --stop-words");
}

}  // namespace

ContinuedModel::ContinuedModel(const TrainCommand& command, const CLI::App& typed,
                               const Console& console)
    : command_(command) {
  if (command.init.empty()) return;
  check_model_argument(command.init);
  classifier_ = load_model(command.init);
  check_options(command, typed, *classifier_);
  if (!classifier_->thresholds.is_empty())
    console.note(fmt::format("the thresholds of {} are dropped; newsclf threshold chooses new ones",
                             command.init));
}

void ContinuedModel::check(const LearningEvent& event) const {
  if (!command_.max_drop) return;
  if (const auto* const continued = std::get_if<ModelContinued>(&event);
      continued != nullptr && !continued->refit && continued->held_out_known == 0)
    throw Error("--max-drop", "no held-out document has a label of " + command_.init,
                "hold out documents with its labels: --valid");
  const auto* const compared = std::get_if<ModelsCompared>(&event);
  if (compared != nullptr && is_below(compared->after, compared->before - *command_.max_drop))
    throw ThresholdMissed(fmt::format(
        "accuracy fell from {:.6g} ({}) to {:.6g} on {} held-out documents, by {:.6g}, more than "
        "--max-drop {}; nothing was written",
        compared->before, command_.init, compared->after, compared->documents,
        compared->before - compared->after, *command_.max_drop));
}

}  // namespace newsclf
