// SPDX-License-Identifier: MIT
// Adds options to CLI11 in the same way for all commands.
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

/// Where a command reads labelled documents, and in what format.
struct DataOptions {
  std::vector<std::string> data;
  ReadOptions read;
  std::string label_names;  ///< names separated by commas, or a file of names; empty: none

  /// The file of names, if it is one; otherwise "".
  std::string label_names_file() const {
    return label_names.find(',') == std::string::npos ? label_names : std::string();
  }
};

/// Adds an option whose value is a word of `choices`; `value` holds the default, unless it is an
/// optional. The type name lists the words, `a|b|c`, for help pages and completion.
template <typename Value, typename T, std::size_t N>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Value& value,
                        const Choice<T> (&choices)[N], const std::string& description) {
  const std::vector<std::string> words = words_of(choices);
  const auto parse = [&value, &choices, name, words](const std::string& word) {
    const auto chosen = value_of(choices, word);
    if (!chosen) throw CLI::ValidationError(name, must_be_one_of(word, words));
    value = *chosen;
  };
  CLI::Option* const option = app.add_option_function<std::string>(name, parse, description)
                                  ->type_name(fmt::format("{}", fmt::join(words, "|")));
  if constexpr (std::is_same_v<Value, T>) option->default_str(std::string(name_of(choices, value)));
  return option;
}

/// Adds an option whose value is a number in [low, high]; `value` is a T or std::optional<T>.
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

/// Parses a size such as "800MB" and returns it in bytes, at least 1.
/// @throws CLI::ValidationError for `option`
std::int64_t parse_size(const std::string& option, const std::string& text);

/// Adds an option whose value is a size such as "800MB" or "2GiB". Its default, if it is not 0, is
/// a multiple of 1 MiB.
template <typename Bytes>
CLI::Option* add_size(CLI::App& app, const std::string& name, Bytes& bytes,
                      const std::string& description) {
  const auto parse = [name, &bytes](const std::string& text) {
    bytes = static_cast<Bytes>(parse_size(name, text));
  };
  CLI::Option* const option =
      app.add_option_function<std::string>(name, parse, description)->type_name("SIZE");
  return bytes == 0 ? option : option->default_str(fmt::format("{}MiB", bytes >> 20));
}

/// Parses a time such as "90s", "5m" or "1.5h" and returns it in seconds.
/// @throws CLI::ValidationError for `option` if it is not a time or shorter than `least`
double parse_time(const std::string& option, const std::string& text, double least);

/// Describes the documents counted in `ReadCounts::stray_quotes`, in messages.
inline constexpr const char* kStrayQuotes = "a quote inside an unquoted field (read as text)";

/// Adds DATA, --labels, --label-names, and the options of `add_format_options` and
/// `add_limit_options`.
void add_data_options(CLI::App& app, DataOptions& options);
/// Adds --format, --*-column, --no-header, --delimiter, --quoting, --label-prefix, --invalid-utf8.
void add_format_options(CLI::App& app, ReadOptions& options);
/// `options` with the columns that were named in the training of the model, where none are given.
ReadOptions suit_columns(ReadOptions options, const Classifier& classifier);
/// Adds -q, -v, --help and --help-all.
void add_general_options(CLI::App& app, Console& console);
/// Adds --threads.
void add_threads_option(CLI::App& app, int& threads);
/// Adds --threads and --device; `scope` is appended to the help text of --device.
void add_machine_options(CLI::App& app, int& threads, DeviceChoice& device,
                         const std::string& scope = {});

/// Checks that `path`, given as MODEL, may be a model. @param others the arguments after it
/// @throws Error if `path` is a file but not a model, or if one of `others` looks like the model
void check_model_argument(const std::string& path, std::span<const std::string> others = {});

/// Reads the documents given by `options`, and prints what was read and what was skipped.
/// @param sink see `read_corpus` @throws Error as `read_corpus`
ReadCorpus read_data(const DataOptions& options, const Console& console, Workers& workers,
                     DocumentSink* sink = nullptr);
/// Warns if fewer than `wanted` threads could be started.
void warn_of_missing_threads(const Console& console, const Workers& workers, int wanted);
/// Prints which files and records were skipped.
void tell_what_was_not_read(const Console& console, const ReadCounts& counts);

}  // namespace newsclf
