// SPDX-License-Identifier: MIT
// Splits texts into tokens: case-folded runs of word characters or of non-space characters.
#pragma once

#include "newsclf/names/choice.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

enum class TokenPattern {
  kWords,     ///< runs of letters, marks, numbers and underscores
  kNonspace,  ///< runs of any characters except white space
};

inline constexpr Choice<TokenPattern> kTokenPatterns[] = {
    {"words", TokenPattern::kWords},
    {"nonspace", TokenPattern::kNonspace},
};

struct TokenizerOptions {
  bool keep_case = false;                       ///< if false, apply Unicode simple lower-casing
  TokenPattern pattern = TokenPattern::kWords;  ///< which characters form a token
};

/// A range of bytes [begin, end) of a text.
struct TextSpan {
  std::size_t begin;
  std::size_t end;

  bool operator==(const TextSpan&) const = default;
};

/// Splits texts into tokens. A word character has the general category L, M or N, or is `_`: what
/// Python's `\w` matches plus combining marks. UTS #18 includes the marks; without them, words in
/// Devanagari or with decomposed accents would be split.
class Tokenizer {
 public:
  explicit Tokenizer(const TokenizerOptions& options);

  /// Returns the tokens of `text` (well-formed UTF-8) in order, as views into the normalised text.
  /// Neighbouring tokens are separated by exactly one space there, so a run of n tokens is also a
  /// view. All views are valid until the next call.
  std::span<const std::string_view> tokenize(std::string_view text);

  /// The same; also stores the position of each token in `text` in `places`.
  std::span<const std::string_view> tokenize(std::string_view text, std::vector<TextSpan>& places);

 private:
  template <bool kWithPlaces>
  void split(std::string_view text, std::vector<TextSpan>* places);

  TokenizerOptions options_;
  std::array<char, 128> ascii_{};  // what a byte becomes inside a token, 0 if it ends the token
  std::string normalised_;
  std::vector<std::string_view> tokens_;
};

}  // namespace newsclf
