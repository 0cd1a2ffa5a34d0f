// SPDX-License-Identifier: MIT
#include "newsclf/report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace newsclf {

std::string with_commas(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3)
    if (digits[static_cast<std::size_t>(place) - 1] != '-')
      digits.insert(static_cast<std::size_t>(place), ",");
  return digits;
}

std::string file_size(std::int64_t bytes) {
  const auto size = static_cast<double>(bytes);
  for (const auto& [unit, name] : {std::pair{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}})
    if (size >= unit) return fmt::format("{:.1f} {}", size / unit, name);
  return fmt::format("{} B", bytes);
}

std::string duration(double seconds) {
  const auto total = static_cast<std::int64_t>(std::ceil(std::max(0.0, seconds)));
  if (total < 3600) return fmt::format("{}:{:02}", total / 60, total % 60);
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

std::string counted(std::int64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", with_commas(number), noun, number == 1 ? "" : "s");
}

std::string percent(double share) { return fmt::format("{:.2f}", 100 * share); }

std::string escape_tsv(std::string_view text) {
  constexpr std::string_view kEscaped = "\t\n\r\\", kLetters = "tnr\\";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const std::size_t escape = kEscaped.find(c);
    if (escape != std::string_view::npos) out += '\\';
    out += escape == std::string_view::npos ? c : kLetters[escape];
  }
  return out;
}

std::string quote_csv(std::string_view text) {
  const auto is_plain = [](char c) {
    return c != ',' && c != '"' && static_cast<unsigned char>(c) >= ' ';
  };
  if (std::ranges::all_of(text, is_plain)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::string probability_tsv(double probability) {
  if (probability < std::numeric_limits<float>::min()) return fmt::format("{:.9g}", probability);
  return fmt::format("{}", static_cast<float>(probability));
}

}  // namespace newsclf
