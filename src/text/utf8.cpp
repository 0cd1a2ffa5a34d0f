// SPDX-License-Identifier: MIT
#include "newsclf/text/utf8.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstring>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

struct Sequence {
  std::size_t length;  // of the well-formed sequence, or of the maximal ill-formed subpart
  bool well_formed;
};

/// Examines the sequence that starts at `s[0]`; `s` is not empty.
Sequence scan(std::string_view s) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};

  if (lead < 0xC2 || lead > 0xF4) return {1, false};

  // Table 3-7: the lead byte sets the length and the range of the second byte; every later byte
  // is 80..BF.
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t k = 1; k < length; ++k) {
    if (k == s.size() || byte(k) < low || byte(k) > high) return {k, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

/// Returns the number of leading ASCII bytes; examines eight bytes at a time.
std::size_t ascii_prefix(std::string_view s) {
  std::size_t i = 0;
  for (std::uint64_t word; i + sizeof word <= s.size(); i += sizeof word) {
    std::memcpy(&word, s.data() + i, sizeof word);
    if (word & 0x8080808080808080u) break;
  }
  while (i < s.size() && static_cast<unsigned char>(s[i]) < 0x80) ++i;
  return i;
}

}  // namespace

std::size_t count_characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_character));
}

std::size_t find_invalid_utf8(std::string_view bytes) {
  for (std::size_t i = ascii_prefix(bytes); i < bytes.size();) {
    const Sequence sequence = scan(bytes.substr(i));
    if (!sequence.well_formed) return i;
    i += sequence.length;
    i += ascii_prefix(bytes.substr(i));
  }
  return std::string_view::npos;
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + 16);
  while (!bytes.empty()) {
    const Sequence sequence = scan(bytes);
    out.append(sequence.well_formed ? bytes.substr(0, sequence.length) : kReplacement);
    bytes.remove_prefix(sequence.length);
  }
  return out;
}

std::vector<std::size_t> offsets_before_repair(std::string_view bytes,
                                               std::vector<std::size_t> offsets) {
  std::size_t before = 0, after = 0;  // of the same character
  for (std::size_t& offset : offsets) {
    while (after < offset) {
      const Sequence sequence = scan(bytes.substr(before));
      before += sequence.length;
      after += sequence.well_formed ? sequence.length : kReplacement.size();
    }
    offset = before;
  }
  return offsets;
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    char encoded[4];
    out.append(encoded, encode_utf8(static_cast<unsigned char>(c), encoded));
  }
  return out;
}

bool repair_utf8(std::string& text, InvalidUtf8 policy, std::string_view where) {
  const std::size_t bad = find_invalid_utf8(text);
  if (bad == std::string_view::npos) return false;
  switch (policy) {
    case InvalidUtf8::kReplace:
      text = replace_invalid_utf8(text);
      break;
    case InvalidUtf8::kLatin1:
      text = latin1_to_utf8(text);
      break;
    case InvalidUtf8::kError:
      throw Error(ErrorCode::kNotUtf8, where,
                  fmt::format("byte {} (0x{:02x}) is not UTF-8", bad,
                              static_cast<unsigned char>(text[bad])));
  }
  return true;
}

char32_t decode_utf8(std::string_view text, std::size_t& i) {
  const auto lead = static_cast<unsigned char>(text[i++]);
  if (lead < 0x80) return lead;
  const int tail = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t code_point = lead & (0x3Fu >> tail);
  for (int k = 0; k < tail; ++k) code_point = code_point << 6 | (text[i++] & 0x3Fu);
  return code_point;
}

std::size_t encode_utf8(char32_t code_point, char* out) {
  return static_cast<std::size_t>(utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point),
                                                       reinterpret_cast<utf8proc_uint8_t*>(out)));
}

}  // namespace newsclf
