// SPDX-License-Identifier: MIT
// Options from a file: lines `option = value` of TOML, as `--print-config` writes them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace newsclf {

/// --config, which `with_config_file` looks for.
void add_config_option(CLI::App& command, std::string& path);

/// The words of a command line, without the program's name, and with them what the file of --config
/// says. What was typed wins: the file's options that were typed too, or that exclude one that was,
/// are left out.
/// @throws Error if the file cannot be read
/// @throws WrongCommandLine if it holds what is no option of the command
std::vector<std::string> with_config_file(std::vector<std::string> words, const CLI::App& app);

/// The file that stands for the options of `command` as they were parsed: given ones and defaults
/// as values; those that have none, or that a given one excludes, in comments.
/// @throws Error for a value that such a file cannot hold
std::string config_text(const CLI::App& command);

}  // namespace newsclf
