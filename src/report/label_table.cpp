// SPDX-License-Identifier: MIT
#include "report/label_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "newsclf/report/numbers.hpp"
#include "report/text_table.hpp"

namespace newsclf {

std::vector<std::int32_t> table_labels(const Evaluation& evaluation) {
  std::vector<std::int32_t> labels = labels_by_f1(evaluation);
  if (evaluation.labels.size() > kMostLabels)
    labels.resize(kLabelsOfMany);
  else
    std::ranges::sort(labels);
  return labels;
}

std::string share_shown(const std::vector<std::int32_t>& labels, const Evaluation& evaluation) {
  return fmt::format("{} of {}", labels.size(), counted(evaluation.labels.size(), "label"));
}

std::string columns(std::string_view first, std::string_view second, std::string_view third) {
  return fmt::format("{:>9}  {:>9}  {:>9}", first, second, third);
}

std::string score_columns(const Scores& scores) {
  return columns(percent(scores.precision), percent(scores.recall), percent(scores.f1));
}

std::string label_table(const Evaluation& evaluation, const std::vector<std::int32_t>& labels,
                        std::size_t width) {
  std::string out;
  if (std::ssize(labels) < evaluation.labels.size())
    out = fmt::format("the {} with the lowest F1; the JSON report lists all\n",
                      share_shown(labels, evaluation));
  out += fmt::format("{}  {}  {:>9}\n", padded("label", width),
                     columns("precision", "recall", "F1"), "documents");
  for (const std::int32_t l : labels)
    out += fmt::format("{}  {}  {:>9}\n", padded(evaluation.labels.to_label(l), width),
                       score_columns(evaluation.metrics.labels[static_cast<std::size_t>(l)]),
                       evaluation.matrix.support(l));
  return out;
}

}  // namespace newsclf
