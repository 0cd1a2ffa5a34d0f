// SPDX-License-Identifier: MIT
// Texts of nothing but white space.
#pragma once

#include <string_view>

namespace newsclf {

/// Whether `text` holds nothing but white space (ASCII).
inline bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

}  // namespace newsclf
