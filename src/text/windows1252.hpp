// SPDX-License-Identifier: MIT
// Windows-1252, Latin-1 with more punctuation: the guess for bytes that are not UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace newsclf {

/// Characters of the bytes 0x80 to 0x9F (Unicode's CP1252.TXT); 0: undefined. All other bytes are
/// as in Latin-1.
inline constexpr char32_t kWindows1252[] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/// Keeps well-formed UTF-8 and decodes every other byte as Windows-1252: what a byte becomes does
/// not depend on the rest of the text, so that a document gets the same characters in every format.
/// Undefined bytes become U+FFFD; `undefined` says whether there were any.
std::string mixed_to_utf8(std::string_view bytes, bool& undefined);

}  // namespace newsclf
