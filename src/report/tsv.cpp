// SPDX-License-Identifier: MIT
#include "newsclf/report/tsv.hpp"

#include <fmt/format.h>

#include <limits>

namespace newsclf {

std::string escape_tsv(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string probability_tsv(double probability) {
  if (probability < std::numeric_limits<float>::min()) return fmt::format("{:.9g}", probability);
  return fmt::format("{}", static_cast<float>(probability));
}

}  // namespace newsclf
