// SPDX-License-Identifier: MIT
// The elements of charts in SVG, in the coordinates of the `viewBox` of a figure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace newsclf::svg {

/// The linear scale of an axis: maps `low` to `begin` and `high` to `end`.
struct Scale {
  double low, high;
  double begin, end;

  double operator()(double value) const {
    return begin + (value - low) / (high - low) * (end - begin);
  }
};

/// The ends of an axis and the distance between its ticks, which lie at multiples of `step`.
struct Ticks {
  double low, high;
  double step;
};

/// The step for about `count` ticks over `range`: 1, 2 or 5 times a power of ten.
double tick_step(double range, int count);
/// About `count` ticks that enclose `low` and `high`.
Ticks enclosing_ticks(double low, double high, int count);

struct Point {
  double x, y;
};

/// `of_class` is the class of the element, see the style sheet.
std::string line(std::string_view of_class, double x1, double y1, double x2, double y2);
std::string text(std::string_view of_class, double x, double y, std::string_view words);
/// Text that runs upward along x = `x`, centered at `y`.
std::string upright_text(std::string_view of_class, double x, double y, std::string_view words);
/// The points joined by straight lines. @param points values for the scales
std::string curve(std::string_view of_class, const std::vector<Point>& points, const Scale& x,
                  const Scale& y);
/// @param title shown under the pointer
std::string dot(std::string_view of_class, double x, double y, std::string_view title);
/// The axis of `y`: a horizontal line at each tick from `left` to `right`, and its value.
std::string value_axis(const Ticks& ticks, const Scale& y, double left, double right);

/// A figure with a heading, its `drawing`, and a caption unless that is empty.
/// @param description in words, for screen readers
std::string figure(std::string_view heading, std::string_view description, double width,
                   double height, std::string_view drawing, std::string_view caption = "");
/// The legend entry of a curve.
std::string key(std::string_view of_class, std::string_view name);

}  // namespace newsclf::svg
