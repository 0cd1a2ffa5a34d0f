// SPDX-License-Identifier: MIT
#include "report/html/drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace newsclf::svg {

double tick_step(double range, int count) {
  const double rough = range / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

Ticks enclosing_ticks(double low, double high, int count) {
  const double step = tick_step(high - low, count);
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, step};
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

std::string upright_text(std::string_view of_class, double x, double y, std::string_view words) {
  return fmt::format(
      "<text class=\"{}\" transform=\"translate({:.1f} {:.1f}) rotate(-90)\">{}</text>\n", of_class,
      x, y, words);
}

std::string curve(std::string_view of_class, const std::vector<Point>& points, const Scale& x,
                  const Scale& y) {
  std::string places;
  for (const Point& point : points)
    fmt::format_to(std::back_inserter(places), "{}{:.1f},{:.1f}", places.empty() ? "" : " ",
                   x(point.x), y(point.y));
  return fmt::format("<polyline class=\"line {}\" points=\"{}\"/>\n", of_class, places);
}

std::string dot(std::string_view of_class, double x, double y, std::string_view title) {
  return fmt::format(
      "<circle class=\"dot {}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"><title>{}</title></circle>\n",
      of_class, x, y, title);
}

std::string value_axis(const Ticks& ticks, const Scale& y, double left, double right) {
  std::string out;
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(ticks.step) - 1e-9)));
  for (int i = 0; ticks.low + i * ticks.step <= ticks.high + ticks.step / 2; ++i) {
    const double value = ticks.low + i * ticks.step;
    out += line(i == 0 ? "axis" : "grid", left, y(value), right, y(value));
    out += text("end", left - 6, y(value) + 4, fmt::format("{:.{}f}", value, digits));
  }
  return out;
}

std::string figure(std::string_view heading, std::string_view description, double width,
                   double height, std::string_view drawing, std::string_view caption) {
  return fmt::format(
      "<figure>\n<p>{}</p>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n"
      "{}</figure>\n",
      heading, width, height, description, drawing,
      caption.empty() ? "" : fmt::format("<figcaption>{}</figcaption>\n", caption));
}

std::string key(std::string_view of_class, std::string_view name) {
  return fmt::format(
      "<span class=\"key\"><svg viewBox=\"0 0 26 8\" aria-hidden=\"true\">"
      "<line class=\"line {}\" x1=\"0\" y1=\"4\" x2=\"26\" y2=\"4\"/></svg>{}</span>",
      of_class, name);
}

}  // namespace newsclf::svg
