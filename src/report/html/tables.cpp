// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "newsclf/report/numbers.hpp"
#include "report/html/mistakes.hpp"
#include "report/html/page.hpp"
#include "report/text_table.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kConfusedPairs = 15;

std::string figure(std::string_view name, std::string_view value, std::string_view note,
                   std::string_view of_class = "") {
  return fmt::format("<div{}><dt>{}</dt><dd>{}{}</dd></div>\n", of_class, name, value,
                     note.empty() ? "" : fmt::format(" <small>{}</small>", note));
}

std::string bin_cells(const ReliabilityBin& bin) {
  std::string out;
  for (const std::string& figure :
       {with_commas(bin.documents), percent(bin.mean_probability), percent(bin.accuracy)})
    out += fmt::format("<td class=\"n\">{}</td>", bin.documents == 0 ? "·" : figure);
  return out;
}

}  // namespace

std::string headline_figures(const Evaluation& evaluation) {
  const Metrics& metrics = evaluation.metrics;
  std::string out = "<dl class=\"figures\">\n";
  out += figure(
      "Accuracy", percent(metrics.accuracy) + " %",
      fmt::format("95 % interval {} to {} %<br>{} of {} correct",
                  percent(metrics.accuracy_interval.low), percent(metrics.accuracy_interval.high),
                  with_commas(evaluation.matrix.correct()), counted(metrics.documents, "document")),
      " class=\"first\"");
  out += figure("Macro F1", percent(metrics.macro.f1) + " %", "mean over labels with documents");
  out += figure("Micro F1", percent(metrics.micro.f1) + " %", "over all predictions");
  out += figure("Weighted F1", percent(metrics.weighted.f1) + " %",
                "mean over labels, weighted by documents");
  out += figure("Log loss", fmt::format("{:.4f}", evaluation.calibration.log_loss),
                "mean -ln p(true label), in nats");
  const bool calibrated = evaluation.is_calibrated();
  out += figure("Calibration error", percent(evaluation.calibration.error) + " %",
                calibrated
                    ? fmt::format("before calibration {} %, temperature {:#.3g}",
                                  percent(evaluation.uncalibrated.error), evaluation.temperature)
                    : "mean |accuracy - probability| over 15 bins");
  std::vector<std::string> tops;
  for (const TopAccuracy& top : evaluation.tops)
    if (top.k > 1) tops.push_back(fmt::format("top {}: {} %", top.k, percent(top.accuracy)));
  if (!tops.empty())
    out += fmt::format("<div><dt>Top-k accuracy</dt><dd><small>{}</small></dd></div>\n",
                       fmt::join(tops, "<br>"));
  std::string notes;
  for (const auto& [count, what] :
       {std::pair{evaluation.matrix.unknown(), "with unknown labels, counted as wrong"},
        {evaluation.counts.empty, "empty"},
        {evaluation.counts.repaired, "not UTF-8, repaired"}})
    if (count > 0) notes += fmt::format("{} {}<br>", with_commas(count), what);
  out += figure("Documents", with_commas(metrics.documents),
                notes + counted(evaluation.labels.size(), "label"));
  return out + "</dl>\n";
}

