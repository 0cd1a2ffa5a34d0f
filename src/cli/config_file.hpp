// SPDX-License-Identifier: MIT
// Options from a file: lines `option = value` of TOML, as `--print-config` writes them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace newsclf {

/// --config, which gives the options of its file to `command` once the command line is parsed, and
/// before anything is checked or run. Command-line options take precedence: the file's options that
/// were typed too, or that exclude one that was, are left out. Has to be the first option of
/// `command`: CLI11 has the values of options checked in this order.
/// Parsing then throws Error for a file that cannot be read, and WrongCommandLine for one that is
/// not TOML or holds what is not an option of the command.
/// @param file becomes the name of that file
void add_config_option(CLI::App& command, std::string& file);

/// The file that stands for the options of `command` as they were parsed: given ones and defaults
/// as values; those that have none, or that a given one excludes, in comments.
/// @throws Error for a value that is not UTF-8, which no such file can hold
std::string config_text(const CLI::App& command);

}  // namespace newsclf
