// SPDX-License-Identifier: MIT
// The style sheet of the page.
#pragma once

#include <string_view>

namespace newsclf {

extern const std::string_view kStyleSheet;

}  // namespace newsclf
