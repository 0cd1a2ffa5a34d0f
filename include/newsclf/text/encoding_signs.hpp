// SPDX-License-Identifier: MIT
// Signs in a text that it was something else before it was read: other encodings, binary data.
#pragma once

#include <string_view>

namespace newsclf {

struct EncodingSigns {
  bool replaced = false;  ///< it holds U+FFFD, which stands for a character that was lost
  /// It holds UTF-8 that was read as Latin-1 or Windows-1252, such as `Ã©` for `é`.
  bool misread = false;
  bool utf16 = false;  ///< a quarter of its characters or more are NUL, as in UTF-16 or UTF-32
  /// Otherwise: it holds NUL; or, where it is not `misread`, characters of U+0080 to U+009F but
  /// U+0085, which Windows-1252 read as Latin-1 leaves; or more than one character in a hundred is
  /// a control character that is no white space.
  bool controls = false;
};

/// Looks at `text`, which is well-formed UTF-8. Taken for misread are, of the characters that stand
/// for bytes from 0x80 on, two or more in a row whose bytes are a well-formed sequence of UTF-8:
/// one such sequence of `Ã` or `Â` (not behind a capital letter, as in «IRMÃ») or of `â€` is
/// enough; of others, which French or German quotation marks can form («MENÜ»), it takes three that
/// hold three quarters of all characters beyond ASCII.
EncodingSigns find_encoding_signs(std::string_view text);

}  // namespace newsclf
