// SPDX-License-Identifier: MIT
// Configuration files of subcommands differ between versions of CLI11, so they are not used. The
// values of the file are added to those of the command line, and CLI11 checks both the same way.
#include "cli/config_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/option_tree.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/names/edit_distance.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kMaxSize = 1 << 20;

[[noreturn]] void refuse(std::string_view place, std::string_view what,
                         std::string_view what_to_do) {
  throw WrongCommandLine(Error(place, what, what_to_do).what());
}

/// @throws Error if the file cannot be read or is too large
toml::table read_toml(const std::string& path) {
  auto source = open_bytes(path);
  const std::string text = peek_bytes(source, kMaxSize + 1);
  if (text.size() > kMaxSize)
    throw Error(path, "a configuration file must not be larger than 1 MiB",
                "give a file written by --print-config");
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    refuse(fmt::format("{}:{}", path, error.source().begin.line),
           fmt::format("not TOML: {}", error.description()),
           "write lines such as NAME = 10, NAME = true or NAME = \"text\"; --print-config writes "
           "such a file");
  }
}

/// The key of an option in the file: its name without dashes.
std::string key_of(const CLI::Option& option) { return option.get_single_name(); }

/// The options and arguments that a file may set, in the order of the help page.
auto configurable(auto& command) {
  return command.get_options([](const CLI::Option* option) {
    return option->get_configurable() && !option->get_group().empty();
  });
}

/// The command-line text that is equivalent to a value of the file.
std::string typed_text(const toml::node& value, const std::string& place) {
  if (const auto* text = value.as_string()) return text->get();
  if (const auto* number = value.as_integer()) return fmt::format("{}", number->get());
  if (const auto* number = value.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* truth = value.as_boolean()) return truth->get() ? "true" : "false";
  refuse(place, "must be a number, text, true or false", "put text in quotes");
}

std::vector<std::string> typed_texts(const toml::node& value, const std::string& place) {
  const toml::array* const list = value.as_array();
  if (list == nullptr) return {typed_text(value, place)};
  std::vector<std::string> texts;
  for (const toml::node& element : *list) texts.push_back(typed_text(element, place));
  return texts;
}

bool excludes_any(const CLI::Option& option, const std::vector<const CLI::Option*>& others) {
  const auto excluded = option.get_excludes();
  return std::ranges::any_of(
      others, [&](const CLI::Option* other) { return std::ranges::count(excluded, other) > 0; });
}

std::vector<const CLI::Option*> given_options(const CLI::App& command) {
  std::vector<const CLI::Option*> given;
  for (const CLI::Option* option : command.get_options())
    if (option->count() > 0) given.push_back(option);
  return given;
}

void read_config(const std::string& path, CLI::App& command) {
  const std::string see = fmt::format("see newsclf {} --help", command.get_name());
  const std::vector<const CLI::Option*> typed = given_options(command);
  const std::vector<CLI::Option*> options = configurable(command);
  for (const auto& [key, value] : read_toml(path)) {
    const std::string name(key.str());
    const std::string place = fmt::format("{}:{}: {}", path, key.source().begin.line, name);
    if (value.is_table())
      refuse(place, "sections are not supported", fmt::format("remove [{}]", name));
    const auto option =
        std::ranges::find(options, name, [](auto* known) { return key_of(*known); });
    if (option == options.end()) {
      std::vector<std::string> names;
      names.reserve(options.size());
      for (const CLI::Option* known : options) names.push_back(key_of(*known));
      const std::string meant = nearest_name(name, names);
      refuse(place, fmt::format("unknown option for {}", command.get_name()),
             meant.empty() ? see : fmt::format("did you mean {}?", meant));
    }
    if ((*option)->count() > 0 || excludes_any(**option, typed)) continue;
    const std::vector<std::string> texts = typed_texts(value, place);
    if (!takes_value(**option)) {
      if (!value.is_boolean()) refuse(place, "must be true or false", see);
      if (texts.front() == "false") continue;
    }
    (*option)->allow_extra_args(false);  // otherwise the text "[a,b]" would be two values
    for (const std::string& text : texts) (*option)->add_result(text);
  }
}

/// `value` in TOML. A number is written without quotes if it reads back as the same text.
std::string written(const std::string& key, const std::string& value) {
  const auto integer = to_number<std::int64_t>(value);
  if (integer && fmt::format("{}", *integer) == value) return value;
  const auto number = to_number<double>(value);
  if (number && value.find_first_of(".e") != std::string::npos &&
      fmt::format("{}", *number) == value)
    return value;
  if (find_invalid_utf8(value) != std::string_view::npos)
    throw Error("--print-config",
                fmt::format("the value of {} is not UTF-8, as a configuration file must be: {}",
                            key, value),
                "give that option on the command line instead");
  std::ostringstream out;
  out << toml::toml_formatter(toml::value(value), toml::format_flags::allow_unicode_strings);
  return out.str();
}

/// The given value or the default, in TOML; empty if there is neither.
std::string value_text(const CLI::Option& option) {
  if (!takes_value(option)) return is_set(option) ? "true" : "false";
  std::vector<std::string> values = values_of(option);
  if (values.empty()) values = {default_of(option)};
  if (option.count() == 0 && values.front().empty()) return {};
  for (std::string& value : values) value = written(key_of(option), value);
  const std::string text = fmt::format("{}", fmt::join(values, ", "));
  return option.get_expected_max() > 1 && option.get_delimiter() == '\0' ? '[' + text + ']' : text;
}

}  // namespace

void add_config_option(CLI::App& command, std::string& file) {
  command
      .add_option_function<std::string>(
          "--config",
          [&command, &file](const std::string& path) {
            file = path;
            read_config(path, command);
          },
          "read options from this TOML file; command-line options take precedence")
      ->configurable(false)
      ->type_name("FILE")
      ->group("General");
}

std::string config_text(const CLI::App& command) {
  const std::vector<const CLI::Option*> given = given_options(command);
  std::string out =
      fmt::format("# TOML for newsclf {} --config. Lines that begin with # are comments.\n",
                  command.get_name());
  for (const std::string& group : groups_of(command)) {
    bool headed = false;
    for (const CLI::Option* option : configurable(command)) {
      if (group_of(*option) != group) continue;
      if (!headed) out += fmt::format("\n# ---- {} ----\n", group);
      headed = true;
      out += "\n# " + text_of(*option) + '\n';
      const bool is_set = option->count() > 0 || !excludes_any(*option, given);
      const std::string value = is_set ? value_text(*option) : std::string();
      out += value.empty() ? fmt::format("# {} = {}\n", key_of(*option), option->get_type_name())
                           : fmt::format("{} = {}\n", key_of(*option), value);
    }
  }
  return out;
}

}  // namespace newsclf
