// SPDX-License-Identifier: MIT
#include "corpus/records/record_parser.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "newsclf/names/choice.hpp"

namespace newsclf {

bool is_known_column(const std::string& name, const ColumnOptions& columns) {
  const std::string lower = lower_case(name);
  return std::ranges::count(kTextNames, lower) > 0 || std::ranges::count(kLabelNames, lower) > 0 ||
         (!name.empty() && (name == columns.label || name == columns.id)) ||
         std::ranges::count(columns.text, name, &TextColumn::column) > 0;
}

std::string lower_case(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), ascii_lower);
  return out;
}

std::string shortened(std::string_view name) {
  constexpr std::size_t kMost = 30;
  if (name.size() <= kMost) return std::string(name);
  return fmt::format("{}…", cut_to(name, kMost));
}

std::string names_in_short(std::span<const std::string> names) {
  std::vector<std::string> shorter;
  for (const std::string& name : names) shorter.push_back(shortened(name));
  return short_list(shorter);
}

std::string place_in(std::string_view record, std::size_t place, const std::string& where,
                     char line_end) {
  const std::string_view before = record.substr(0, place);
  const std::size_t line_begin = before.rfind(line_end) + 1;  // 0 if there is no newline
  const std::size_t digits = where.find_last_not_of("0123456789") + 1;
  const auto line = std::stoll(where.substr(digits)) + std::ranges::count(before, line_end);
  return fmt::format("{}{}, column {}", where.substr(0, digits), line, place - line_begin + 1);
}

std::string describe_columns(std::string_view label, std::span<const TextColumn> text,
                             std::string_view id) {
  std::string out;
  const auto say = [&](std::string_view what, std::string_view column) {
    out += fmt::format("{}{}\"{}\"", out.empty() || what == " and " ? "" : ", ", what, column);
  };
  if (!label.empty()) say("label in ", label);
  for (std::size_t c = 0; c < text.size(); ++c) {
    say(c == 0 ? "text in " : c + 1 == text.size() ? " and " : "", text[c].column);
    if (text[c].weight != 1) out += fmt::format(" ({} times)", text[c].weight);
  }
  if (!id.empty()) say("id in ", id);
  return out;
}

}  // namespace newsclf
