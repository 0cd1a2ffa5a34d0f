// SPDX-License-Identifier: MIT
#include "corpus/records/column_names.hpp"

#include <fmt/format.h>

namespace newsclf {

std::string lower_case(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

std::string shortened(std::string_view name) {
  constexpr std::size_t kLongest = 30;
  if (name.size() <= kLongest) return std::string(name);
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return fmt::format("{}…", name.substr(0, end));
}

std::string names_in_short(std::span<const std::string> names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + shortened(name);
  return out;
}

void ColumnList::add(std::string_view name, int weight) {
  if (!last_.empty()) before_ += (before_.empty() ? "" : ", ") + last_;
  last_ = fmt::format("\"{}\"", name);
  if (weight != 1) last_ += fmt::format(" ({} times)", weight);
}

std::string ColumnList::text() const {
  return before_.empty() ? last_ : before_ + " and " + last_;
}

}  // namespace newsclf
