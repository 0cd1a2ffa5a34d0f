// SPDX-License-Identifier: MIT
// What the tree of commands and options holds, for those who write it in another form: help pages,
// completion, the manual page, configuration files, "did you mean".
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// What help pages show of `app`, in their order: nothing hidden.
std::vector<const CLI::App*> commands_of(const CLI::App& app);
std::vector<const CLI::Option*> options_of(const CLI::App& app);
std::vector<const CLI::Option*> arguments_of(const CLI::App& app);

/// Puts the options that are added to `app` from here on under this heading.
void begin_group(CLI::App& app, std::string_view name);
/// Leaves the option to `--help-all`, so that the page of `--help` stays short.
CLI::Option* advanced(CLI::Option* option);
bool is_advanced(const CLI::Option& option);
/// The group as it is shown, of common and advanced options alike.
std::string group_of(const CLI::Option& option);
/// The groups of `app` in the order of their first options, General last.
std::vector<std::string> groups_of(const CLI::App& app);

bool takes_value(const CLI::Option& option);
/// "-o", "--output"
std::vector<std::string> spellings(const CLI::Option& option);
/// For `default_str`: says in words what holds where an option is not given, and is no value to
/// type.
std::string in_words(std::string_view words);
/// The default as it could be typed; empty where there is none, or one in words.
std::string default_of(const CLI::Option& option);
/// "-o,--output MODEL", or "DATA..." of an argument
std::string heading_of(const CLI::Option& option);
/// The description, in brief or whole, and behind it "(required)" or the default.
std::string text_of(const CLI::Option& option, bool in_brief = false);
/// The first part of a description, up to a colon or semicolon.
std::string brief(std::string_view description);

}  // namespace newsclf
