// SPDX-License-Identifier: MIT
// Parses the JSON parts of a model file, which must satisfy stricter rules than JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace newsclf {

/// Parses `text`, which must be a JSON object without repeated keys, nested at most `max_depth`
/// levels; with `integers_only`, its numbers must be integers from 0 to 2^48.
/// @throws Error at `where`
nlohmann::json parse_strict_json(std::string_view text, int max_depth, bool integers_only,
                                 const std::string& where);

/// Throws an `Error` about one place in a model file.
[[noreturn]] void refuse_file(const std::string& where, const std::string& place,
                              const std::string& expected, const std::string& found);

}  // namespace newsclf
