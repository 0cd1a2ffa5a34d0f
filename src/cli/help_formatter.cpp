// SPDX-License-Identifier: MIT
#include "cli/help_formatter.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <sstream>

#include "cli/option_tree.hpp"
#include "cli/style.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kLineWidth = 80;
constexpr std::size_t kTextColumn = 28;

/// `head` in the left column, the words of `text` in the right one, lines at most `kLineWidth`.
std::string two_columns(const std::string& head, const std::string& text) {
  std::string out = "  " + head;
  std::size_t column = out.size();
  const auto new_line = [&] {
    out += '\n' + std::string(kTextColumn, ' ');
    column = kTextColumn;
  };
  if (column + 2 > kTextColumn) {
    new_line();
  } else {
    out.append(kTextColumn - column, ' ');
    column = kTextColumn;
  }
  std::istringstream words(text);
  bool first = true;
  for (std::string word; words >> word; first = false) {
    if (!first && column + 1 + word.size() > kLineWidth) {
      new_line();
      first = true;
    }
    out += (first ? "" : " ") + word;
    column += word.size() + !first;
  }
  return out + '\n';
}

}  // namespace

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  return Formatter::make_usage(app, std::move(name)) + '\n';
}

std::string HelpFormatter::make_group(std::string group, bool is_positional,
                                      std::vector<const CLI::Option*> options) const {
  // CLI11 puts a blank line between groups, but none behind the positionals.
  std::string out = group + ":\n";
  for (const CLI::Option* option : options) out += make_option(option, is_positional);
  return is_positional ? out + '\n' : out;
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  return make_description(app) + make_usage(app, std::move(name)) + make_positionals(app) +
         options_by_group(*app, mode == CLI::AppFormatMode::All) + make_subcommands(app, mode) +
         '\n' + make_footer(app);
}

std::string HelpFormatter::options_by_group(const CLI::App& app, bool all) const {
  const std::vector<const CLI::Option*> options = options_of(app);
  std::string out;
  std::size_t left_out = 0;
  for (const std::string& group : groups_of(app)) {
    std::vector<const CLI::Option*> shown;
    for (const CLI::Option* option : options) {
      if (group_of(*option) != group) continue;
      if (!all && is_advanced(*option))
        ++left_out;
      else
        shown.push_back(option);
    }
    if (!shown.empty()) out += (out.empty() ? "" : "\n") + make_group(group, false, shown);
  }
  if (left_out > 0)
    out += fmt::format("\nnewsclf {} --help-all shows {} more options.\n", app.get_name(), left_out);
  return out;
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool) const {
  return two_columns(heading_of(*option), text_of(*option));
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return app->get_description() + "\n\n";
}

std::string HelpFormatter::make_subcommand(const CLI::App* sub) const {
  return two_columns(sub->get_name(), sub->get_description());
}

std::string styled_page(const std::string& page) {
  std::istringstream lines(page);
  std::string out;
  for (std::string line; std::getline(lines, line); out += line + '\n') {
    // "Usage: newsclf …", "Data:", "Examples:"
    const std::size_t colon = line.find(':');
    if (line.starts_with("Usage:") ||
        (!line.empty() && line.front() != ' ' && colon + 1 == line.size()))
      line = styled(Style::kHeading, line.substr(0, colon + 1), STDOUT_FILENO) +
             line.substr(colon + 1);
  }
  return out;
}

}  // namespace newsclf
