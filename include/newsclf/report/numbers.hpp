// SPDX-License-Identifier: MIT
// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace newsclf {

/// "1,774"
std::string with_commas(std::int64_t number);
/// `number` and its noun: "1 document", "1,774 documents"
std::string counted(std::int64_t number, std::string_view noun);
/// "97.63"
std::string percent(double share);
/// "14.6 MB"
std::string file_size(std::int64_t bytes);
/// "0:42" or "1:02:03"
std::string duration(double seconds);

}  // namespace newsclf
