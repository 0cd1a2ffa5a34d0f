// SPDX-License-Identifier: MIT
#include "newsclf/text/tokenizer.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "text/nfc.hpp"

namespace newsclf {
namespace {

constexpr char32_t kJoiner = 0x200D, kKeycap = 0x20E3;

utf8proc_category_t category_of(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

bool is_word(char32_t c, utf8proc_category_t category) {
  // The categories L, M and N are consecutive.
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO) || c == U'_';
}

bool is_mark(utf8proc_category_t category) {
  return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == U' ' || (c >= U'\t' && c <= U'\r') || (c >= 0x1C && c <= 0x1F);
  const auto category = category_of(c);
  return c == 0x85 || (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

bool belongs_to_token(char32_t c, TokenPattern pattern) {
  return pattern == TokenPattern::kNonspace ? !is_space(c) : is_word(c, category_of(c));
}

constexpr std::size_t kCopied = 16;  // bytes of a token that are copied at once

/// Returns the highest bit of each of 64 bytes after adding `added`, which must not carry.
std::uint64_t high_bits(const char* bytes, std::uint8_t added) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  std::uint64_t bits = 0;
  for (std::size_t word = 0; word < 8; ++word) {
    std::uint64_t eight;
    std::memcpy(&eight, bytes + 8 * word, sizeof eight);
    // The product moves the highest bit of byte b to bit 56 + b.
    bits |= ((((eight + added * kEach) & (0x80 * kEach)) >> 7) * 0x0102040810204080 >> 56)
            << 8 * word;
  }
  return bits;
}

bool is_variation_selector(char32_t c) { return c >= 0xFE00 && c <= 0xFE0F; }

/// Whether `c` is left out of tokens: a soft hyphen, a joiner or non-joiner, a variation selector.
bool is_left_out(char32_t c) {
  return c == 0xAD || c == 0x200C || c == kJoiner || is_variation_selector(c);
}

bool is_skin_tone(char32_t c) { return c >= 0x1F3FB && c <= 0x1F3FF; }
bool is_half_flag(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }  // regional indicators

bool is_tag(char32_t c) { return c >= 0xE0020 && c <= 0xE007F; }  // as in the flag of Scotland

bool is_symbol(char32_t c, utf8proc_category_t category) {
  return category == UTF8PROC_CATEGORY_SO || is_skin_tone(c);
}

template <typename Is>
bool any_character(std::string_view text, const Is& is) {
  for (std::size_t i = 0; i < text.size();)
    if (is(decode_utf8(text, i))) return true;
  return false;
}

}  // namespace

bool contains_symbols(std::string_view text) {
  return any_character(text, [](char32_t c) { return is_symbol(c, category_of(c)); });
}

bool contains_unspaced(std::string_view text) {
  return any_character(text,
                       [](char32_t c) { return is_unspaced(c) && is_word(c, category_of(c)); });
}

/// Writes tokens and their places.
template <bool kWithPlaces>
class Tokenizer::Writer {
 public:
  Writer(Tokenizer& tokenizer, std::vector<TextSpan>* places)
      : options_(tokenizer.options_),
        ascii_(tokenizer.ascii_),
        tokens_(tokenizer.tokens_),
        places_(places),
        out_(tokenizer.normalised_.data()),
        token_(out_) {}

  /// Adds the ASCII characters of `text` from `i`, or the segment that the first of them begins;
  /// returns the offset of what comes after them.
  std::size_t add_ascii(std::string_view text, std::size_t i) {
    if (kind_ != Kind::kWord) {
      // With a mark it may become a symbol that a joiner adds to the current one.
      std::size_t next = i + 1;
      if (next < text.size() && !is_ascii(text[next]) && joins_previous(decode_utf8(text, next)))
        return add_segment(text, i);
      end_token(i);
    }
    for (; i < text.size() && is_ascii(text[i]); i += kBlock)
      if (const std::size_t end = add_block(text.substr(i, kBlock), i); end < i + kBlock)
        return end;
    return i;
  }

