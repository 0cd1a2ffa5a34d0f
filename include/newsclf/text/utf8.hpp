// SPDX-License-Identifier: MIT
// Bytes and characters of texts; detection and repair of invalid UTF-8.
#pragma once

#include "newsclf/names/choice.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// What happens to a document that is not well-formed UTF-8.
enum class InvalidUtf8 {
  kReplace,  ///< each maximal ill-formed subpart becomes U+FFFD
  kLatin1,   ///< the whole document is read as ISO 8859-1
  kError,    ///< the document is an error
};

inline constexpr Choice<InvalidUtf8> kInvalidUtf8Policies[] = {
    {"replace", InvalidUtf8::kReplace},
    {"latin1", InvalidUtf8::kLatin1},
    {"error", InvalidUtf8::kError},
};

constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// Whether `c` is a continuation byte.
constexpr bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Returns `c` in lower case (ASCII).
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline constexpr std::string_view kWhitespace = " \t\r\n\f\v";

/// Whether `text` contains only white space (ASCII), or nothing.
constexpr bool is_blank(std::string_view text) {
  return text.find_first_not_of(kWhitespace) == std::string_view::npos;
}

/// Returns `text` without the white space (ASCII) at its ends.
constexpr std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhitespace), text.size()));
  return text.substr(0, text.find_last_not_of(kWhitespace) + 1);
}

/// Returns the first bytes of `text`, at most `most`, in whole characters.
constexpr std::string_view cut_to(std::string_view text, std::size_t most) {
  constexpr std::size_t kMostContinued = 3;
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && most - end < kMostContinued && continues_character(text[end])) --end;
  return text.substr(0, end);
}

/// Returns the number of characters. @param text well-formed UTF-8
std::size_t count_characters(std::string_view text);

/// Returns the offset of the first byte that does not begin a well-formed sequence (Unicode 15.0,
/// table 3-7), or `npos` if all of `bytes` is well-formed.
std::size_t find_invalid_utf8(std::string_view bytes);

/// Replaces each maximal subpart of an ill-formed sequence by U+FFFD, as The Unicode Standard
/// recommends (15.0, section 3.9, "U+FFFD Substitution of Maximal Subparts").
std::string replace_invalid_utf8(std::string_view bytes);

/// Converts ascending offsets of characters in `replace_invalid_utf8(bytes)` to the offsets in
/// `bytes` of what these characters were made of.
std::vector<std::size_t> offsets_before_repair(std::string_view bytes,
                                               std::vector<std::size_t> offsets);

/// Decodes every byte as one ISO 8859-1 character.
std::string latin1_to_utf8(std::string_view bytes);

/// Makes `text` well-formed UTF-8 according to `policy`; returns whether it changed.
/// @param where the name of the document in the error
/// @throws Error under `kError`, with the offset of the first invalid byte
bool repair_utf8(std::string& text, InvalidUtf8 policy, std::string_view where);

/// Returns the code point that starts at `text[i]`; advances `i` past it. `text` is well-formed.
char32_t decode_utf8(std::string_view text, std::size_t& i);

/// Writes `code_point` to `out` (room for 4 bytes); returns the number of bytes written.
std::size_t encode_utf8(char32_t code_point, char* out);

}  // namespace newsclf
