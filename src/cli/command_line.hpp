// SPDX-License-Identifier: MIT
// Parses numbers of the command line, and describes in one line what is wrong with it.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace newsclf {

/// Parses all of `text` as a number by std::from_chars; nullopt if it is not a number or does not
/// fit in a T.
template <typename T>
std::optional<T> to_number(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

/// The same for a number in [low, high]; NaN is refused. @param words begins the list of allowed
/// values in the message, such as "all or "
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

/// "what is wrong; see newsclf X --help". @param first the first argument of the command line
/// @param error the exception that parsing `app` threw
std::string what_is_wrong(const CLI::ParseError& error, const CLI::App& app,
                          const std::string& first);

}  // namespace newsclf
