// SPDX-License-Identifier: MIT
#include "evaluation/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace newsclf {

std::string percent(double share) { return fmt::format("{:.2f}", 100 * share); }

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, width_of(text)), ' ');
}

}  // namespace newsclf
