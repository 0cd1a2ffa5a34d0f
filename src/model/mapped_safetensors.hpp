// SPDX-License-Identifier: MIT
// Opens a safetensors file that is too large for memory.
#pragma once

#include <string>

#include "newsclf/model/safetensors.hpp"

namespace newsclf {

/// As `open_safetensors`, but the bytes are those of the file, which must not change while it is
/// used: a new file may replace it, as `write_safetensors` does.
Safetensors map_safetensors(const std::string& path, const MetadataCheck& check_metadata);

}  // namespace newsclf
