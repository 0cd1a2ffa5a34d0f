// SPDX-License-Identifier: MIT
// Scripts that are written without spaces between words.
#pragma once

#include <algorithm>
#include <iterator>

namespace newsclf {

/// Whether the letter, mark or number `c` belongs to one of the scripts Han, Hiragana, Katakana,
/// Thai, Lao, Khmer or Myanmar, whose words are not separated by spaces. Not meaningful for other
/// characters: the ranges also cover punctuation between the letters.
constexpr bool is_unspaced(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  // Unicode 15.0, Scripts.txt and ScriptExtensions.txt (for U+30FC, the length mark of Katakana).
  constexpr Range kRanges[] = {
      {0x0E01, 0x0EDF},    // Thai, Lao
      {0x1000, 0x109F},    // Myanmar
      {0x1780, 0x17F9},    // Khmer
      {0x3005, 0x302D},    // Han: iteration mark, numerals, tone marks
      {0x3031, 0x30FF},    // Hiragana, Katakana
      {0x31F0, 0x31FF},    // Katakana
      {0x3400, 0x9FFF},    // Han
      {0xA9E0, 0xA9FE},    // Myanmar
      {0xAA60, 0xAA7F},    // Myanmar
      {0xF900, 0xFAD9},    // Han
      {0xFF66, 0xFF9F},    // Katakana, half-width
      {0x1AFF0, 0x1B167},  // Hiragana, Katakana
      {0x20000, 0x3FFFF},  // Han: planes 2 and 3
  };
  if (c < kRanges[0].first) return false;
  const auto* const range = std::ranges::lower_bound(kRanges, c, {}, &Range::last);
  return range != std::end(kRanges) && c >= range->first;
}

}  // namespace newsclf
