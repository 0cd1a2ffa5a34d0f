// SPDX-License-Identifier: MIT
// Help pages and the manual page newsclf(1), written from the tree of commands and options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace newsclf {

/// Lays out the help pages of CLI11 in two columns of 80 characters: an option with its value's
/// name, and what it means with its default.
class HelpFormatter : public CLI::Formatter {
 public:
  /// All options in the mode `All`, otherwise the common ones in brief.
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_subcommand(const CLI::App* sub) const override;
};

/// A help page as stdout takes it: with its headings in bold on a terminal.
std::string styled_page(const std::string& page);

/// The manual page of `app` in roff, for the man macros: every command with all its options, and
/// the examples of their help pages.
std::string manual_page(const CLI::App& app);

}  // namespace newsclf
