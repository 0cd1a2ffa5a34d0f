// SPDX-License-Identifier: MIT
#include "commands/encoding_warnings.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "newsclf/names/choice.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {

bool warn_of_encoding(const Console& console, const ReadCounts& counts,
                      const ReadOptions& options) {
  constexpr std::int64_t kFew = 10, kPercent = 100;
  const std::int64_t repaired = counts.repaired;
  const bool many =
      2 * repaired >= counts.read || (repaired > kFew && kPercent * repaired > counts.read);
  if (repaired == 0 || !many || options.invalid_utf8 == InvalidUtf8::kLatin1) return false;
  std::string how;
  if (counts.guessed > 0)
    how = fmt::format("{} decoded as windows-1252, a guess", with_commas(counts.guessed));
  if (const std::int64_t replaced = repaired - counts.guessed; replaced > 0)
    how += fmt::format("{}{} with U+FFFD for invalid bytes", how.empty() ? "" : ", ",
                       with_commas(replaced));
  console.warning(fmt::format(
      "{} of {} {} not valid {} ({}); {}", with_commas(repaired), counted(counts.read, "document"),
      repaired == 1 ? "is" : "are", name_of_encoding(options.encoding), how,
      expects_utf8(options.encoding) ? "name the encoding with --encoding" : "check --encoding"));
  return true;
}

void warn_of_case(const Console& console, const LabelSet& labels) {
  std::vector<std::string> pairs;
  for (const auto& [one, other] : labels_differing_in_case(labels))
    pairs.push_back(fmt::format("'{}' and '{}'", one, other));
  if (!pairs.empty())
    console.warning(
        fmt::format("labels that differ only in case are different labels: {}", short_list(pairs)));
}

}  // namespace newsclf
