// SPDX-License-Identifier: MIT
// Help pages and the manual page newsclf(1), generated from the tree of commands and options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace newsclf {

/// Formats the help pages of CLI11 in two columns, 80 characters wide: the option with its type
/// name, and its description with the default.
class HelpFormatter : public CLI::Formatter {
 public:
  /// All options in mode `All`, otherwise the common ones with brief descriptions.
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_subcommand(const CLI::App* sub) const override;
};

/// A help page with bold headings if stdout is a terminal that understands escape sequences.
std::string styled_page(const std::string& page);

/// The manual page of `app` in roff with the macros of man(7): every command with all its options
/// and examples.
std::string manual_page(const CLI::App& app);

}  // namespace newsclf
