// SPDX-License-Identifier: MIT
// Numbers as they are typed, and what is wrong with a command line, in one line that helps.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace newsclf {

/// The number that all of `text` spells, as std::from_chars reads it; nothing if it is not one or
/// does not fit in a T.
template <typename T>
std::optional<T> to_number(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

/// The same for a number in [low, high], which no NaN is. @param words also allowed, for the
/// message
/// @throws CLI::ValidationError "option: must be a number from 0 to 1, got '60'"
template <typename T>
T parse_number(const std::string& option, std::string_view text, T low, T high,
               std::string_view words = {}) {
  const std::optional<T> number = to_number<T>(text);
  if (number && low <= *number && *number <= high) return *number;
  throw CLI::ValidationError(
      option, fmt::format("must be {}a number from {} to {}, got '{}'", words, low, high, text));
}

/// "must be count, binary, log or tfidf, got 'tfdf'; did you mean 'tfidf'?"
std::string must_be_one_of(std::string_view word, std::span<const std::string> words);

/// "what is wrong; see newsclf X --help". @param first the first word typed
/// @param error what the parsing of `app` threw
std::string what_is_wrong(const CLI::ParseError& error, const CLI::App& app,
                          const std::string& first);

}  // namespace newsclf
