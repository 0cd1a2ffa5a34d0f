// SPDX-License-Identifier: MIT
// Reads the tree of commands and options, for help pages, completion, the manual page,
// configuration files and "did you mean".
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// The commands, options and arguments of `app` that are not hidden, in the order of help pages.
std::vector<const CLI::App*> commands_of(const CLI::App& app);
std::vector<const CLI::Option*> options_of(const CLI::App& app);
std::vector<const CLI::Option*> arguments_of(const CLI::App& app);

/// Puts the options that are added to `app` after this call under this heading.
void begin_group(CLI::App& app, std::string_view name);
/// Shows the option only in `--help-all`, so that the page of `--help` stays short.
CLI::Option* advanced(CLI::Option* option);
bool is_advanced(const CLI::Option& option);
/// The heading of the option's group, the same for common and advanced options.
std::string group_of(const CLI::Option& option);
/// The groups of `app` in the order of their first options, General last.
std::vector<std::string> groups_of(const CLI::App& app);

bool takes_value(const CLI::Option& option);
/// Whether the option is given, and not as `--flag=false`.
bool is_set(const CLI::Option& option);
/// The values given to an option, as they were typed: a list with a delimiter is one value.
std::vector<std::string> values_of(const CLI::Option& option);
/// "-o", "--output"
std::vector<std::string> spellings(const CLI::Option& option);
/// For `default_str`: describes in words what happens if an option is not given. It is not a value
/// that can be typed.
std::string in_words(std::string_view words);
/// The default as it could be typed; empty if there is none or it is described in words.
std::string default_of(const CLI::Option& option);
/// "-o,--output MODEL", or "DATA..." for an argument
std::string heading_of(const CLI::Option& option);
/// The description, brief or whole, followed by "(required)" or the default.
std::string text_of(const CLI::Option& option, bool in_brief = false);
/// The first part of a description, up to a colon or semicolon.
std::string brief(std::string_view description);

}  // namespace newsclf
