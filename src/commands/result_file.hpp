// SPDX-License-Identifier: MIT
// Where a command puts what it found: stdout, and the files that its options name.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// What an option asks for: nothing (empty), stdout alone (`-`), or a file.
struct ResultFile {
  std::string option;  ///< "--json"
  std::string path;

  bool is_stdout() const { return path == "-"; }
  bool is_file() const { return !path.empty() && !is_stdout(); }
};

/// The option that asks for `result`: "also write `what`; - writes it alone, to stdout".
void add_result_option(CLI::App& app, ResultFile& result, const std::string& what);

/// @throws CLI::ValidationError if two of them ask for stdout
void check_result_options(const std::vector<ResultFile>& results);

/// Refuses, before any work, a file that could not be written in the end, that is one of `models`
/// or of `data`, or that another option asks for too.
/// @throws Error
void check_result_files(const std::vector<ResultFile>& results,
                        const std::vector<std::string>& models,
                        const std::vector<std::string>& data = {});

/// Puts what `write` returns where `result` asks: into its file, which appears whole or not at all,
/// or in the place of `on_stdout`. Does not call it where nothing is asked for.
/// @throws Error if the file cannot be written
void put_result(const ResultFile& result, const std::function<std::string()>& write,
                std::string& on_stdout);

}  // namespace newsclf
