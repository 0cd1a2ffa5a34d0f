// SPDX-License-Identifier: MIT
// Reads pages of mapped files before they are used.
#pragma once

#include <cstddef>
#include <span>

namespace newsclf {

/// Asks the kernel to read the pages that hold `bytes` of a mapped file, without waiting for them.
void read_ahead(std::span<const std::byte> bytes);

}  // namespace newsclf
