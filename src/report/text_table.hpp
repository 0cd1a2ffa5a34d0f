// SPDX-License-Identifier: MIT
// Columns of the reports for people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace newsclf {

/// Number of characters, so that columns of labels beyond ASCII stand straight.
/// @param text well-formed UTF-8
std::size_t width_of(std::string_view text);

/// `text`, with spaces behind it up to `width` characters.
std::string padded(std::string_view text, std::size_t width);

}  // namespace newsclf
