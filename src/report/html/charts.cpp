// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "newsclf/report/numbers.hpp"
#include "report/html/page.hpp"

namespace newsclf {
namespace {

constexpr double kLeft = 44, kRight = 390, kTop = 10, kWidth = 400;

/// The linear scale of an axis: maps `low` to `begin` and `high` to `end`.
struct Scale {
  double low, high;
  double begin, end;

  double operator()(double value) const {
    return begin + (value - low) / (high - low) * (end - begin);
  }
};

/// The step for about `count` ticks over `range`: 1, 2 or 5 times a power of ten.
double tick_step(double range, int count) {
  const double rough = range / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

std::string line(std::string_view of_class, double x1, double y1, double x2, double y2) {
  return fmt::format(
      "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", of_class,
      x1, y1, x2, y2);
}

std::string text(std::string_view of_class, double x, double y, std::string_view words) {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", of_class, x, y,
                     words);
}

/// Text that runs upward along x = `x`, centered at `y`.
std::string upright_text(std::string_view of_class, double x, double y, std::string_view words) {
  return fmt::format(
      "<text class=\"{}\" transform=\"translate({:.1f} {:.1f}) rotate(-90)\">{}</text>\n", of_class,
      x, y, words);
}

std::string figure(std::string_view heading, std::string_view description, double height,
                   std::string_view drawing, std::string_view caption) {
  return fmt::format(
      "<figure>\n<p>{}</p>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n"
      "{}</figure>\n",
      heading, kWidth, height, description, drawing,
      caption.empty() ? "" : fmt::format("<figcaption>{}</figcaption>\n", caption));
}

/// The legend entry of a curve.
std::string key(std::string_view of_class, std::string_view name) {
  return fmt::format(
      "<span class=\"key\"><svg viewBox=\"0 0 26 8\" aria-hidden=\"true\">"
      "<line class=\"line {}\" x1=\"0\" y1=\"4\" x2=\"26\" y2=\"4\"/></svg>{}</span>",
      of_class, name);
}

struct Point {
  double epoch;
  double value;
};

struct Curve {
  std::string_view of_class;
  std::vector<Point> points;
};

std::string draw(const Curve& curve, const Scale& x, const Scale& y) {
  std::string points, dots;
  constexpr std::size_t kMostDots = 40;
  for (const Point& point : curve.points) {
    fmt::format_to(std::back_inserter(points), "{}{:.1f},{:.1f}", points.empty() ? "" : " ",
                   x(point.epoch), y(point.value));
    if (curve.points.size() <= kMostDots)
      fmt::format_to(std::back_inserter(dots),
                     "<circle class=\"dot {}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\">"
                     "<title>epoch {}: {:.4f}</title></circle>\n",
                     curve.of_class, x(point.epoch), y(point.value), point.epoch, point.value);
  }
  return fmt::format("<polyline class=\"line {}\" points=\"{}\"/>\n{}", curve.of_class, points,
                     dots);
}

/// Curves over the epochs of a training, with axes. @param low, high ends of the vertical axis
std::string epochs_chart(std::string_view heading, std::string_view description,
                         const std::vector<Curve>& curves, double low, double high,
                         std::string_view caption) {
  constexpr double kBottom = 190, kHeight = 226;
  const std::vector<Point>& points = curves.front().points;
  const double first = points.front().epoch, last = points.back().epoch;
  const double step = tick_step(high - low, 5);
  low = std::floor(low / step + 1e-9) * step;
  high = std::ceil(high / step - 1e-9) * step;
  const double margin = first == last ? 1 : 0;  // centers a single epoch
  const Scale x{first - margin, last + margin, kLeft + 8, kRight - 8};
  const Scale y{low, high, kBottom, kTop};
  std::string out;
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  for (int i = 0; low + i * step <= high + step / 2; ++i) {
    const double value = low + i * step;
    out += line(i == 0 ? "axis" : "grid", kLeft, y(value), kRight, y(value));
    out += text("end", kLeft - 6, y(value) + 4, fmt::format("{:.{}f}", value, digits));
  }
  const double epoch_step = std::max(1.0, tick_step(std::max(1.0, last - first), 8));
  for (double epoch = std::ceil(first / epoch_step) * epoch_step; epoch <= last;
       epoch += epoch_step)
    out += text("middle", x(epoch), kBottom + 16, fmt::format("{}", epoch));
  out += text("middle", (kLeft + kRight) / 2, kBottom + 32, "epoch");
  for (const Curve& curve : curves) out += draw(curve, x, y);
  return figure(heading, description, kHeight, out, caption);
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
  std::string caption = key("learnt", "training");
  if (auto held = points_of(epochs, &EpochRecord::valid_loss); !held.empty()) {
    curves.push_back({"held", std::move(held)});
    caption += key("held", "held-out documents");
  }
  double high = 1e-3;
  for (const Curve& curve : curves)
    for (const Point& point : curve.points) high = std::max(high, point.value);
  return epochs_chart(
      "Loss, in nats",
      fmt::format("Training loss from {:.4f} to {:.4f} in {}", curves.front().points.front().value,
                  curves.front().points.back().value, counted(std::ssize(epochs), "epoch")),
      curves, 0, high, caption);
}

std::string accuracy_chart(const std::vector<EpochRecord>& epochs) {
  auto points = points_of(epochs, &EpochRecord::valid_accuracy, 100);
  if (points.empty()) return {};
  const auto [low, high] = std::ranges::minmax(points, {}, &Point::value);
  const std::string description =
      fmt::format("Accuracy on held-out documents from {:.2f} to {:.2f} %", points.front().value,
                  points.back().value);
  const double least = std::max(0.0, std::min(low.value, high.value - 1));
  return epochs_chart("Accuracy on held-out documents, in %", description,
                      {{"held", std::move(points)}}, least, std::max(high.value, least + 1), "");
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
    out += line(tick == 0 ? "axis" : "grid", kLeft, y(share), kRight, y(share));
    out += text("end", kLeft - 6, y(share) + 4, fmt::format("{}", 25 * tick));
    out += text("middle", x(share), kBottom + 16, fmt::format("{}", 25 * tick));
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
    means += line("mean", left, y(bin.mean_probability), right, y(bin.mean_probability));
    const double top = count(static_cast<double>(bin.documents));
    counts += bar("count", top, kCountBottom);
    counts += upright_text("", middle + 4, top - 4, with_commas(bin.documents));
  }
  out += line("diagonal", x(0), y(0), x(1), y(1)) + means;
  if (calibrated)
    for (const ReliabilityBin& bin : evaluation.uncalibrated.bins)
      if (bin.documents > 0)
        out += fmt::format("<circle class=\"before\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"/>\n",
                           x((bin.low + bin.high) / 2), y(bin.accuracy));
  out += upright_text("middle", 11, (kTop + kBottom) / 2, "accuracy, %");
  out +=
      text("middle", (kLeft + kRight) / 2, kBottom + 32, "probability of the predicted label, %");
  out += counts + line("axis", kLeft, kCountBottom, kRight, kCountBottom);
  out += upright_text("middle", 11, (kCountTop + kCountBottom) / 2, "documents");

  std::string caption =
      "Bars: accuracy of the documents in a range of probability; lines: their mean "
      "probability. For a perfectly calibrated model, both lie on the diagonal.";
  if (calibrated) caption += " Circles: accuracy before calibration.";
  return figure("Probability and accuracy",
                fmt::format("Reliability diagram of {} in 15 probability bins; calibration "
                            "error {} %",
                            counted(evaluation.metrics.documents, "document"),
                            percent(evaluation.calibration.error)),
                kHeight, out, caption);
}

std::string learning_curve(const TrainingRecord& training) {
  return loss_chart(scored_epochs(training)) + accuracy_chart(scored_epochs(training));
}

}  // namespace newsclf
