// SPDX-License-Identifier: MIT
// Columns and lists of the reports for people.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// Characters of `text` as `padded` writes it, so that columns of labels beyond ASCII stand
/// straight. @param text well-formed UTF-8
std::size_t width_of(std::string_view text);

/// The largest width of `heading` and of `texts`.
std::size_t widest(std::string_view heading, const auto& texts) {
  std::size_t width = heading.size();
  for (const std::string& text : texts) width = std::max(width, width_of(text));
  return width;
}

/// `text` with its control characters escaped, and spaces behind it up to `width` characters.
std::string padded(std::string_view text, std::size_t width);

/// How many of a longer list are shown.
inline constexpr std::size_t kExamples = 3;

/// The first `most` of `names` with `separator` between them, and an ellipsis for the others.
std::string first_of(std::vector<std::string> names, std::size_t most, std::string_view separator);

}  // namespace newsclf
