// SPDX-License-Identifier: MIT
// Binding options to CLI11 in the one way all commands share.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/option_tree.hpp"
#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// Where a command reads labelled documents, and how they are written down.
struct DataOptions {
  std::vector<std::string> data;
  ReadOptions read;
};

/// An option whose words are those of `choices`; `value` holds the default. The name of its value
/// lists them, `a|b|c`, for help pages and completion.
template <typename T, std::size_t N>
CLI::Option* add_choice(CLI::App& app, const std::string& name, T& value,
                        const Choice<T> (&choices)[N], const std::string& description) {
  const std::vector<std::string> words = words_of(choices);
  const auto parse = [&value, &choices, name, words](const std::string& word) {
    const auto chosen = value_of(choices, word);
    if (!chosen) throw CLI::ValidationError(name, must_be_one_of(word, words));
    value = *chosen;
  };
  return app.add_option_function<std::string>(name, parse, description)
      ->type_name(fmt::format("{}", fmt::join(words, "|")))
      ->default_str(std::string(name_of(choices, value)));
}

/// An option whose number lies in [low, high]; `value` is a T or an optional one.
template <typename Value, typename T>
CLI::Option* add_number(CLI::App& app, const std::string& name, Value& value, T low, T high,
                        const std::string& type_name, const std::string& description) {
  const auto parse = [name, &value, low, high](const std::string& text) {
    value = parse_number<T>(name, text, low, high);
  };
  CLI::Option* const option = app.add_option_function<std::string>(name, parse, description);
  if constexpr (std::is_same_v<Value, T>) option->default_str(fmt::format("{}", value));
  return option->type_name(type_name);
}

/// DATA, --labels, and those of `add_format_options`
void add_data_options(CLI::App& app, DataOptions& options);
/// --format, --*-column, --no-header, --label-prefix, --invalid-utf8
void add_format_options(CLI::App& app, ReadOptions& options);
/// The options, with the columns of text that the model learnt from where none are named.
ReadOptions suit_columns(ReadOptions options, const Classifier& classifier);
/// -q, -v
void add_general_options(CLI::App& app, Console& console);
/// --threads, --device; `scope` says in the help of the latter where it counts
void add_machine_options(CLI::App& app, int& threads, DeviceChoice& device,
                         const std::string& scope = {});

/// Says in words what stands where a model is expected. @param others the arguments behind it
/// @throws Error if `path` is a file that is not a model, or if one of `others` seems to be the
/// model
void check_model_argument(const std::string& path, std::span<const std::string> others = {});

/// Reads the documents that the options name, and says what was read and what was not.
/// @throws Error as `read_corpus`
ReadCorpus read_data(const DataOptions& options, const Console& console, Workers& workers);
/// Warns where fewer than `wanted` threads could be started.
void warn_of_missing_threads(const Console& console, const Workers& workers, int wanted);
/// Says which files and records were met and are no document.
void tell_what_was_not_read(const Console& console, const ReadCounts& counts);

}  // namespace newsclf
