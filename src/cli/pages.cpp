// SPDX-License-Identifier: MIT
#include "cli/pages.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

#include "cli/console.hpp"
#include "cli/option_tree.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kLineWidth = 80;
constexpr std::size_t kTextColumn = 28;

/// `head` in the left column, `text` in the right column, wrapped at `kLineWidth`.
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

// ---- the manual page: macros of man(7) ----
// TH is the title, SH a section heading, SS a subsection heading; TP makes the next line the tag of
// the paragraph that follows; nf and fi enclose preformatted lines.

/// Escapes `text` for roff. A dash prints as ASCII '-', so that it can be copied to a command line.
std::string escaped(std::string_view text) {
  constexpr std::pair<char, std::string_view> kEscapes[] = {
      {'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'"', "\\(dq"},
      {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
  std::string out;
  for (const char c : text) {
    // roff would read a line that begins with a dot as a request.
    if (c == '.' && (out.empty() || out.back() == '\n')) out += "\\&";
    const auto* const escape =
        std::ranges::find_if(kEscapes, [c](const auto& known) { return known.first == c; });
    out += escape == std::end(kEscapes) ? std::string(1, c) : std::string(escape->second);
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }

std::string section(std::string_view name) { return fmt::format(".SH {}\n", name); }

std::string tagged(const std::string& tag, std::string_view text) {
  return fmt::format(".TP\n{}\n{}\n", tag, escaped(text));
}

/// "newsclf train -o MODEL [OPTIONS] DATA..."
std::string synopsis(const CLI::App& command) {
  std::string out = "newsclf " + command.get_name();
  for (const CLI::Option* option : options_of(command))
    if (option->get_required())
      out += ' ' + spellings(*option).front() + ' ' + option->get_type_name();
  out += " [OPTIONS]";
  for (const CLI::Option* argument : arguments_of(command)) {
    const std::string name = heading_of(*argument);
    out += argument->get_required() ? ' ' + name : " [" + name + ']';
  }
  return out;
}

/// The prose and the examples at the end of a help page. The examples are the lines after
/// "Examples:", without indentation.
std::pair<std::string, std::string> prose_and_examples(const CLI::App& command) {
  constexpr std::string_view kHead = "Examples:\n", kIndent = "  ";
  const std::string footer = command.get_footer();
  const std::size_t head = footer.find(kHead);
  if (head == std::string::npos) return {footer, ""};
  std::string examples;
  for (std::size_t begin = head + kHead.size(), end; begin < footer.size(); begin = end + 1) {
    end = std::min(footer.find('\n', begin), footer.size());
    std::string_view line(footer.data() + begin, end - begin);
    if (line.starts_with(kIndent)) line.remove_prefix(kIndent.size());
    examples += escaped(line) + '\n';
  }
  return {footer.substr(0, head == 0 ? 0 : footer.find_last_not_of('\n', head - 1) + 1), examples};
}

std::string command_part(const CLI::App& command) {
  std::string out = ".SS " + escaped(synopsis(command)) + '\n';
  out += escaped(command.get_description()) + '\n';
  const auto [prose, examples] = prose_and_examples(command);
  if (!prose.empty()) out += ".PP\n" + escaped(prose) + '\n';
  for (const CLI::Option* argument : arguments_of(command))
    out += tagged(bold(heading_of(*argument)), text_of(*argument));
  std::string group;
  for (const std::string& name : groups_of(command)) {
    for (const CLI::Option* option : options_of(command)) {
      if (group_of(*option) != name) continue;
      if (group != name) out += ".PP\n" + bold(name) + '\n';
      group = name;
      out += tagged(bold(heading_of(*option)), text_of(*option));
    }
  }
  return out;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  // The short page must fit on a screen, so its groups have no blank lines between them.
  const bool all = mode == CLI::AppFormatMode::All;
  std::string out = app->get_description() + "\n\n" + make_usage(app, std::move(name)) + '\n';
  std::string between;
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

std::string manual_page(const CLI::App& app) {
  // nh: no hyphenation, which would change names; ad l: left-aligned, without padding.
  std::string out = fmt::format(".TH NEWSCLF 1 \"\" \"newsclf {}\" \"User Commands\"\n.nh\n.ad l\n",
                                escaped(NEWSCLF_VERSION));
  out += section("NAME") + "newsclf \\- train and run text classifiers\n";
  out += section("SYNOPSIS") + ".nf\n";
  for (const CLI::App* command : commands_of(app)) out += bold(synopsis(*command)) + '\n';
  out += ".fi\n" + section("DESCRIPTION") +
         "A bag\\-of\\-words vectorizer feeds an ensemble of perceptrons with two hidden layers,\n"
         "which is trained with Adam and cross\\-entropy and stored in one model file.\n"
         "Results go to standard output, everything else to standard error.\n"
         "Labelling text on the CPU does not need LibTorch.\n";
  for (const CLI::Option* option : options_of(app))
    out += tagged(bold(heading_of(*option)), text_of(*option));
  out += section("COMMANDS");
  for (const CLI::App* command : commands_of(app)) out += command_part(*command);
  out += section("EXAMPLES") + ".nf\n";
  for (const CLI::App* command : commands_of(app)) out += prose_and_examples(*command).second;
  out += ".fi\n" + section("EXIT STATUS");
  out += tagged("0", "success; also if the reader of standard output closes it early");
  out += tagged("1", "failure: input or output, data, model, or a training that diverged");
  out += tagged("2", "invalid command line or configuration file");
  out += tagged("3", "the run is complete, but a requested threshold is not met");
  out += section("ENVIRONMENT");
  out += tagged(
      bold("NEWSCLF_LIBTORCH"),
      "the folder of the LibTorch to load, which contains lib/libtorch_cpu.so; by default, the "
      "LibTorch that newsclf was built with, or that of the active Python environment");
  out += tagged(bold("NO_COLOR"), "if set and not empty, output has no colors");
  out += tagged(bold("TERM"), "if unset or dumb, output has no colors and no progress bar");
  out += section("SEE ALSO");
  out += bold("newsclf") + " COMMAND " + bold("--help") +
         " shows the common options of one\ncommand, " + bold("--help-all") + " all of them.\n";
  return out;
}

}  // namespace newsclf
