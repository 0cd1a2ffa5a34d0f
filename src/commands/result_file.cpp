// SPDX-License-Identifier: MIT
#include "commands/result_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <span>
#include <system_error>

#include "cli/option_tree.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/io/atomic_file.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

/// Whether both name one file, which need not be there.
bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored) || fs::weakly_canonical(fs::absolute(a), ignored) ==
                                              fs::weakly_canonical(fs::absolute(b), ignored);
}

}  // namespace

void add_result_option(CLI::App& app, ResultFile& result, const std::string& what) {
  begin_group(app, "Output");
  app.add_option(result.option, result.path,
                 fmt::format("also write {}; -: write only that, to stdout", what))
      ->type_name("FILE");
}

void check_result_options(const std::vector<ResultFile>& results) {
  const ResultFile* taken = nullptr;
  for (const ResultFile& result : results) {
    if (!result.is_stdout()) continue;
    if (taken != nullptr)
      throw CLI::ValidationError(result.option + " -", taken->option + " - already uses stdout");
    taken = &result;
  }
}

void check_result_files(const std::vector<ResultFile>& results,
                        const std::vector<std::string>& models,
                        const std::vector<std::string>& data) {
  for (auto result = results.begin(); result != results.end(); ++result) {
    if (!result->is_file()) continue;
    const AtomicFile probe(result->path);  // what will be done in the end, without the commit
    const auto refuse_if_in = [&](const std::vector<std::string>& files, const char* what) {
      for (const std::string& file : files)
        if (is_same_file(result->path, file))
          throw Error(result->path, what, "take another name for " + result->option);
    };
    refuse_if_in(models, "this is the model itself");
    refuse_if_in(data, "this is read as data");
    for (auto other = results.begin(); other != result; ++other)
      if (other->is_file() && is_same_file(result->path, other->path))
        throw Error(result->path, other->option + " is written there too",
                    "take another name for " + result->option);
  }
}

void put_result(const ResultFile& result, const std::function<std::string()>& write,
                std::string& on_stdout) {
  if (result.is_stdout()) on_stdout = write();
  if (!result.is_file()) return;
  const std::string text = write();
  AtomicFile file(result.path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace newsclf