  /// Adds the characters of the segment of `text` that begins at `i`; returns its end.
  std::size_t add_segment(std::string_view text, std::size_t i) {
    const char before = i > 0 ? text[i - 1] : '\0';
    if (before != '\0' && is_ascii(before)) {
      // The segment begins with the ASCII character, which `add_ascii` has already added.
      std::size_t next = i;
      if (joins_previous(decode_utf8(text, next))) {
        --i;
        if (ascii_[static_cast<unsigned char>(before)] != 0) --out_;
      }
    }
    const NfcSegment segment(text, i);
    auto characters = segment.characters();
    if (options_.pattern == TokenPattern::kText)
      characters = characters.subspan(add_keycap(characters));
    for (const auto& [c, begin, end] : characters) {
      add(c, begin);
      end_ = end;
    }
    return segment.end();
  }

  void end_token(std::size_t place) {
    if (out_ == token_) return;
    close_token(place);
    *out_++ = ' ';
    token_ = out_;
    kind_ = Kind::kWord;
  }

 private:
  enum class Kind { kWord, kCharacterOfRun, kSymbol };

  static constexpr std::size_t kBlock = 64;  // characters: one per bit of a mask

  /// Adds the ASCII characters at the begin of `block`, which is at `place` in the text; returns
  /// the offset of the first other one in the text, or of the end of `block`.
  std::size_t add_block(std::string_view block, std::size_t place) {
    std::array<char, kBlock> padded{};
    std::array<char, kBlock + kCopied> to;  // what the characters become
    const char* from = block.data();
    if (block.size() < kBlock) {
      std::ranges::copy(block, padded.begin());
      from = padded.data();
    }
    for (std::size_t k = 0; k < kBlock; ++k) to[k] = ascii_[static_cast<unsigned char>(from[k])];
    std::uint64_t inside = high_bits(to.data(), 0x7F);  // characters that are part of a token
    std::size_t end = block.size();
    if (const std::uint64_t others = high_bits(from, 0)) {
      end = static_cast<std::size_t>(std::countr_zero(others));
      inside &= (std::uint64_t{1} << end) - 1;
    }
    char* out = out_;  // local variables, which the bytes written cannot alias
    for (std::size_t k = 0;;) {
      const auto length = static_cast<std::size_t>(std::countr_one(inside));
      if constexpr (kWithPlaces)
        if (out == token_ && length > 0) begin_ = place + k;
      for (std::size_t done = 0; done < length; done += kCopied)
        std::memcpy(out + done, to.data() + k + done, kCopied);
      out += length;
      k += length;
      if (k == end) break;
      if (out != token_) {
        out_ = out;
        end_token(place + k);
        out = out_;
      }
      inside >>= length;
      if (inside == 0) break;
      const auto gap = static_cast<std::size_t>(std::countr_zero(inside));
      inside >>= gap;
      k += gap;
    }
    out_ = out;
    return place + end;
  }

  void close_token(std::size_t place) {
    if (std::exchange(must_compose_, false)) compose_token();
    if constexpr (kWithPlaces) places_->push_back({begin_, std::max(place, end_)});
    tokens_.emplace_back(token_, static_cast<std::size_t>(out_ - token_));
  }

  /// Normalises the current token again.
  void compose_token() {
    const std::string token(token_, out_);
    out_ = token_;
    for (std::size_t i = 0; i < token.size();) {
      const NfcSegment segment(token, i);
      for (const auto& [c, begin, end] : segment.characters()) out_ += encode_utf8(c, out_);
      i = segment.end();
    }
  }

  void append(char32_t c, std::size_t place) {
    if (out_ == token_) begin_ = place;
    if (may_compose_ && joins_previous(c)) must_compose_ = true;
    may_compose_ = false;
    if (!options_.keep_case) {
      const auto lower = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
      may_compose_ = lower != c;
      c = lower;
    }
    out_ += encode_utf8(c, out_);
  }

  void add(char32_t c, std::size_t place) {
    if (options_.pattern == TokenPattern::kText)
      add_text(c, place);
    else if (belongs_to_token(c, options_.pattern))
      append(c, place);
    else
      end_token(place);
  }

  void add_text(char32_t c, std::size_t place) {
    if (is_left_out(c)) {
      joined_ = c == kJoiner;
      may_compose_ = true;
      return;
    }
    const auto category = category_of(c);
    const bool joined = std::exchange(joined_, false);
    if (kind_ == Kind::kSymbol && continues_symbol(c, category, joined, place)) return;
    if (is_symbol(c, category)) {
      begin_token(Kind::kSymbol, place);
      half_flag_ = is_half_flag(c);
    } else if (!is_word(c, category)) {
      end_token(place);
      return;
    } else if (!is_mark(category)) {
      if (is_unspaced(c))
        begin_token(Kind::kCharacterOfRun, place);
      else if (kind_ != Kind::kWord)
        end_token(place);
    }
    append(c, place);
  }

