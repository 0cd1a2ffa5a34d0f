// SPDX-License-Identifier: MIT
// Writes the results of commands, to stdout and the files given by options, and models. A command
// never overwrites a file that it reads.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console.hpp"
#include "newsclf/model/classifier.hpp"

namespace newsclf {

/// The output that an option requests: none (empty), only stdout (`-`), or a file.
struct Output {
  std::string option;  ///< "--json"
  std::string path;
  bool needs_force = false;  ///< an existing file is replaced only with --force
  bool is_streamed = false;  ///< written in place during the run: may be a pipe or a device

  bool is_stdout() const { return path == "-"; }
  bool is_file() const { return !path.empty() && !is_stdout(); }
};

/// Files and folders that a command reads, and their role in messages: "read as data".
struct Inputs {
  std::string_view what;
  std::vector<std::string> paths;  ///< `-` is standard input; empty ones are ignored
};

/// Adds the option of `result`: "also write `what`; - writes only this, to stdout".
void add_result_option(CLI::App& app, Output& result, const std::string& what);

/// @throws CLI::ValidationError if two of `results` use stdout
void check_result_options(const std::vector<Output>& results);

/// Checks all outputs, including stdout, before any work. Prints which existing files are replaced,
/// and which temporary files of earlier runs were removed.
/// @throws Error if an output is one of `inputs`, would become a document in a folder of them, is
///     also written by another option, cannot be written, or exists and needs --force
void check_outputs(const std::vector<Output>& outputs, const std::vector<Inputs>& inputs,
                   const Console& console, bool force = false);

/// Writes what `write` returns to the file of `result`, atomically, or assigns it to `on_stdout`.
/// Does not call `write` if no output is requested.
/// @throws Error if the file cannot be written
void put_result(const Output& result, const std::function<std::string()>& write,
                std::string& on_stdout);

/// Saves a model as the first of `path`, `path.2`, `path.3`, ... that does not exist; returns it.
/// @throws Error as `save_model`
std::string keep_model(const Classifier& classifier, const std::string& path);

/// Saves a new model as `path`; returns the size of the file in bytes. If that file was created in
/// the meantime and `force` is not set, saves the model under another name.
/// @throws Error with this name; as `save_model`
std::int64_t save_new_model(const Classifier& classifier, const std::string& path, bool force);

}  // namespace newsclf
