// SPDX-License-Identifier: MIT
// Quotes words of shell command lines.
#pragma once

#include <string>
#include <string_view>

namespace newsclf {

/// Quotes `text` as one word of a shell; for fish, `text` must not contain a backslash.
inline std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The same, without quotes if no shell needs them.
inline std::string shell_argument(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:+@%";
  const bool is_plain = !text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos;
  return is_plain ? std::string(text) : shell_word(text);
}

}  // namespace newsclf
