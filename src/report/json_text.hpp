// SPDX-License-Identifier: MIT
// JSON as all reports write it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace newsclf {

/// Bytes that are not UTF-8, as the name of a file may hold them, become U+FFFD.
/// @param indent spaces a level; -1: all on one line
inline std::string json_text(const nlohmann::ordered_json& value, int indent = 2) {
  return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace newsclf