std::string label_table(const Evaluation& evaluation) {
  std::string out =
      "<table class=\"list bars\">\n"
      "<thead><tr><th scope=\"col\">Label</th><th scope=\"col\" class=\"n\">Precision</th>"
      "<th scope=\"col\" class=\"n\">Recall</th><th scope=\"col\" class=\"n\">F1</th>"
      "<th scope=\"col\" class=\"n\">Documents</th></tr></thead>\n<tbody>\n";
  const auto add_row = [&](std::string_view name, const Scores& scores,
                           std::string_view documents) {
    out += fmt::format("<tr><th scope=\"row\">{}</th>", name);
    for (const double score : {scores.precision, scores.recall, scores.f1})
      out += fmt::format("<td class=\"bar\"><span style=\"--share:{0}%\">{0}</span></td>",
                         percent(score));
    out += fmt::format("<td class=\"n\">{}</td></tr>\n", documents);
  };
  for (const std::int32_t l : labels_by_f1(evaluation))
    add_row(html_breakable(evaluation.labels.to_label(l)),
            evaluation.metrics.labels[static_cast<std::size_t>(l)],
            with_commas(evaluation.matrix.support(l)));
  out += "</tbody>\n<tfoot>\n";
  add_row("macro average", evaluation.metrics.macro, "");
  add_row("micro average", evaluation.metrics.micro, "");
  add_row("weighted average", evaluation.metrics.weighted, "");
  return "<p class=\"quiet\">Precision: share of the documents predicted as a label that have it; "
         "recall: share of the documents with a label that are predicted as it; F1: harmonic mean "
         "of both. All in %, the label with the lowest F1 first.</p>\n" +
         html_scroll_box("Scores per label", out + "</tfoot>\n</table>\n");
}

std::string confused_pairs_table(const Evaluation& evaluation, const MistakeLinks& links) {
  std::string rows;
  for (const ConfusedPair& pair : most_confused_pairs(evaluation.matrix, kConfusedPairs)) {
    const std::string& truth = evaluation.labels.to_label(pair.truth);
    const std::string& predicted = evaluation.labels.to_label(pair.predicted);
    std::vector<std::string> ids;
    for (const std::string& id : ids_of_pair(evaluation, pair)) {
      ids.push_back(links.to_document(truth, predicted, id, html_breakable(id)));
      if (ids.size() > kExamples) break;
    }
    rows += fmt::format(
        "<tr><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"label\">{}</td>"
        "<td class=\"label\">{}</td>"
        "<td class=\"ids quiet\">{}</td></tr>\n",
        with_commas(pair.count), percent(ratio(pair.count, evaluation.matrix.support(pair.truth))),
        html_breakable(truth), html_breakable(predicted),
        first_of(std::move(ids), kExamples, ", "));
  }
  if (rows.empty()) return {};
  return html_scroll_box(
      "Most confused pairs",
      "<table class=\"list\">\n<thead><tr><th scope=\"col\" class=\"n\">Documents</th>"
      "<th scope=\"col\" class=\"n\">% of the label</th><th scope=\"col\">True label</th>"
      "<th scope=\"col\">Predicted label</th><th scope=\"col\">Most confident mistakes</th></tr>"
      "</thead>\n<tbody>\n" +
          rows + "</tbody>\n</table>\n");
}

std::string reliability_table(const Evaluation& evaluation) {
  const bool calibrated = evaluation.is_calibrated();
  const std::string_view columns =
      "<th scope=\"col\" class=\"n\">Documents</th><th scope=\"col\" class=\"n\">Mean</th>"
      "<th scope=\"col\" class=\"n\">Accuracy</th>";
  std::string out = "<table class=\"list bins\">\n<thead>";
  if (calibrated)
    out +=
        "<tr><td></td><th scope=\"colgroup\" colspan=\"3\">Calibrated</th>"
        "<th scope=\"colgroup\" colspan=\"3\">Before calibration</th></tr>\n";
  out += fmt::format("<tr><th scope=\"col\">Probability</th>{}{}</tr></thead>\n<tbody>\n", columns,
                     calibrated ? columns : "");
  for (std::size_t i = 0; i < kReliabilityBins; ++i) {
    const ReliabilityBin& now = evaluation.calibration.bins[i];
    const ReliabilityBin& before = evaluation.uncalibrated.bins[i];
    if (now.documents == 0 && before.documents == 0) continue;
    out += fmt::format("<tr><th scope=\"row\">{} to {}</th>{}{}</tr>\n", percent(now.low),
                       percent(now.high), bin_cells(now), calibrated ? bin_cells(before) : "");
  }
  return html_scroll_box("Reliability, all in %", out + "</tbody>\n</table>\n");
}

}  // namespace newsclf
