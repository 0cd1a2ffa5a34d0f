// SPDX-License-Identifier: MIT
// Signs that a text was decoded with the wrong encoding, or is binary data.
#pragma once

#include <string_view>

namespace newsclf {

struct EncodingSigns {
  bool replaced = false;  ///< contains U+FFFD, which replaces a lost character
  /// Contains UTF-8 that was decoded as Latin-1 or Windows-1252, such as `Ã©` for `é`.
  bool misread = false;
  bool utf16 = false;  ///< at least a quarter of the characters are NUL, as in UTF-16 or UTF-32
  /// Not `utf16`, and at least one of: contains NUL; is not `misread` and contains characters from
  /// U+0080 to U+009F except U+0085, as in Windows-1252 decoded as Latin-1; more than 1 % of the
  /// characters are control characters other than white space.
  bool controls = false;
};

/// Examines `text`, which is well-formed UTF-8. `misread` looks for runs of characters whose bytes
/// in Latin-1 or Windows-1252 form a UTF-8 sequence. One sequence that starts with `Ã` or `Â` (not
/// after a capital letter, as in «IRMÃ») or with `â€` is enough. French or German quotation marks
/// can form other sequences («MENÜ»), so three of them are needed, with at least three quarters of
/// all characters beyond ASCII.
EncodingSigns find_encoding_signs(std::string_view text);

}  // namespace newsclf
