// SPDX-License-Identifier: MIT
// Normalization Form C of Unicode (UAX #15): one spelling for é and e + combining accent.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace newsclf {

/// Normalises texts in segments that cannot affect each other. A segment is one character and the
/// characters after it that may combine with it.
class NfcSegment {
 public:
  /// The segment of `text` (well-formed UTF-8) that begins at `begin`. It has at most 32
  /// characters: later ones of a longer sequence of marks are a segment of their own, similar to
  /// the Stream-Safe Text Format.
  NfcSegment(std::string_view text, std::size_t begin);

  /// A character of the normalised segment, and the bytes [begin, end) of `text` that it stands
  /// for: its own, or all of the segment if normalisation changed the segment.
  struct Character {
    char32_t code_point;
    std::size_t begin, end;
  };
  std::span<const Character> characters() const { return {characters_.data(), count_}; }
  std::size_t end() const { return end_; }  ///< offset of the next segment in the text

 private:
  void normalise(std::string_view text, std::size_t begin);

  static constexpr std::size_t kMost = 32;
  static constexpr std::size_t kMostPerCharacter = 4;            // of a canonical decomposition
  std::array<Character, kMost * kMostPerCharacter> characters_;  // the first `count_`
  std::size_t count_ = 0;
  std::size_t end_;
};

/// Whether normalisation may combine `c` with the character before it, or reorder the two.
bool joins_previous(char32_t c);

}  // namespace newsclf
