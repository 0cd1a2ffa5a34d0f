// SPDX-License-Identifier: MIT
#include "report/html/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "newsclf/text/utf8.hpp"
#include "report/html/style.hpp"

namespace newsclf {
namespace {

struct Entity {
  char32_t character;
  std::string_view written;
};
constexpr Entity kEntities[] = {
    {U'&', "&amp;"}, {U'<', "&lt;"}, {U'>', "&gt;"}, {U'"', "&quot;"}, {U'\'', "&#39;"}};

/// The code point that is shown instead of `c`.
char32_t shown(char32_t c) {
  constexpr char32_t kReplacement = 0xFFFD, kControlPictures = 0x2400, kPictureOfDelete = 0x2421;
  if (c == U'\t' || c == U'\n') return c;
  if (c < 0x20) return kControlPictures + c;
  if (c == 0x7F) return kPictureOfDelete;
  const bool control = c > 0x7F && c < 0xA0;
  const bool separator = c == 0x2028 || c == 0x2029;
  const bool direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  const bool noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
  return control || separator || direction || noncharacter ? kReplacement : c;
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string repaired;
  if (find_invalid_utf8(text) != std::string_view::npos) {
    repaired = replace_invalid_utf8(text);
    text = repaired;
  }
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = decode_utf8(text, i);
    char bytes[4];
    if (const auto* const entity = std::ranges::find(kEntities, c, &Entity::character);
        entity != std::end(kEntities))
      out += entity->written;
    else if (c != U'\r' || !text.substr(i).starts_with('\n'))  // otherwise the \r of a \r\n
      out.append(bytes, encode_utf8(shown(c), bytes));
  }
  return out;
}

std::string html_breakable(std::string_view name) {
  std::string out;
  for (const char c : html_escaped(name)) {
    out += c;
    if (c == '.' || c == '/' || c == '_') out += "<wbr>";
  }
  return out;
}

std::string html_scroll_box(std::string_view label, std::string_view body) {
  return fmt::format(
      "<div class=\"scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">\n{}</div>\n", label,
      body);
}

std::string html_page(std::string_view title, std::string_view body) {
  // The policy allows only the style sheet: no scripts, no external resources.
  return fmt::format(
      "<!DOCTYPE html>\n"
      "<html lang=\"en\">\n"
      "<head>\n"
      "<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"generator\" content=\"newsclf {}\">\n"
      "<title>{}</title>\n"
      "<style>{}</style>\n"
      "</head>\n"
      "<body>\n{}</body>\n"
      "</html>\n",
      NEWSCLF_VERSION, html_escaped(title), kStyleSheet, body);
}

}  // namespace newsclf
