// SPDX-License-Identifier: MIT
// Columns and lists of text reports.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// The number of characters of `text` as `padded` writes it, so that columns with non-ASCII labels
/// are aligned. @param text well-formed UTF-8
std::size_t width_of(std::string_view text);

/// The largest width of `heading` and of `texts`.
std::size_t widest(std::string_view heading, const auto& texts) {
  std::size_t width = heading.size();
  for (const std::string& text : texts) width = std::max(width, width_of(text));
  return width;
}

/// `text` with control characters escaped, padded with spaces to `width` characters.
std::string padded(std::string_view text, std::size_t width);

/// The number of examples shown of a longer list.
inline constexpr std::size_t kExamples = 3;

/// The first `most` of `names` joined with `separator`, and an ellipsis if there are more.
std::string first_of(std::vector<std::string> names, std::size_t most, std::string_view separator);

}  // namespace newsclf
