// SPDX-License-Identifier: MIT
// Columns of the reports for people.
#pragma once

#include <cstddef>
#include <string>

namespace newsclf {

/// "97.63"
std::string percent(double share);

/// Number of characters, so that columns of labels beyond ASCII stand straight.
/// @param text well-formed UTF-8
std::size_t width_of(const std::string& text);

/// `text`, with spaces behind it up to `width` characters.
std::string padded(const std::string& text, std::size_t width);

}  // namespace newsclf
