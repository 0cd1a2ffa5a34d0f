// SPDX-License-Identifier: MIT
// The JSON parts of a model file, and the rules that they keep beyond being JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace newsclf {

/// Parses `text`, which must be a JSON object without repeated keys, at most `max_depth` deep; with
/// `integers_only`, without signs, fractions, exponents and numbers over 2^48.
/// @throws Error at `where`
nlohmann::json parse_strict_json(std::string_view text, int max_depth, bool integers_only,
                                 const std::string& where);

/// Throws for one place in a model file.
[[noreturn]] void refuse_file(const std::string& where, const std::string& place,
                              const std::string& expected, const std::string& found);

}  // namespace newsclf
