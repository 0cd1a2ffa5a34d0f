// SPDX-License-Identifier: MIT
#include "newsclf/commands/command_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <filesystem>

#include "newsclf/cli/machine.hpp"
#include "newsclf/corpus/label_set.hpp"

namespace newsclf {
namespace {

/// Says what was read, and what was not.
void tell_reading(const Console& console, const DataOptions& options, const ReadCounts& counts,
                  std::int32_t labels) {
  std::string line =
      fmt::format("read {} (tree): {} documents, {} labels, {}", fmt::join(options.data, ", "),
                  with_commas(counts.read), labels, file_size(counts.bytes));
  if (counts.empty > 0) line += fmt::format(", {} empty", with_commas(counts.empty));
  if (counts.repaired > 0)
    line += fmt::format(", {} not UTF-8 ({})", with_commas(counts.repaired),
                        name_of(kInvalidUtf8Policies, options.tree.invalid_utf8));
  console.note(line);

  const auto passed_over = [&](std::int64_t count, const char* what) {
    if (count > 0) console.note(fmt::format("not read: {} {}", with_commas(count), what));
  };
  passed_over(counts.outside, "files outside any label folder");
  passed_over(counts.hidden, "files or folders whose name begins with a dot");
  passed_over(counts.not_regular, "pipes, sockets or devices");
  const auto named = [&](const std::vector<std::string>& paths, const char* what) {
    if (paths.empty()) return;
    console.warning(fmt::format("{} {}, the first is {}", paths.size(), what, paths.front()));
    for (const std::string& path : paths) console.detail("  " + path);
  };
  named(counts.links, "symbolic links were not followed");
  named(counts.unreadable, "files could not be read");
}

}  // namespace

void add_data_options(CLI::App& app, DataOptions& options) {
  app.add_option("DATA", options.data, "folders that hold one folder a label, one file a document")
      ->required()
      ->type_name("FOLDER")
      ->group("Data");
  app.add_option("--labels", options.tree.labels, "read documents of these labels alone")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B,...")
      ->group("Data");
  add_invalid_utf8_option(app, options.tree.invalid_utf8);
}

void add_invalid_utf8_option(CLI::App& app, InvalidUtf8& policy) {
  add_choice(app, "--invalid-utf8", policy, kInvalidUtf8Policies,
             "bytes that are not UTF-8: replace them, read the document as Latin-1, or stop")
      ->group("Data");
}

void add_general_options(CLI::App& app, Console& console) {
  app.add_flag("-q,--quiet", console.quiet, "say nothing but warnings and errors")
      ->group("General");
  app.add_flag("-v,--verbose", console.verbose, "say more")->group("General");
  app.set_help_flag("-h,--help", "show this page")->group("General");
}

void add_machine_options(CLI::App& app, int& threads, DeviceChoice& device,
                         const std::string& group, const std::string& scope) {
  threads = available_threads();
  add_number(app, "--threads", threads, 1, 1024, "N", "threads that read, vectorize and compute")
      ->group(group);
  app.add_option_function<std::string>(
         "--device", [&device](const std::string& text) { device = parse_device(text); },
         "where to compute; auto: on CUDA if there is any" + scope)
      ->type_name("auto|cpu|cuda|cuda:N")
      ->default_str("auto")
      ->group(group);
}

DeviceChoice parse_device(const std::string& text) {
  if (text == "auto") return {DeviceChoice::kAuto, 0};
  if (text == "cpu") return {DeviceChoice::kCpu, 0};
  if (text == "cuda") return {DeviceChoice::kCuda, 0};
  constexpr std::string_view kPrefix = "cuda:";
  DeviceChoice choice{DeviceChoice::kCuda, 0};
  const char* const end = text.data() + text.size();
  if (text.starts_with(kPrefix)) {
    const auto [stop, error] = std::from_chars(text.data() + kPrefix.size(), end, choice.index);
    if (error == std::errc() && stop == end && choice.index >= 0 && choice.index < 128)
      return choice;
  }
  throw CLI::ValidationError("--device", "'" + text + "' is none of auto, cpu, cuda or cuda:N");
}

Corpus read_data(const DataOptions& options, const Console& console, Workers& workers) {
  const std::vector<std::filesystem::path> roots(options.data.begin(), options.data.end());
  Corpus corpus = read_trees(roots, options.tree, workers);
  tell_reading(console, options, corpus.counts, LabelSet::of(corpus.documents).size());
  return corpus;
}

}  // namespace newsclf
