// SPDX-License-Identifier: MIT
#include "newsclf/text/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

struct Sequence {
  std::size_t length;  // of the well-formed sequence, or of the maximal ill-formed subpart
  bool well_formed;
};

/// Looks at the sequence that starts at `s[0]`; `s` is not empty.
Sequence scan(std::string_view s) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};

  // Table 3-7: the lead byte sets the length and the range of the second byte; every later byte
  // is 80..BF.
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (std::size_t k = 1; k < length; ++k) {
    if (k == s.size() || byte(k) < low || byte(k) > high) return {k, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

/// Number of leading ASCII bytes, eight at a time.
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
    out.append(sequence.well_formed ? bytes.substr(0, sequence.length) : "\uFFFD");
    bytes.remove_prefix(sequence.length);
  }
  return out;
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
      throw Error(where,
                  fmt::format("byte {} (0x{:02x}) is not UTF-8", bad,
                              static_cast<unsigned char>(text[bad])),
                  "convert the file, or take --invalid-utf8 replace or latin1");
  }
  return true;
}

char32_t decode_utf8(std::string_view text, std::size_t& i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
  const unsigned char lead = byte(0);
  char32_t code_point = lead;
  std::size_t length = 1;
  if (lead >= 0xF0) {
    code_point =
        (lead & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu);
    length = 4;
  } else if (lead >= 0xE0) {
    code_point = (lead & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    length = 3;
  } else if (lead >= 0xC0) {
    code_point = (lead & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
    length = 2;
  }
  i += length;
  return code_point;
}

std::size_t encode_utf8(char32_t code_point, char* out) {
  const auto tail = [&](int shift) {
    return static_cast<char>(0x80 | (code_point >> shift & 0x3F));
  };
  if (code_point < 0x80) {
    out[0] = static_cast<char>(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = static_cast<char>(0xC0 | code_point >> 6);
    out[1] = tail(0);
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = static_cast<char>(0xE0 | code_point >> 12);
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | code_point >> 18);
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

}  // namespace newsclf
