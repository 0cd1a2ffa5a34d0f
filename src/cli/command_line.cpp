// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "cli/option_tree.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/names/edit_distance.hpp"

namespace newsclf {
namespace {

std::string command_missing(const CLI::App& app, const std::string& first) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app)) names.push_back(command->get_name());
  const std::string meant = nearest_name(first, names);
  return fmt::format("unknown command '{}'; {}", first,
                     meant.empty() ? "use " + either_of(names) : "did you mean '" + meant + "'?");
}

/// The first unparsed argument of `app` that begins with a dash, without a value; empty if there is
/// none.
std::string unknown_option(const CLI::App& app) {
  for (const std::string& word : app.remaining())
    if (word.size() > 1 && word.front() == '-' && word != "--")
      return word.substr(0, word.find('='));
  return {};
}

std::string option_unknown(const std::string& option, const CLI::App& app) {
  std::string what = fmt::format("unknown option {} for {}", option, app.get_name());
  std::vector<std::string> names;
  for (const CLI::Option* known : options_of(app))
    for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
  // Any two one-letter options are one edit apart.
  const std::string meant = option.size() > 3 ? nearest_name(option, names) : std::string();
  return meant.empty() ? what : what + "; did you mean " + meant + "?";
}

}  // namespace

std::string must_be_one_of(std::string_view word, std::span<const std::string> words) {
  const std::string meant = nearest_name(word, words);
  return fmt::format("must be {}, got '{}'{}", either_of(words), word,
                     meant.empty() ? "" : "; did you mean '" + meant + "'?");
}

std::string what_is_wrong(const CLI::ParseError& error, const CLI::App& app,
                          const std::string& first) {
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const std::string help =
      chosen.empty() ? "newsclf --help" : fmt::format("newsclf {} --help", command.get_name());
  // A misspelled option is reported first: a missing option may be the misspelled one.
  if (const std::string option = unknown_option(command); !option.empty())
    return fmt::format("{}; see {}", option_unknown(option, command), help);
  if (const std::string option = unknown_option(app); !option.empty())
    return command.get_option_no_throw(option) != nullptr
               ? fmt::format("{0} must follow the command: newsclf {1} {0}; see {2}", option,
                             command.get_name(), help)
               : fmt::format("{}; see {}", option_unknown(option, app), help);
  std::string what = chosen.empty() ? command_missing(app, first) : error.what();
  constexpr std::string_view kTwice = "At Most 1 required but received ";
  if (const std::size_t place = what.find(kTwice); place != std::string::npos)
    what.replace(place, std::string::npos,
                 "is given " + what.substr(place + kTwice.size()) + " times; give it once");
  return fmt::format("{}; see {}", what, help);
}

}  // namespace newsclf
