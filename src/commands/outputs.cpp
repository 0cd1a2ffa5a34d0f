// SPDX-License-Identifier: MIT
#include "commands/outputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <span>
#include <system_error>
#include <utility>

#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/io/atomic_file.hpp"
#include "newsclf/io/same_file.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

/// The input files of a command, each with its path and its role.
using InputFiles = std::map<FileIdentity, std::pair<std::string, std::string_view>>;

InputFiles identify(const std::vector<Inputs>& inputs) {
  InputFiles files;
  for (const auto& [what, paths] : inputs) {
    for (const std::string& path : paths) {
      if (path.empty()) continue;
      FileIdentity file = identify_file(path == "-" ? "/dev/stdin" : path);
      // A folder inside an archive is read from the archive.
      if (file.inode == 0) file = identify_file(CorpusPlace::of(path).path);
      files.try_emplace(std::move(file), path, what);
    }
  }
  return files;
}

/// @throws Error if writing to `path`, named `where` in messages, would change an input
void refuse(const InputFiles& files, const std::string& path, const std::string& where,
            const std::string& remedy) {
  if (const auto same = files.find(identify_file(path)); same != files.end())
    throw Error(where, fmt::format("this is {}", same->second.second), remedy);
  // A file directly in the folder of a tree is not a document; one in a label folder is.
  for (fs::path folder = canonical_path(path).parent_path(); folder.has_relative_path();) {
    folder = folder.parent_path();
    const auto tree = files.find(identify_file(folder));
    if (tree == files.end()) continue;
    const auto& [place, what] = tree->second;
    throw Error(where, fmt::format("this is in {}, which is {}", place, what), remedy);
  }
}

}  // namespace

void add_result_option(CLI::App& app, Output& result, const std::string& what) {
  app.add_option(result.option, result.path,
                 fmt::format("also write {}; - writes only this, to stdout", what))
      ->type_name("FILE")
      ->group("Output");
}

void check_result_options(const std::vector<Output>& results) {
  const Output* taken = nullptr;
  for (const Output& result : results) {
    if (!result.is_stdout()) continue;
    if (taken != nullptr)
      throw CLI::ValidationError(result.option + " -", taken->option + " - already uses stdout");
    taken = &result;
  }
}

void check_outputs(const std::vector<Output>& outputs, const std::vector<Inputs>& inputs,
                   const Console& console, bool force) {
  const std::string on_stdout = "/dev/stdout";
  std::error_code ignored;
  const bool fills_file = fs::is_regular_file(on_stdout, ignored);
  if (!fills_file && std::ranges::none_of(outputs, &Output::is_file)) return;

  const InputFiles files = identify(inputs);
  if (fills_file) refuse(files, on_stdout, "standard output", "write it to another file");
  std::map<FileIdentity, std::string> options;
  std::vector<std::string> replaced;
  for (const auto& [option, path, needs_force, is_streamed] : outputs) {
    if (path.empty() || path == "-") continue;
    if (is_streamed && fs::is_character_file(path, ignored)) continue;  // may also be an input
    const std::string remedy = "use another name for " + option;
    refuse(files, path, path, remedy);
    const auto [other, is_first] = options.try_emplace(identify_file(path), option);
    if (!is_first) throw Error(path, other->second + " also writes this file", remedy);
    if (!is_streamed) {
      for (const std::string& leftover : remove_leftovers(path))
        console.note(fmt::format("removed {}, left by a run that was killed", leftover));
      const AtomicFile probe(path);  // what is done at the end, without the commit
    }
    if (!needs_force || !fs::is_regular_file(path, ignored)) continue;
    if (!force)
      throw Error(path, "this file already exists", "use another name, or --force to replace it");
    replaced.push_back(path);
  }
  for (const std::string& path : replaced) console.note(path + " exists and will be replaced");
}

void put_result(const Output& result, const std::function<std::string()>& write,
                std::string& on_stdout) {
  if (result.is_stdout()) on_stdout = write();
  if (!result.is_file()) return;
  const std::string text = write();
  AtomicFile file(result.path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

std::string keep_model(const Classifier& classifier, const std::string& path) {
  std::string name = path;
  for (int n = 2;; ++n) {
    try {
      save_model(classifier, name, Replace::kNever);
      return name;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kFileExists) throw;
      name = fmt::format("{}.{}", path, n);
    }
  }
}

std::int64_t save_new_model(const Classifier& classifier, const std::string& path, bool force) {
  try {
    return save_model(classifier, path, force ? Replace::kAllow : Replace::kNever);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kFileExists) throw;
  }
  throw Error(path, "another program wrote this file during training",
              "the model was saved as " + keep_model(classifier, path));
}

}  // namespace newsclf
