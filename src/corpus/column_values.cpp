// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "newsclf/corpus/inspection.hpp"

namespace newsclf {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool may_be_id(std::string_view value) {
  constexpr std::size_t kLongest = 64;
  return !value.empty() && value.size() <= kLongest &&
         std::ranges::all_of(value, [](char c) { return c > ' ' && c < 0x7F; });
}

/// The values of one column.
class Column {
 public:
  void add(std::string_view value) {
    ++documents_;
    value = trimmed(value);
    if (value.empty()) {
      ++empty_;
      return;
    }
    like_ids_ = like_ids_ && may_be_id(value) && distinct_.insert(value).second;
    with_digit_ += std::ranges::any_of(value, is_digit);
  }
  ColumnValues values(std::size_t column) const {
    const bool has_digits = with_digit_ > 0 && 2 * with_digit_ >= documents_ - empty_;
    return {column, documents_, empty_, like_ids_ && has_digits};
  }

 private:
  std::int64_t documents_ = 0, empty_ = 0, with_digit_ = 0;
  bool like_ids_ = true;
  std::unordered_set<std::string_view> distinct_;  // kept while all values look like ids
};

}  // namespace

std::vector<ColumnValues> inspect_columns(std::span<const Document> documents) {
  std::vector<Column> columns(1);
  for (const Document& document : documents) {
    if (document.parts.empty()) columns[0].add(document.text);
    columns.resize(std::max(columns.size(), document.parts.size()));
    std::size_t begin = 0;
    for (std::size_t c = 0; c < document.parts.size(); ++c) {
      const std::size_t end = document.parts[c].end;
      columns[c].add(std::string_view(document.text).substr(begin, end - begin));
      begin = end;
    }
  }
  std::vector<ColumnValues> values;
  for (std::size_t c = 0; c < columns.size(); ++c) values.push_back(columns[c].values(c));
  return values;
}

}  // namespace newsclf
