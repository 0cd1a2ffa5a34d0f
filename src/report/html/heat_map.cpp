// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/report/numbers.hpp"
#include "report/html/mistakes.hpp"
#include "report/html/page.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kMatrixLabels = 60;
// The cells of a matrix with at most this many labels are large, with percentages.
constexpr std::size_t kFewLabels = 6;

std::string heat_cell(const Evaluation& evaluation, const MistakeLinks& links, bool large,
                      std::int32_t truth, std::int32_t predicted) {
  const std::int64_t count = evaluation.matrix.count(truth, predicted);
  const std::string_view right = truth == predicted ? " right" : "";
  if (count == 0) return fmt::format("<td class=\"none{}\">·</td>", right);
  const std::int64_t support = evaluation.matrix.support(truth);
  const double share = ratio(count, support);
  const std::string& label = evaluation.labels.to_label(truth);
  const std::string& answer = evaluation.labels.to_label(predicted);
  const std::string figures =
      std::to_string(count) + (large ? fmt::format("<small>{} %</small>", percent(share)) : "");
  return fmt::format("<td class=\"h{}{}\" title=\"{} predicted as {}: {} of {}, {} %\">{}</td>",
                     std::min(static_cast<int>(10 * share), 9), right, html_escaped(label),
                     html_escaped(answer), with_commas(count), with_commas(support), percent(share),
                     links.to_pair(label, answer, figures));
}

}  // namespace

std::string heat_map(const Evaluation& evaluation, const MistakeLinks& links) {
  const ConfusionMatrix& matrix = evaluation.matrix;
  const std::vector<std::int32_t> labels = labels_with_most_mistakes(matrix, kMatrixLabels);
  const bool all = static_cast<std::int32_t>(labels.size()) == matrix.labels();
  const bool large = labels.size() <= kFewLabels;
  std::string out = fmt::format(
      "<p class=\"quiet\">Rows: true labels; columns: predicted labels. A stronger color is a "
      "larger share of the row.{}{}</p>\n",
      links.empty() ? "" : " An underlined number links to the mistakes below.",
      all ? ""
          : fmt::format(" Shows the {} of {} labels with the most mistakes.", labels.size(),
                        matrix.labels()));
  const auto name = [&](std::int32_t label) {
    return html_escaped(evaluation.labels.to_label(label));
  };
  const auto heading = [&](std::int32_t label) {
    return large ? html_breakable(evaluation.labels.to_label(label)) : name(label);
  };
  std::string table =
      fmt::format("<table class=\"heat{}\">\n<thead><tr><td></td>", large ? " large" : "");
  for (const std::int32_t label : labels)
    table += fmt::format("<th scope=\"col\" title=\"{}\"><span>{}</span></th>", name(label),
                         heading(label));
  table += "</tr></thead>\n<tbody>\n";
  for (const std::int32_t truth : labels) {
    table += fmt::format("<tr><th scope=\"row\" title=\"{}\">{}</th>", name(truth), heading(truth));
    for (const std::int32_t predicted : labels)
      table += heat_cell(evaluation, links, large, truth, predicted);
    table += "</tr>\n";
  }
  return out + html_scroll_box("Confusion matrix", table + "</tbody>\n</table>\n");
}

}  // namespace newsclf
