// SPDX-License-Identifier: MIT
#include "cli/help_formatter.hpp"

#include <unistd.h>

#include <sstream>
#include <utility>
#include <vector>

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

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  // The short page is to fit on a screen: it has no blank lines, either.
  const bool all = mode == CLI::AppFormatMode::All;
  std::string out = make_description(app) + make_usage(app, std::move(name)), between;
  const auto add_group = [&](const std::string& heading,
                             const std::vector<const CLI::Option*>& options, const auto& belongs) {
    std::string lines;
    for (const CLI::Option* option : options)
      if (belongs(*option) && (all || !is_advanced(*option)))
        lines += two_columns(heading_of(*option), text_of(*option, !all));
    if (!lines.empty()) out += std::exchange(between, all ? "\n" : "") + heading + ":\n" + lines;
  };
  add_group("Arguments", arguments_of(*app), [](const CLI::Option&) { return true; });
  for (const std::string& group : groups_of(*app))
    add_group(group, options_of(*app),
              [&group](const CLI::Option& option) { return group_of(option) == group; });
  return out + make_subcommands(app, mode) + '\n' + make_footer(app);
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
