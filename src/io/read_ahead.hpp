// SPDX-License-Identifier: MIT
// Reads pages of mapped files before they are used.
#pragma once

#include <cstddef>
#include <span>

namespace newsclf {

enum class ReadOrder { kAscending, kRandom };

/// How the pages that hold `bytes` of a mapped file will be used: in random order, the kernel does
/// not read others along with them, which would soon fill a small memory.
void expect_reads(std::span<const std::byte> bytes, ReadOrder order);

/// Asks the kernel to read the pages that hold `bytes` of a mapped file, without waiting for them.
void read_ahead(std::span<const std::byte> bytes);

}  // namespace newsclf
