// SPDX-License-Identifier: MIT
// Reads options from a TOML file of lines `option = value`, as written by `--print-config`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace newsclf {

/// Adds --config, which sets options of `command` from a file after the command line was parsed and
/// before values are checked. Command-line options take precedence: an option of the file is
/// skipped if it was also given on the command line, or if it excludes one that was. --config must
/// be the first option of `command`: CLI11 checks the values of options in this order.
/// Parsing throws Error if the file cannot be read, and WrongCommandLine if it is not TOML or
/// contains something other than an option of the command.
/// @param file is set to the name of the file
void add_config_option(CLI::App& command, std::string& file);

/// A configuration file with the parsed options of `command`: given values and defaults; options
/// without a value, or excluded by a given option, are comments.
/// @throws Error for a value that is not UTF-8, as TOML requires
std::string config_text(const CLI::App& command);

}  // namespace newsclf
