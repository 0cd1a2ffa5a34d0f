// SPDX-License-Identifier: MIT
// The words that name the values of an enumeration, on the command line and in model files.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

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

/// "a, b or c"
template <typename T, std::size_t N>
std::string names_of(const Choice<T> (&choices)[N]) {
  std::string names;
  for (std::size_t i = 0; i < N; ++i) {
    if (i > 0) names += i + 1 == N ? " or " : ", ";
    names += choices[i].name;
  }
  return names;
}

}  // namespace newsclf
