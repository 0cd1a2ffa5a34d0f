// SPDX-License-Identifier: MIT
#include "commands/known_labels.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "newsclf/error/error.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {

void add_known_labels_option(CLI::App& app, bool& known_labels) {
  begin_group(app, "Data");
  app.add_flag("--known-labels", known_labels,
               "leave out documents whose label a model does not know");
}

void handle_unknown_labels(const KnownLabels& known, bool known_labels, const DataOptions& data,
                           const Console& console, Corpus& corpus) {
  const auto is_unknown = [&](const Document& document) {
    return known.labels.to_id(document.label) == LabelSet::kUnknown;
  };
  std::vector<std::string> names;
  std::size_t unknown = 0;
  for (const Document& document : corpus.documents) {
    if (!is_unknown(document)) continue;
    ++unknown;
    if (names.empty() || names.back() != document.label) names.push_back(document.label);
  }
  if (unknown == 0) return;
  const LabelSet unknown_labels(std::move(names));
  if (unknown == corpus.documents.size())
    throw Error(fmt::format("{}", fmt::join(data.data, ", ")),
                fmt::format("no document has a label of {} ({})", known.owner,
                            fmt::join(known.labels.labels(), ", ")),
                fmt::format("the labels here are {}", fmt::join(unknown_labels.labels(), ", ")));
  const std::string count =
      fmt::format("{} documents of {} labels {}", with_commas(static_cast<std::int64_t>(unknown)),
                  unknown_labels.size(), known.unknown);
  if (known_labels) {
    std::erase_if(corpus.documents, is_unknown);
    console.note(fmt::format("left out {}", count));
  } else {
    console.warning(fmt::format("{} {} ({}); --known-labels leaves them out", count, known.effect,
                                fmt::join(unknown_labels.labels(), ", ")));
  }
}

}  // namespace newsclf
