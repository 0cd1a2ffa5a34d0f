// SPDX-License-Identifier: MIT
#include "report/text_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "newsclf/error/error.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {

std::size_t width_of(std::string_view text) {
  return count_characters(Error::escape_controls(text));
}

std::string padded(std::string_view text, std::size_t width) {
  return Error::escape_controls(text) + std::string(width - std::min(width, width_of(text)), ' ');
}

std::string first_of(std::vector<std::string> names, std::size_t most, std::string_view separator) {
  if (names.size() > most) {
    names.resize(most);
    names.push_back("…");
  }
  return fmt::format("{}", fmt::join(names, separator));
}

}  // namespace newsclf
