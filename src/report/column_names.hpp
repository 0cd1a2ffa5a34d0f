// SPDX-License-Identifier: MIT
// Unambiguous column names for tables whose columns are named by labels or by the input.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace newsclf {

/// `names` with the prefix `predicted_`, as often as needed, before each name that is equal to an
/// earlier one; the first `given` names are unchanged.
std::vector<std::string> distinct_names(std::vector<std::string> names, std::size_t given);

}  // namespace newsclf
