// SPDX-License-Identifier: MIT
// Splits texts into tokens: words, characters of scripts without spaces, emoji and symbols; or runs
// of word characters or of non-space characters as in other tools.
#pragma once

#include "newsclf/names/choice.hpp"
#include "newsclf/text/scripts.hpp"
#include "newsclf/text/utf8.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

enum class TokenPattern {
  /// Runs of letters, marks, numbers and underscores; but each character of a script without spaces
  /// (`is_unspaced`), each emoji and each symbol is a token of its own.
  kText,
  kWords,     ///< runs of letters, marks, numbers and underscores
  kNonspace,  ///< runs of any characters except white space and NUL
};

inline constexpr Choice<TokenPattern> kTokenPatterns[] = {
    {"text", TokenPattern::kText},
    {"words", TokenPattern::kWords},
    {"nonspace", TokenPattern::kNonspace},
};

struct TokenizerOptions {
  bool keep_case = false;                      ///< if false, apply Unicode simple lower-casing
  TokenPattern pattern = TokenPattern::kText;  ///< which characters form a token
};

/// A range of bytes [begin, end) of a text.
struct TextSpan {
  std::size_t begin;
  std::size_t end;

  bool operator==(const TextSpan&) const = default;
};

/// Splits texts into tokens, after normalisation to NFC. A word character has the general category
/// L, M or N, or is `_`: what Python's `\w` matches plus combining marks. UTS #18 includes the
/// marks; without them, words in Devanagari or with decomposed accents would be split.
///
/// With `kText`, a symbol is a character of the general category So, which includes nearly all
/// emoji; an emoji sequence (UTS #51: skin tones, joined emoji, flags, keycaps) is one token.
/// Variation selectors, joiners and soft hyphens are left out: they do not change what a text says.
class Tokenizer {
 public:
  explicit Tokenizer(const TokenizerOptions& options);

  /// Returns the tokens of `text` (well-formed UTF-8) in order, as views into the normalised text.
  /// Neighbouring tokens are separated there by exactly one space, but by nothing if both are
  /// characters of one run in a script without spaces: a run of n tokens is also a view. All views
  /// are valid until the next call.
  std::span<const std::string_view> tokenize(std::string_view text);

  /// The same; also stores the position of each token in `text` in `places`.
  std::span<const std::string_view> tokenize(std::string_view text, std::vector<TextSpan>& places);

 private:
  template <bool kWithPlaces>
  class Writer;
  template <bool kWithPlaces>
  void split(std::string_view text, std::vector<TextSpan>* places);
  void make_room(std::string_view text);

  TokenizerOptions options_;
  std::array<char, 256> ascii_{};  // what a byte becomes in a token, 0 if it is not part of one
  std::string normalised_;
  std::vector<std::string_view> tokens_;
};

/// Whether `text` contains emoji or symbols, which are tokens only with `TokenPattern::kText`.
bool contains_symbols(std::string_view text);

/// Whether `text` contains letters, marks or numbers of scripts without spaces (`is_unspaced`).
bool contains_unspaced(std::string_view text);

/// Whether `token`, from a tokenizer with `TokenPattern::kText`, is a character of a script without
/// spaces.
inline bool is_character_of_run(std::string_view token) {
  std::size_t i = 0;
  return !is_ascii(token.front()) && is_unspaced(decode_utf8(token, i));
}

/// Whether `next`, the token after `token` of the same text, continues its run of such characters.
inline bool continues_run(std::string_view token, std::string_view next) {
  return token.data() + token.size() == next.data();
}

}  // namespace newsclf
