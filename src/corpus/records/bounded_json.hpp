// SPDX-License-Identifier: MIT
// Parses JSON whose memory is bounded by the size of its text.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace newsclf {

/// Why a text is not read as JSON.
struct JsonProblem {
  enum Kind { kNone, kSyntax, kLargeNumber, kManyValues } kind = kNone;
  std::size_t place = 0;  ///< offset of the syntax error; the size of the text if it ends too early
};

/// Parses `text` like `nlohmann::json::parse`, but cuts each string to `longest` bytes, in whole
/// characters; repeated keys have their last value. Memory beyond `text`: twice the longest string,
/// or about 100 bytes per value.
/// @param most_values the most values of all arrays and objects in `text`
/// @return the parsed value, unless there is a problem
nlohmann::json parse_bounded(std::string_view text, std::size_t longest, std::size_t most_values,
                             JsonProblem& problem);

}  // namespace newsclf
