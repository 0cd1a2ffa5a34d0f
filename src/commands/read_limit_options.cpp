// SPDX-License-Identifier: MIT
#include "commands/read_limit_options.hpp"

#include <fmt/format.h>

#include "commands/command_options.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

constexpr Choice<OnLong> kAnswered[] = {{"cut", OnLong::kCut}, {"error", OnLong::kError}};

}  // namespace

void add_limit_options(CLI::App& app, ReadLimits& limits, bool may_skip) {
  begin_group(app, "Data");
  advanced(add_size(app, "--max-document", limits.document,
                    "longest document; only the start of a longer one is used"));
  const char* const name = "--on-long";
  advanced(may_skip ? add_choice(app, name, limits.on_long, kOnLong,
                                 "handling of longer documents: cut them to their start, skip "
                                 "them, or stop")
                    : add_choice(app, name, limits.on_long, kAnswered,
                                 "handling of longer documents: cut them to their start, or stop"));
  advanced(add_size(app, "--max-record", limits.record,
                    "longest record of CSV, TSV or JSONL; a longer one is an error"));
}

void set_memory_limit(ReadLimits& limits) {
  if (limits.memory == 0) limits.memory = available_memory() / 2;
}

void warn_of_long_documents(const Console& console, const ReadCounts& counts,
                            const ReadLimits& limits) {
  const std::string than = "longer than " + describe_size(limits.document);
  const char* const option = "; --max-document sets the limit";
  if (counts.cut > 0)
    console.warning(fmt::format("{0} {1} {2} and {1} cut{3}", counted(counts.cut, "document"),
                                counts.cut == 1 ? "was" : "were", than, option));
  if (counts.too_long > 0)
    console.warning(
        fmt::format("skipped {} {}{}", counted(counts.too_long, "document"), than, option));
}

}  // namespace newsclf
