// SPDX-License-Identifier: MIT
#include "corpus/records/json_members.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace newsclf {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

/// The offset after the value that starts at `text[i]`: the next `end` character outside of
/// strings, arrays and objects.
std::size_t end_of_value(std::string_view text, std::size_t i, std::string_view end) {
  for (int depth = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (depth == 0 && end.find(c) != std::string_view::npos) break;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == '"')
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
  }
  return i;
}

}  // namespace

std::vector<InputColumn> json_members(std::string_view object) {
  std::vector<InputColumn> members;
  std::size_t i = object.find('{') + 1;
  const auto next = [&](std::string_view end) {
    const std::size_t begin = std::min(object.find_first_not_of(kSpaces, i), object.size());
    i = end_of_value(object, begin, end);
    const std::string_view value = object.substr(begin, i - begin);
    ++i;  // after the colon, comma or brace
    return std::string(value.substr(0, value.find_last_not_of(kSpaces) + 1));
  };
  while (i < object.size()) {
    const std::string key = next(":}");
    if (key.empty()) break;
    std::string name = nlohmann::json::parse(key).get<std::string>();
    members.push_back({std::move(name), next(",}"), true});
  }
  return members;
}

}  // namespace newsclf
