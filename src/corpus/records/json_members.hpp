// SPDX-License-Identifier: MIT
// Splits a JSON object into its members without changing how their values are written.
#pragma once

#include <string_view>
#include <vector>

#include "newsclf/corpus/document.hpp"

namespace newsclf {

/// The members of `object`, in order: decoded keys, and values as written, so that numbers keep
/// their digits.
/// @param object a valid JSON object in UTF-8
std::vector<InputColumn> json_members(std::string_view object);

}  // namespace newsclf
