// SPDX-License-Identifier: MIT
// Tokens of a text: case-folded runs of word characters, or of anything but white space.
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
  kNonspace,  ///< runs of anything but white space
};

inline constexpr Choice<TokenPattern> kTokenPatterns[] = {
    {"words", TokenPattern::kWords},
    {"nonspace", TokenPattern::kNonspace},
};

struct TokenizerOptions {
  bool keep_case = false;                       ///< off: simple lower-casing (Unicode)
  TokenPattern pattern = TokenPattern::kWords;  ///< what a token is made of
};

/// A stretch of a text: its bytes [begin, end).
struct TextSpan {
  std::size_t begin;
  std::size_t end;

  bool operator==(const TextSpan&) const = default;
};

/// Splits texts into tokens. A word character is one of general category L, M or N, or `_`: what
/// Python's `\w` matches plus combining marks (UTS #18 counts them in; without them the words of
/// Devanagari or of decomposed accents fall apart).
class Tokenizer {
 public:
  explicit Tokenizer(const TokenizerOptions& options);

  /// The tokens of `text` (well-formed UTF-8) in order, as views into the normalised text. There
  /// the tokens stand one after the other with exactly one space between two neighbours, so a run
  /// of n tokens is itself a view. All views hold until the next call.
  std::span<const std::string_view> tokenize(std::string_view text);

  /// The same; `places` becomes where each token stands in `text`.
  std::span<const std::string_view> tokenize(std::string_view text, std::vector<TextSpan>& places);

 private:
  template <bool kWithPlaces>
  void split(std::string_view text, std::vector<TextSpan>* places);

  TokenizerOptions options_;
  std::array<char, 128> ascii_{};  // what a byte becomes inside a token, 0 where it ends one
  std::string normalised_;
  std::vector<std::string_view> tokens_;
};

}  // namespace newsclf
