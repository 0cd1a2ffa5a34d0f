// SPDX-License-Identifier: MIT
// Help pages: an option, its value's name, what it means, its default; wrapped to the terminal.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace newsclf {

/// Lays out the pages of CLI11 in two columns of 80 characters.
class HelpFormatter : public CLI::Formatter {
 public:
  /// All options in the mode `All`, otherwise the common ones in brief.
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_description(const CLI::App* app) const override;
  std::string make_subcommand(const CLI::App* sub) const override;
};

/// A help page as stdout takes it: with its headings in bold on a terminal.
std::string styled_page(const std::string& page);

}  // namespace newsclf
