// SPDX-License-Identifier: MIT
#include "text/nfc.hpp"

#include <utf8proc.h>

#include <limits>

#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

const utf8proc_property_t& property_of(char32_t c) {
  return *utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
}

/// Whether the normal form of `c` alone may be another character. Kana and most letters of Latin
/// and Vietnamese have a decomposition too, but are its composed form.
bool may_change(char32_t c) {
  if (c < 0x340 || (c >= 0x1E00 && c <= 0x1EFF) || (c >= 0x3041 && c <= 0x30FF)) return false;
  const utf8proc_property_t& property = property_of(c);
  return property.decomp_type == 0 &&
         property.decomp_seqindex != std::numeric_limits<utf8proc_uint16_t>::max();
}

}  // namespace

bool joins_previous(char32_t c) {
  const bool han = c >= 0x3400 && c <= 0x9FFF, hangul = c >= 0xAC00 && c <= 0xD7A3;
  if (c < 0x300 || han || hangul) return false;
  if (c >= 0x1160 && c <= 0x11FF) return true;  // vowels and final consonants of Hangul
  const utf8proc_property_t& property = property_of(c);
  return property.combining_class != 0 ||
         (property.category >= UTF8PROC_CATEGORY_MN && property.category <= UTF8PROC_CATEGORY_ME);
}

NfcSegment::NfcSegment(std::string_view text, std::size_t begin) : end_(begin) {
  const auto take = [&](char32_t c, std::size_t end) {
    characters_[count_++] = {c, end_, end};
    end_ = end;
  };
  std::size_t next = begin;
  const char32_t first = decode_utf8(text, next);
  take(first, next);
  while (count_ < kMost && next < text.size() && !is_ascii(text[next])) {
    const char32_t c = decode_utf8(text, next);
    if (!joins_previous(c)) break;
    take(c, next);
  }
  if (count_ > 1 || may_change(first)) normalise(text, begin);
}

void NfcSegment::normalise(std::string_view text, std::size_t begin) {
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  constexpr std::size_t kRoom = kMost * kMostPerCharacter;
  std::array<utf8proc_int32_t, kRoom + 1> buffer;  // utf8proc may write one number more
  const utf8proc_ssize_t decomposed = utf8proc_decompose(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data() + begin),
      static_cast<utf8proc_ssize_t>(end_ - begin), buffer.data(), kRoom, kOptions);
  if (decomposed < 0 || decomposed > std::ptrdiff_t{kRoom}) return;
  const auto composed =
      static_cast<std::size_t>(utf8proc_normalize_utf32(buffer.data(), decomposed, kOptions));
  bool changed = composed != count_;
  for (std::size_t k = 0; k < composed && !changed; ++k)
    changed = static_cast<char32_t>(buffer[k]) != characters_[k].code_point;
  if (!changed) return;
  count_ = composed;
  for (std::size_t k = 0; k < count_; ++k)
    characters_[k] = {static_cast<char32_t>(buffer[k]), begin, end_};
}

}  // namespace newsclf