  /// Ends the current token and begins one of `kind`. Characters of a run stay adjacent.
  void begin_token(Kind kind, std::size_t place) {
    if (kind != kind_ || kind != Kind::kCharacterOfRun) {
      end_token(place);
    } else {
      close_token(place);
      token_ = out_;
    }
    kind_ = kind;
    half_flag_ = false;
  }

  /// Adds `c` to the current symbol if it is part of the same emoji sequence.
  /// @param joined whether a joiner comes before it
  bool continues_symbol(char32_t c, utf8proc_category_t category, bool joined, std::size_t place) {
    const bool joins =
        joined && (category == UTF8PROC_CATEGORY_SO || category == UTF8PROC_CATEGORY_SM);
    const bool second_half = half_flag_ && is_half_flag(c);
    if (!joins && !second_half && !is_skin_tone(c) && !is_tag(c) && !is_mark(category))
      return false;
    if (joins) append(kJoiner, place);
    if (joins || second_half) half_flag_ = false;
    append(c, place);
    return true;
  }

  /// Adds the keycap sequence at the begin of `characters`, such as a digit in a box; returns its
  /// length, 0 if there is none.
  std::size_t add_keycap(std::span<const NfcSegment::Character> characters) {
    const auto [first, begin, end] = characters.front();
    if (!((first >= U'0' && first <= U'9') || first == U'#' || first == U'*')) return 0;
    std::size_t cap = 1;
    if (cap < characters.size() && is_variation_selector(characters[cap].code_point)) ++cap;
    if (cap >= characters.size() || characters[cap].code_point != kKeycap) return 0;
    begin_token(Kind::kSymbol, begin);
    append(first, begin);
    append(kKeycap, begin);
    end_ = characters[cap].end;
    return cap + 1;
  }

  const TokenizerOptions& options_;
  const std::array<char, 256>& ascii_;
  std::vector<std::string_view>& tokens_;
  std::vector<TextSpan>* places_;
  char* out_;                // end of the normalised text
  char* token_;              // begin of the current token; equal to `out_` if there is none
  std::size_t begin_ = 0;    // of the current token, in the text
  std::size_t end_ = 0;      // of the last character of a segment, in the text
  Kind kind_ = Kind::kWord;  // of the current token; `kWord` if there is none
  bool joined_ = false;      // the last character was a joiner
  bool half_flag_ = false;   // the current token is the first half of a flag
  /// The end of the token may combine with the next character, though it did not in the text: there
  /// a character was left out after it, or it was a capital. Only a small j combines with a caron.
  bool may_compose_ = false;
  bool must_compose_ = false;  // the current token is not in NFC
};

Tokenizer::Tokenizer(const TokenizerOptions& options) : options_(options) {
  for (std::size_t c = 1; c < 0x80; ++c) {
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

void Tokenizer::make_room(std::string_view text) {
  // A character beyond ASCII becomes at most 3.5 times as long, with the spaces before and after
  // it: U+1D160 is normalised to 12 bytes. The space after an ASCII token replaces another byte.
  // After the text, there is room for the bytes that are copied with the last ones of a token.
  constexpr std::size_t kGrowth = 4, kEnd = 8 + kCopied;
  if (normalised_.size() >= kGrowth * text.size() + kEnd) return;
  const auto beyond_ascii =
      static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !is_ascii(c); }));
  const std::size_t longest = text.size() + (kGrowth - 1) * beyond_ascii + kEnd;
  if (normalised_.size() < longest) normalised_.resize(longest);
}

template <bool kWithPlaces>
void Tokenizer::split(std::string_view text, std::vector<TextSpan>* places) {
  make_room(text);
  tokens_.clear();
  Writer<kWithPlaces> writer(*this, places);
  for (std::size_t i = 0; i < text.size();)
    i = is_ascii(text[i]) ? writer.add_ascii(text, i) : writer.add_segment(text, i);
  writer.end_token(text.size());
}

}  // namespace newsclf
