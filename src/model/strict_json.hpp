// SPDX-License-Identifier: MIT
// The rules that the JSON parts of a model file keep beyond being JSON.
#pragma once

#include <string>
#include <string_view>

namespace newsclf {

/// Refuses `text` unless it is a JSON object without repeated keys, at most `max_depth` deep; with
/// `integers_only`, without signs, fractions, exponents and numbers over 2^48.
/// @throws Error at `where`
void check_json(std::string_view text, int max_depth, bool integers_only, const std::string& where);

}  // namespace newsclf
