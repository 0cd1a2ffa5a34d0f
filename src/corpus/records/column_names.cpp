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

void ColumnList::add(std::string_view name, int weight) {
  if (!last_.empty()) before_ += (before_.empty() ? "" : ", ") + last_;
  last_ = fmt::format("\"{}\"", name);
  if (weight != 1) last_ += fmt::format(" ({} times)", weight);
}

std::string ColumnList::text() const {
  return before_.empty() ? last_ : before_ + " and " + last_;
}

}  // namespace newsclf
