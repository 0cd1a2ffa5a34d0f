// SPDX-License-Identifier: MIT
#include "newsclf/text/encoding_signs.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

#include "newsclf/text/utf8.hpp"
#include "text/windows1252.hpp"

namespace newsclf {
namespace {

/// Returns the byte (0x80 or above) of `c` in Latin-1 or Windows-1252; 0 if there is none.
unsigned char single_byte(char32_t c) {
  if (c >= 0x80 && c <= 0xFF) return static_cast<unsigned char>(c);
  const auto place = std::find(std::begin(kWindows1252), std::end(kWindows1252), c);
  if (c < 0x80 || place == std::end(kWindows1252)) return 0;
  return static_cast<unsigned char>(0x80 + (place - std::begin(kWindows1252)));
}

bool is_capital(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_LU;
}

/// Returns the length of the well-formed multi-byte sequence at `bytes[i]`; 0 if there is none.
std::size_t sequence_length(std::string_view bytes, std::size_t i) {
  const auto lead = static_cast<unsigned char>(bytes[i]);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  const bool whole = length > 1 && i + length <= bytes.size() &&
                     find_invalid_utf8(bytes.substr(i, length)) == std::string_view::npos;
  return whole ? length : 0;
}

/// Counts UTF-8 sequences that were decoded as single-byte characters.
class MisreadSequences {
 public:
  /// Adds a character beyond ASCII. @param before the character in front of it
  void add(char32_t c, char32_t before) {
    ++beyond_ascii_;
    const unsigned char byte = single_byte(c);
    if (byte == 0) {
      end_run();
      return;
    }
    if (bytes_.empty()) run_.assign(1, before);
    bytes_.push_back(static_cast<char>(byte));
    run_.push_back(c);
  }

  /// Ends the current run, at a character that is not a byte from 0x80 on.
  void end_run() {
    for (std::size_t i = 0; i < bytes_.size();) {
      const std::size_t length = sequence_length(bytes_, i);
      if (length > 0) {
        ++sequences_;
        inside_ += length;
        const std::string_view sequence = std::string_view(bytes_).substr(i, length);
        const bool latin = sequence[0] == '\xC3' || sequence[0] == '\xC2';
        certain_ = certain_ || sequence.starts_with("\xE2\x80") || (latin && !is_capital(run_[i]));
      }
      i += std::max<std::size_t>(length, 1);
    }
    bytes_.clear();
  }

  /// Call `end_run` first.
  bool are_there() const {
    return certain_ || (sequences_ >= 3 && 4 * inside_ >= 3 * beyond_ascii_);
  }

 private:
  std::string bytes_;   // of the current run
  std::u32string run_;  // the character in front of the run, then the characters of the run
  std::size_t sequences_ = 0;
  std::size_t inside_ = 0;  // number of characters in sequences
  std::size_t beyond_ascii_ = 0;
  bool certain_ = false;
};

}  // namespace

EncodingSigns find_encoding_signs(std::string_view text) {
  EncodingSigns signs;
  MisreadSequences misread;
  std::size_t characters = 0, nuls = 0, c0 = 0, c1 = 0;
  char32_t before = 0;
  for (std::size_t i = 0; i < text.size(); ++characters) {
    const char32_t c = decode_utf8(text, i);
    if (c < 0x80) {
      nuls += c == 0;
      c0 += (c < 0x20 && (c < '\t' || c > '\r')) || c == 0x7F;
      misread.end_run();
    } else {
      signs.replaced = signs.replaced || c == 0xFFFD;
      c1 += c <= 0x9F && c != 0x85;
      misread.add(c, before);
    }
    before = c;
  }
  misread.end_run();
  signs.misread = misread.are_there();
  signs.utf16 = nuls > 0 && 4 * nuls >= characters;
  const std::size_t controls = c0 + (signs.misread ? 0 : c1);
  signs.controls =
      !signs.utf16 && (nuls > 0 || (c1 > 0 && !signs.misread) || 100 * controls > characters);
  return signs;
}

}  // namespace newsclf
