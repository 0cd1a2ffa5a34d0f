// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "newsclf/report/numbers.hpp"
#include "report/html/drawing.hpp"
#include "report/html/page.hpp"

namespace newsclf {
namespace {

using svg::Point;
using svg::Scale;

constexpr double kLeft = 44, kRight = 390, kTop = 10, kWidth = 400;

struct Curve {
  std::string_view of_class;
  std::vector<Point> points;  ///< of epochs and values
};

/// Curves over the epochs of a training, with axes. @param low, high ends of the vertical axis
std::string epochs_chart(std::string_view heading, std::string_view description,
                         const std::vector<Curve>& curves, double low, double high,
                         std::string_view caption) {
  constexpr double kBottom = 190, kHeight = 226;
  constexpr std::size_t kMostDots = 40;
  const std::vector<Point>& points = curves.front().points;
  const double first = points.front().x, last = points.back().x;
  const double margin = first == last ? 1 : 0;  // centers a single epoch
  const svg::Ticks ticks = svg::enclosing_ticks(low, high, 5);
  const Scale x{first - margin, last + margin, kLeft + 8, kRight - 8};
  const Scale y{ticks.low, ticks.high, kBottom, kTop};
  std::string out = svg::value_axis(ticks, y, kLeft, kRight);
  const double step = std::max(1.0, svg::tick_step(std::max(1.0, last - first), 8));
  for (double epoch = std::ceil(first / step) * step; epoch <= last; epoch += step)
    out += svg::text("middle", x(epoch), kBottom + 16, fmt::format("{}", epoch));
  out += svg::text("middle", (kLeft + kRight) / 2, kBottom + 32, "epoch");
  for (const Curve& curve : curves) {
    out += svg::curve(curve.of_class, curve.points, x, y);
    if (curve.points.size() > kMostDots) continue;
    for (const auto& [epoch, value] : curve.points)
      out += svg::dot(curve.of_class, x(epoch), y(value),
                      fmt::format("epoch {}: {:.4f}", epoch, value));
  }
  return svg::figure(heading, description, kWidth, kHeight, out, caption);
}

/// The values of the epochs that have one, times `factor`.
template <typename Figure>
std::vector<Point> points_of(const std::vector<EpochRecord>& epochs, Figure EpochRecord::*figure,
                             double factor = 1) {
  std::vector<Point> points;
  for (const EpochRecord& epoch : epochs)
    if (const std::optional<double> value = epoch.*figure; value && std::isfinite(*value))
      points.push_back({static_cast<double>(epoch.epoch), factor * *value});
  return points;
}

std::string loss_chart(const std::vector<EpochRecord>& epochs) {
  std::vector<Curve> curves = {{"learnt", points_of(epochs, &EpochRecord::loss)}};
  if (curves.front().points.empty()) return {};
  std::string caption = svg::key("learnt", "training");
  if (auto held = points_of(epochs, &EpochRecord::valid_loss); !held.empty()) {
    curves.push_back({"held", std::move(held)});
    caption += svg::key("held", "held-out documents");
  }
  double high = 1e-3;
  for (const Curve& curve : curves)
    for (const Point& point : curve.points) high = std::max(high, point.y);
  return epochs_chart(
      "Loss, in nats",
      fmt::format("Training loss from {:.4f} to {:.4f} in {}", curves.front().points.front().y,
                  curves.front().points.back().y, counted(std::ssize(epochs), "epoch")),
      curves, 0, high, caption);
}

std::string accuracy_chart(const std::vector<EpochRecord>& epochs) {
  auto points = points_of(epochs, &EpochRecord::valid_accuracy, 100);
  if (points.empty()) return {};
  const auto [low, high] = std::ranges::minmax(points, {}, &Point::y);
  const std::string description = fmt::format(
      "Accuracy on held-out documents from {:.2f} to {:.2f} %", points.front().y, points.back().y);
  const double least = std::max(0.0, std::min(low.y, high.y - 1));
  return epochs_chart("Accuracy on held-out documents, in %", description,
                      {{"held", std::move(points)}}, least, std::max(high.y, least + 1), "");
}

}  // namespace

std::string reliability_diagram(const Evaluation& evaluation) {
  constexpr double kBottom = 300, kCountBottom = 424, kCountTop = 376, kHeight = 446;
  const ReliabilityBins& bins = evaluation.calibration.bins;
  const bool calibrated = evaluation.is_calibrated();
  const Scale x{0, 1, kLeft, kRight}, y{0, 1, kBottom, kTop};
  std::int64_t most = 1;
  for (const ReliabilityBin& bin : bins) most = std::max(most, bin.documents);
  const Scale count{0, static_cast<double>(most), kCountBottom, kCountTop};

  std::string out;
  for (int tick = 0; tick <= 4; ++tick) {
    const double share = tick / 4.0;
    out += svg::line(tick == 0 ? "axis" : "grid", kLeft, y(share), kRight, y(share));
    out += svg::text("end", kLeft - 6, y(share) + 4, fmt::format("{}", 25 * tick));
    out += svg::text("middle", x(share), kBottom + 16, fmt::format("{}", 25 * tick));
  }
  std::string means, counts;
  for (const ReliabilityBin& bin : bins) {
    if (bin.documents == 0) continue;
    const double left = x(bin.low) + 1, right = x(bin.high) - 1, middle = (left + right) / 2;
    const auto bar = [&](std::string_view of_class, double top, double bottom) {
      return fmt::format(
          "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\">"
          "<title>{} to {} %: {}, mean probability {} %, accuracy {} %</title></rect>\n",
          of_class, left, top, right - left, bottom - top, percent(bin.low), percent(bin.high),
          counted(bin.documents, "document"), percent(bin.mean_probability), percent(bin.accuracy));
    };
    out += bar("bar", y(bin.accuracy), kBottom);
    means += svg::line("mean", left, y(bin.mean_probability), right, y(bin.mean_probability));
    const double top = count(static_cast<double>(bin.documents));
    counts += bar("count", top, kCountBottom);
    counts += svg::upright_text("", middle + 4, top - 4, with_commas(bin.documents));
  }
  out += svg::line("diagonal", x(0), y(0), x(1), y(1)) + means;
  if (calibrated)
    for (const ReliabilityBin& bin : evaluation.uncalibrated.bins)
      if (bin.documents > 0)
        out += fmt::format("<circle class=\"before\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"/>\n",
                           x((bin.low + bin.high) / 2), y(bin.accuracy));
  out += svg::upright_text("middle", 11, (kTop + kBottom) / 2, "accuracy, %");
  out += svg::text("middle", (kLeft + kRight) / 2, kBottom + 32,
                   "probability of the predicted label, %");
  out += counts + svg::line("axis", kLeft, kCountBottom, kRight, kCountBottom);
  out += svg::upright_text("middle", 11, (kCountTop + kCountBottom) / 2, "documents");

  std::string caption =
      "Bars: accuracy of the documents in a range of probability; lines: their mean "
      "probability. For a perfectly calibrated model, both lie on the diagonal.";
  if (calibrated) caption += " Circles: accuracy before calibration.";
  return svg::figure("Probability and accuracy",
                     fmt::format("Reliability diagram of {} in 15 probability bins; calibration "
                                 "error {} %",
                                 counted(evaluation.metrics.documents, "document"),
                                 percent(evaluation.calibration.error)),
                     kWidth, kHeight, out, caption);
}

std::string learning_curve(const TrainingRecord& training) {
  return loss_chart(scored_epochs(training)) + accuracy_chart(scored_epochs(training));
}

}  // namespace newsclf
