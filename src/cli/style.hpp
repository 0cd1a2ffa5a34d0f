// SPDX-License-Identifier: MIT
// Whether a terminal gets colours and a bar, and what they look like. Nothing else writes escape
// sequences.
#pragma once

#include <string>
#include <string_view>

namespace newsclf {

/// Whether `fd` is a terminal that understands escape sequences: not where TERM is missing or
/// `dumb`.
bool understands_escapes(int fd);
/// The same, and nobody asks for no colours by a NO_COLOR that is not empty (no-color.org).
bool is_coloured(int fd);

enum class Style { kHeading, kError, kWarning };
/// `text` in a style where `fd` is coloured, and as it is elsewhere.
std::string styled(Style style, std::string_view text, int fd);

}  // namespace newsclf
