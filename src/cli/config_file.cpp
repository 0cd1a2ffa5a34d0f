// SPDX-License-Identifier: MIT
// The file's lines become words of the command line, so that both are checked by the same parsing.
// CLI11 reads the lines; it has no configuration files for single commands that old and new
// versions agree on.
#include "cli/config_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/console.hpp"
#include "cli/option_tree.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/names/edit_distance.hpp"

namespace newsclf {
namespace {

using Options = std::set<const CLI::Option*>;

constexpr char kConfig[] = "--config";

struct Typed {
  Options options;     ///< with the arguments
  std::string config;  ///< the file of --config; empty: none
};

/// The options that the words behind a command give.
Typed typed_options(const std::vector<std::string>& words, const CLI::App& command) {
  Typed typed;
  std::size_t arguments = 0;
  bool options_end = false;
  for (std::size_t w = 1; w < words.size(); ++w) {
    const std::string& word = words[w];
    if (options_end || word.size() < 2 || word.front() != '-') {
      ++arguments;
    } else if (word == "--") {
      options_end = true;
    } else if (word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      const CLI::Option* const option = command.get_option_no_throw(word.substr(0, equals));
      if (option == nullptr) continue;
      typed.options.insert(option);
      std::string value = equals == std::string::npos ? std::string() : word.substr(equals + 1);
      if (value.empty() && takes_value(*option) && w + 1 < words.size()) value = words[++w];
      if (option->check_lname(kConfig + 2)) typed.config = value;
    } else {  // -qv, -oMODEL, -o MODEL
      for (std::size_t letter = 1; letter < word.size(); ++letter) {
        const CLI::Option* const option =
            command.get_option_no_throw(std::string("-") + word[letter]);
        if (option == nullptr) break;
        typed.options.insert(option);
        if (!takes_value(*option)) continue;
        if (letter + 1 == word.size()) ++w;
        break;
      }
    }
  }
  for (const CLI::Option* argument : arguments_of(command)) {
    if (arguments == 0) break;
    typed.options.insert(argument);
    arguments -= argument->get_expected_max() > 1 ? arguments : 1;
  }
  return typed;
}

std::vector<CLI::ConfigItem> read_lines(const std::string& path) {
  std::ifstream file(path);
  std::error_code ignored;
  if (!file.is_open() || std::filesystem::is_directory(path, ignored))
    throw Error(path, "cannot be read as a configuration file",
                "give a file of lines such as epochs = 10; --print-config writes one");
  return CLI::ConfigTOML().from_config(file);
}

/// The name of an option in the file: without its dashes.
std::string key_of(const CLI::Option& option) { return option.get_single_name(); }

/// The options and arguments that may stand in a file, in the order of the help page.
std::vector<const CLI::Option*> configurable(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) {
    return option->get_configurable() && !option->get_group().empty();
  });
}

[[noreturn]] void refuse(const std::string& path, const CLI::App& command,
                         const std::string& what) {
  throw WrongCommandLine(
      fmt::format("{}: {}; see newsclf {} --help", path, what, command.get_name()));
}

const CLI::Option& find_option(const CLI::App& command, const CLI::ConfigItem& item,
                               const std::string& path) {
  if (!item.parents.empty())
    refuse(path, command, fmt::format("it has no sections; take out [{}]", item.parents.front()));
  std::vector<std::string> names;
  for (const CLI::Option* option : configurable(command)) {
    if (key_of(*option) == item.name) return *option;
    names.push_back(key_of(*option));
  }
  const std::string meant = nearest_name(item.name, names);
  refuse(path, command,
         fmt::format("{} is no option of {}{}", item.name, command.get_name(),
                     meant.empty() ? "" : "; did you mean " + meant + "?"));
}

std::string joined(const std::vector<std::string>& values, char delimiter) {
  return fmt::format("{}", fmt::join(values, std::string(1, delimiter)));
}

/// The words that give `option` the values of a line.
std::vector<std::string> words_for(const CLI::App& command, const CLI::Option& option,
                                   std::vector<std::string> values, const std::string& path) {
  if (option.get_positional()) return values;
  const std::string name = spellings(option).back();
  if (!takes_value(option)) {
    if (values.size() == 1 && values[0] == "false") return {};
    if (values.size() == 1 && values[0] == "true") return {name};
    refuse(path, command,
           fmt::format("{} is true or false, not {}", key_of(option), fmt::join(values, ",")));
  }
  if (option.get_delimiter() != '\0') values = {joined(values, option.get_delimiter())};
  std::vector<std::string> words;
  for (const std::string& value : values) words.insert(words.end(), {name, value});
  return words;
}

