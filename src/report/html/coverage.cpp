// SPDX-License-Identifier: MIT
// What a model achieves that answers only the documents it is sure of: for all labels, coverage
// against accuracy; for each label, precision and recall against the threshold.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "newsclf/evaluation/coverage.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/html/drawing.hpp"
#include "report/html/page.hpp"

namespace newsclf {
namespace {

using svg::Point;
using svg::Scale;

constexpr int kSteps = 50;  // of a curve
constexpr double kTableCoverages[] = {1, 0.95, 0.9, 0.8, 0.7, 0.5};
constexpr std::size_t kThresholdCharts = 20;

double coverage_of(const CoveragePoint& point, const Evaluation& evaluation) {
  return ratio(point.answered, evaluation.metrics.documents);
}

/// The points of the table, widest first.
std::vector<CoveragePoint> table_points(const std::vector<CoveragePoint>& curve) {
  std::vector<CoveragePoint> points;
  for (const double coverage : kTableCoverages) {
    const CoveragePoint point = narrowest_with_coverage(curve, coverage);
    if (points.empty() || point.answered < points.back().answered) points.push_back(point);
  }
  return points;
}

std::string coverage_chart(const Evaluation& evaluation, const std::vector<CoveragePoint>& curve,
                           const std::vector<CoveragePoint>& marked) {
  constexpr double kLeft = 44, kRight = 390, kTop = 10, kBottom = 190, kWidth = 400, kHeight = 226;
  std::vector<Point> points;
  for (int step = 1; step <= kSteps; ++step) {
    const CoveragePoint point = narrowest_with_coverage(curve, step / static_cast<double>(kSteps));
    points.push_back({100 * coverage_of(point, evaluation), 100 * point.accuracy()});
  }
  const double lowest = std::ranges::min(points, {}, &Point::y).y;
  const svg::Ticks ticks = svg::enclosing_ticks(std::min(lowest, 99.0), 100, 5);
  const Scale x{0, 100, kLeft, kRight}, y{ticks.low, ticks.high, kBottom, kTop};
  std::string out = svg::value_axis(ticks, y, kLeft, kRight);
  for (int coverage = 0; coverage <= 100; coverage += 20)
    out += svg::text("middle", x(coverage), kBottom + 16, fmt::format("{}", coverage));
  out += svg::text("middle", (kLeft + kRight) / 2, kBottom + 32, "coverage, %");
  out += svg::curve("learnt", points, x, y);
  for (const CoveragePoint& point : marked) {
    const double coverage = coverage_of(point, evaluation);
    out += svg::dot("learnt", x(100 * coverage), y(100 * point.accuracy()),
                    fmt::format("coverage {} %: accuracy {} %, threshold {:.4f}", percent(coverage),
                                percent(point.accuracy()), point.threshold));
  }
  return svg::figure("Accuracy of the answered documents, in %",
                     fmt::format("Accuracy from {} % at coverage {} % to {} % at coverage {} %",
                                 percent(marked.front().accuracy()),
                                 percent(coverage_of(marked.front(), evaluation)),
                                 percent(marked.back().accuracy()),
                                 percent(coverage_of(marked.back(), evaluation))),
                     kWidth, kHeight, out);
}

std::string coverage_table(const Evaluation& evaluation, const std::vector<CoveragePoint>& points) {
  std::string out =
      "<table class=\"list\">\n<thead><tr><th scope=\"col\" class=\"n\">Coverage</th>"
      "<th scope=\"col\" class=\"n\">Documents</th><th scope=\"col\" class=\"n\">Accuracy</th>"
      "<th scope=\"col\" class=\"n\">Threshold</th></tr></thead>\n<tbody>\n";
  for (const CoveragePoint& point : points)
    out += fmt::format(
        "<tr><th scope=\"row\" class=\"n\">{} %</th><td class=\"n\">{}</td>"
        "<td class=\"n\">{} %</td><td class=\"n\">{:.4f}</td></tr>\n",
        percent(coverage_of(point, evaluation)), with_commas(point.answered),
        percent(point.accuracy()), point.threshold);
  return html_scroll_box("Accuracy by coverage", out + "</tbody>\n</table>\n");
}

/// "precision 80.00 %, recall 66.67 %" @param answered none: no document is answered
std::string precision_and_recall(const CoveragePoint* answered, std::int64_t support) {
  if (answered == nullptr) return "no predictions";
  return fmt::format("precision {} %, recall {} %", percent(answered->accuracy()),
                     percent(ratio(answered->correct, support)));
}

std::string threshold_chart(const Evaluation& evaluation, std::int32_t label,
                            std::vector<Claim> claims) {
  constexpr double kLeft = 26, kRight = 170, kTop = 6, kBottom = 106, kWidth = 176, kHeight = 126;
  const std::vector<CoveragePoint> curve = coverage_curve(std::move(claims));
  const std::int64_t support = evaluation.matrix.support(label);
  const auto at = [&](double threshold) -> const CoveragePoint* {
    const auto next =
        std::ranges::upper_bound(curve, threshold, std::greater(), &CoveragePoint::threshold);
    return next == curve.begin() ? nullptr : &*(next - 1);
  };
  std::vector<Point> precision, recall;
  for (int step = 0; step <= kSteps; ++step) {
    const double threshold = step / static_cast<double>(kSteps);
    const CoveragePoint* const answered = at(threshold);
    if (answered != nullptr) precision.push_back({threshold, 100 * answered->accuracy()});
    recall.push_back(
        {threshold, answered == nullptr ? 0 : 100 * ratio(answered->correct, support)});
  }
  const Scale x{0, 1, kLeft, kRight}, y{0, 100, kBottom, kTop};
  std::string out = svg::value_axis({0, 100, 50}, y, kLeft, kRight);
  for (const double tick : {0.0, 0.5, 1.0})
    out += svg::text("middle", x(tick), kBottom + 16, fmt::format("{}", tick));
  if (!precision.empty()) out += svg::curve("learnt", precision, x, y);
  out += svg::curve("held", recall, x, y);
  const std::string& name = evaluation.labels.to_label(label);
  std::string description = html_escaped(name);
  for (const double threshold : {0.0, 0.5, 0.9})
    description += fmt::format("{} threshold {}: {}", threshold == 0 ? ":" : ";", threshold,
                               precision_and_recall(at(threshold), support));
  return svg::figure(html_breakable(name), description, kWidth, kHeight, out);
}

}  // namespace

std::string coverage_section(const Evaluation& evaluation) {
  const std::vector<CoveragePoint> curve = coverage_curve(claims_of(evaluation.documents));
  const std::vector<CoveragePoint> points = table_points(curve);
  const CoveragePoint some = narrowest_with_coverage(curve, 0.9);
  return fmt::format(
             "<p class=\"quiet\">Coverage: share of the documents that the model answers if it "
             "answers only those with a confidence of at least a threshold. Of the {} % of the "
             "documents with the highest confidence, {} % are labelled correctly; of all "
             "documents, {} %.</p>\n",
             percent(coverage_of(some, evaluation)), percent(some.accuracy()),
             percent(evaluation.metrics.accuracy)) +
         "<div class=\"charts\">\n" + coverage_chart(evaluation, curve, points) + "<div>\n" +
         coverage_table(evaluation, points) + "</div>\n</div>\n";
}

std::string threshold_section(const Evaluation& evaluation) {
  std::vector<std::int32_t> labels = labels_by_f1(evaluation);
  std::erase_if(labels, [&](std::int32_t l) { return evaluation.matrix.support(l) == 0; });
  const std::size_t all = labels.size(), shown = std::min(all, kThresholdCharts);
  std::vector<std::vector<Claim>> claims =
      claims_by_label(evaluation.documents, evaluation.labels.size());
  std::string charts;
  for (const std::int32_t label : std::span(labels).first(shown))
    charts +=
        threshold_chart(evaluation, label, std::move(claims[static_cast<std::size_t>(label)]));
  return fmt::format(
             "<p class=\"quiet\">Precision and recall of each label, in % (vertical), if the model "
             "answers only documents with at least the confidence on the horizontal axis.{}</p>\n"
             "<p class=\"quiet\">{}{}</p>\n",
             shown == all
                 ? ""
                 : fmt::format(" Shows the {} of {} labels with the lowest F1.", shown, all),
             svg::key("learnt", "precision"), svg::key("held", "recall")) +
         "<div class=\"small charts\">\n" + charts + "</div>\n";
}

}  // namespace newsclf
