// SPDX-License-Identifier: MIT
// What a command writes: results on stdout and in the files that options name, and models. One rule
// holds for all of it: what a command reads is never written over.
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

/// What an option asks for: nothing (empty), stdout alone (`-`), or a file.
struct Output {
  std::string option;  ///< "--json"
  std::string path;
  bool needs_force = false;  ///< an old file is replaced only with --force
  bool is_streamed = false;  ///< written in its place from the start on: may be a pipe or a device

  bool is_stdout() const { return path == "-"; }
  bool is_file() const { return !path.empty() && !is_stdout(); }
};

/// Files and folders that a command reads, and what they are to it: "read as data".
struct Inputs {
  std::string_view what;
  std::vector<std::string> paths;  ///< `-` is standard input; empty ones do not count
};

/// The option that asks for `result`: "also write `what`; - writes it alone, to stdout".
void add_result_option(CLI::App& app, Output& result, const std::string& what);

/// @throws CLI::ValidationError if two of them ask for stdout
void check_result_options(const std::vector<Output>& results);

/// Refuses, before any work, an output (stdout among them) that is one of `inputs` or would be a
/// document of a folder among them, that another option asks for too, that could not be written in
/// the end, or that needs --force and does not have it. Says which old files --force gives up.
/// @throws Error
void check_outputs(const std::vector<Output>& outputs, const std::vector<Inputs>& inputs,
                   const Console& console, bool force = false);

/// Puts what `write` returns where `result` asks: into its file, which appears whole or not at all,
/// or in the place of `on_stdout`. Does not call it where nothing is asked for.
/// @throws Error if the file cannot be written
void put_result(const Output& result, const std::function<std::string()>& write,
                std::string& on_stdout);

/// Saves a model under the first of `path`, `path.2`, `path.3`, ... that is free, and returns it.
/// @throws Error as `save_model`
std::string keep_model(const Classifier& classifier, const std::string& path);

/// Saves the model that a command made for `path`; returns the size of the file in bytes. Where
/// another file has come to stand there in the meantime, and without `force`, it keeps the model
/// under another name.
/// @throws Error that tells this name; as `save_model`
std::int64_t save_new_model(const Classifier& classifier, const std::string& path, bool force);

}  // namespace newsclf
