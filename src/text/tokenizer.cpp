// SPDX-License-Identifier: MIT
#include "newsclf/text/tokenizer.hpp"

#include <utf8proc.h>

#include <cstddef>
#include <cstring>

#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

bool is_word(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  // The categories L, M and N are consecutive.
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO) || c == U'_';
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == U' ' || (c >= U'\t' && c <= U'\r') || (c >= 0x1C && c <= 0x1F);
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return c == 0x85 || (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

bool belongs_to_token(char32_t c, TokenPattern pattern) {
  return pattern == TokenPattern::kWords ? is_word(c) : !is_space(c);
}

}  // namespace

Tokenizer::Tokenizer(const TokenizerOptions& options) : options_(options) {
  for (std::size_t c = 1; c < ascii_.size(); ++c) {
    const auto letter = static_cast<char>(c);
    if (belongs_to_token(static_cast<char32_t>(c), options.pattern))
      ascii_[c] = options.keep_case ? letter : ascii_lower(letter);
  }
}

std::span<const std::string_view> Tokenizer::tokenize(std::string_view text) {
  split<false>(text, nullptr);
  return tokens_;
}

std::span<const std::string_view> Tokenizer::tokenize(std::string_view text,
                                                      std::vector<TextSpan>& places) {
  places.clear();
  split<true>(text, &places);
  return tokens_;
}

template <bool kWithPlaces>
void Tokenizer::split(std::string_view text, [[maybe_unused]] std::vector<TextSpan>* places) {
  // Lower-casing lengthens a 2-byte character to 3 bytes at most (U+023A); the space after a token
  // replaces the byte that ended it.
  const std::size_t longest = text.size() + text.size() / 2 + 8;
  if (normalised_.size() < longest) normalised_.resize(longest);
  tokens_.clear();

  char* out = normalised_.data();
  char* token = out;
  [[maybe_unused]] std::size_t begin = 0;  // of the current token, in `text`
  const auto begin_token = [&]([[maybe_unused]] std::size_t place) {
    if constexpr (kWithPlaces)
      if (out == token) begin = place;
  };
  const auto end_token = [&]([[maybe_unused]] std::size_t place) {
    if (out == token) return;
    if constexpr (kWithPlaces) places->push_back({begin, place});
    tokens_.emplace_back(token, static_cast<std::size_t>(out - token));
    *out++ = ' ';
    token = out;
  };

  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      begin_token(i);
      if (const char c = ascii_[byte])
        *out++ = c;
      else
        end_token(i);
      ++i;
      continue;
    }
    const std::size_t start = i;
    const char32_t c = decode_utf8(text, i);
    begin_token(start);
    if (!belongs_to_token(c, options_.pattern)) {
      end_token(start);
    } else if (options_.keep_case) {
      std::memcpy(out, text.data() + start, i - start);
      out += i - start;
    } else {
      const auto lower = utf8proc_tolower(static_cast<utf8proc_int32_t>(c));
      out += encode_utf8(static_cast<char32_t>(lower), out);
    }
  }
  end_token(text.size());
}

}  // namespace newsclf
