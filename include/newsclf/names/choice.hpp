// SPDX-License-Identifier: MIT
// The words that name the values of an enumeration, on the command line and in model files.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// One word and what it stands for. The table of an enumeration stands beside it.
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

/// "a, b or c"
inline std::string either_of(std::span<const std::string> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

template <typename T, std::size_t N>
std::string names_of(const Choice<T> (&choices)[N]) {
  return either_of(words_of(choices));
}

}  // namespace newsclf
