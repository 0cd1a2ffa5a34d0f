// SPDX-License-Identifier: MIT
// Help pages: an option, its value's name, what it means, its default; wrapped to the terminal.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace newsclf {

/// Lays out the pages of CLI11 in two columns of 80 characters.
class HelpFormatter : public CLI::Formatter {
 public:
  /// With all options in the mode `All`, otherwise with the common ones.
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_description(const CLI::App* app) const override;
  std::string make_subcommand(const CLI::App* sub) const override;

 private:
  std::string options_by_group(const CLI::App& app, bool all) const;
};

/// A help page as stdout takes it: with its headings in bold on a terminal.
std::string styled_page(const std::string& page);

}  // namespace newsclf