bool excludes_any(const CLI::Option& option, const Options& others) {
  const auto excluded = option.get_excludes();
  return std::any_of(excluded.begin(), excluded.end(),
                     [&others](const CLI::Option* other) { return others.count(other) > 0; });
}

/// A value of TOML.
std::string written(const std::string& value) {
  char* end = nullptr;
  std::strtod(value.c_str(), &end);
  const bool is_number = !value.empty() && *end == '\0' &&
                         value.find_first_not_of("0123456789.e+-") == std::string::npos;
  if (is_number) return value;
  // Between apostrophes a backslash is itself.
  const char quote = value.find_first_of("\"\\") == std::string::npos ? '"' : '\'';
  return quote + value + quote;
}

std::string line_of(const CLI::Option& option, const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const std::string& value : values) parts.push_back(written(value));
  std::string line = key_of(option) + " = ";
  line += takes_value(option) ? (option.get_expected_max() > 1 && option.get_delimiter() == '\0'
                                     ? fmt::format("[{}]", fmt::join(parts, ", "))
                                     : parts.front())
                              : values.front();
  std::istringstream stream(line);
  const std::vector<CLI::ConfigItem> back = CLI::ConfigTOML().from_config(stream);
  if (back.size() != 1 || back.front().inputs != values)
    throw Error("--print-config",
                fmt::format("a configuration file cannot hold the value of {}: {}", key_of(option),
                            fmt::join(values, " ")),
                "take a name without # and quotes");
  return line + '\n';
}

/// As it was given, or its default; nothing where there is neither.
std::vector<std::string> values_of(const CLI::Option& option) {
  if (!takes_value(option)) return {option.count() > 0 ? "true" : "false"};
  if (option.count() > 0)
    return option.get_delimiter() == '\0'
               ? option.results()
               : std::vector<std::string>{joined(option.results(), option.get_delimiter())};
  const std::string standard = default_of(option);
  return standard.empty() ? std::vector<std::string>() : std::vector<std::string>{standard};
}

}  // namespace

void add_config_option(CLI::App& command, std::string& path) {
  command
      .add_option(kConfig, path,
                  "read options from this file too, from lines such as epochs = 10; what is "
                  "typed wins")
      ->configurable(false)
      ->type_name("FILE")
      ->group("General");
}

std::vector<std::string> with_config_file(std::vector<std::string> words, const CLI::App& app) {
  const CLI::App* command = nullptr;
  for (const CLI::App* candidate : commands_of(app))
    if (!words.empty() && candidate->check_name(words.front())) command = candidate;
  if (command == nullptr) return words;
  const Typed typed = typed_options(words, *command);
  if (typed.config.empty()) return words;
  // Options go first, where a typed -- cannot take them for arguments.
  std::size_t place = 1;
  for (const CLI::ConfigItem& item : read_lines(typed.config)) {
    const CLI::Option& option = find_option(*command, item, typed.config);
    if (typed.options.count(&option) > 0 || excludes_any(option, typed.options)) continue;
    const std::vector<std::string> more = words_for(*command, option, item.inputs, typed.config);
    const bool last = option.get_positional();
    words.insert(last ? words.end() : words.begin() + static_cast<std::ptrdiff_t>(place),
                 more.begin(), more.end());
    if (!last) place += more.size();
  }
  return words;
}

std::string config_text(const CLI::App& command) {
  Options given;
  for (const CLI::Option* option : configurable(command))
    if (option->count() > 0) given.insert(option);
  std::string out = fmt::format(
      "# For newsclf {} --config. A line that begins with # is not read.\n", command.get_name());
  for (const std::string& group : command.get_groups()) {
    bool headed = false;
    for (const CLI::Option* option : configurable(command)) {
      if (option->get_group() != group) continue;
      if (!headed) out += fmt::format("\n# ---- {} ----\n", group);
      headed = true;
      out += "\n# " + text_of(*option) + '\n';
      const std::vector<std::string> values = values_of(*option);
      const bool is_said = given.count(option) > 0 || !excludes_any(*option, given);
      out += values.empty() || !is_said
                 ? fmt::format("# {} = {}\n", key_of(*option), option->get_type_name())
                 : line_of(*option, values);
    }
  }
  return out;
}

}  // namespace newsclf
