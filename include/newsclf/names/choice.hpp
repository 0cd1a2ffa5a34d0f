// SPDX-License-Identifier: MIT
// Names of enumeration values, on the command line and in model files.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// One value and its name. Each enumeration has its table of choices next to it.
template <typename T>
struct Choice {
  std::string_view name;
  T value;
};

template <typename T, std::size_t N>
constexpr std::string_view name_of(const Choice<T> (&choices)[N], T value) {
  for (const auto& choice : choices)
    if (choice.value == value) return choice.name;
  return {};
}

template <typename T, std::size_t N>
constexpr std::optional<T> value_of(const Choice<T> (&choices)[N], std::string_view name) {
  for (const auto& choice : choices)
    if (choice.name == name) return choice.value;
  return std::nullopt;
}

template <typename T, std::size_t N>
std::vector<std::string> words_of(const Choice<T> (&choices)[N]) {
  std::vector<std::string> words;
  for (const auto& choice : choices) words.emplace_back(choice.name);
  return words;
}

/// Returns "a, b or c".
inline std::string either_of(std::span<const std::string> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

/// Returns "a, b, c": the first ten names, then "and 140 more".
inline std::string short_list(std::span<const std::string> names) {
  constexpr std::size_t kMost = 10;
  std::string out;
  for (const std::string& name : names.first(std::min(kMost, names.size())))
    out.append(out.empty() ? "" : ", ").append(name);
  if (names.size() > kMost) out += " and " + std::to_string(names.size() - kMost) + " more";
  return out;
}

template <typename T, std::size_t N>
std::string names_of(const Choice<T> (&choices)[N]) {
  return either_of(words_of(choices));
}

}  // namespace newsclf
