// SPDX-License-Identifier: MIT
#include "text/windows1252.hpp"

#include <algorithm>
#include <cstddef>

#include "newsclf/text/utf8.hpp"

namespace newsclf {

std::string mixed_to_utf8(std::string_view bytes, bool& undefined) {
  undefined = false;
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  while (!bytes.empty()) {
    const std::size_t valid = std::min(find_invalid_utf8(bytes), bytes.size());
    out += bytes.substr(0, valid);
    bytes.remove_prefix(valid);
    if (bytes.empty()) break;
    const auto byte = static_cast<unsigned char>(bytes.front());
    char32_t character = byte <= 0x9F ? kWindows1252[byte - 0x80] : byte;
    if (character == 0) {
      character = 0xFFFD;
      undefined = true;
    }
    char encoded[4];
    out.append(encoded, encode_utf8(character, encoded));
    bytes.remove_prefix(1);
  }
  return out;
}

}  // namespace newsclf
