// SPDX-License-Identifier: MIT
// Decodes text in any encoding that iconv knows.
#pragma once

#include <string>
#include <string_view>

#include "newsclf/text/utf8.hpp"

namespace newsclf {

/// The encoding of a byte order mark (UTF-8, UTF-16, UTF-32). Without one UTF-8, and bytes that are
/// not UTF-8 are read as Windows-1252: a guess.
inline constexpr std::string_view kAutoEncoding = "auto";

/// Whether `encoding` is `auto` or a name that iconv knows.
bool is_known_encoding(const std::string& encoding);

/// Whether text in `encoding` is UTF-8 unless a byte order mark says otherwise.
bool expects_utf8(std::string_view encoding);

/// Returns the name for messages: "UTF-8" for `auto`.
std::string name_of_encoding(const std::string& encoding);

/// What was done to make a text well-formed UTF-8.
enum class Repair {
  kNone,      ///< nothing, it was valid in its encoding
  kGuessed,   ///< the bytes that were not UTF-8 were decoded as Windows-1252
  kRepaired,  ///< it was not valid in its encoding, and was handled according to `InvalidUtf8`
};

/// Decodes the bytes of a whole document, and drops a byte order mark. The guess of `auto` is made
/// only under `InvalidUtf8::kReplace`. Under `kLatin1`, a document that should be UTF-8 is read as
/// Latin-1 as a whole, and in other encodings only the bytes that cannot be decoded.
/// @param where the name of the document in the error
/// @param is_cut `text` is the start of a longer document: drops an incomplete last character
/// @throws Error under `InvalidUtf8::kError`
Repair decode_document(std::string& text, const std::string& encoding, InvalidUtf8 policy,
                       std::string_view where, bool is_cut = false);

/// Decodes the first bytes of a document, to detect its format; drops a byte order mark and, unless
/// the text is UTF-8, a character that is cut off at the end. Bytes that cannot be decoded remain
/// ill-formed.
std::string decode_start(std::string_view bytes, const std::string& encoding);

}  // namespace newsclf
