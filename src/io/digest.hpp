// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <xxhash.h>

namespace newsclf {

/// The XXH3-128 of bytes that come in pieces.
class Digest {
 public:
  Digest();
  void add(std::span<const std::byte> bytes);
  /// Adds the number of `values` (64 bits, little-endian), then their bytes.
  template <typename Values>
  void add_sized(const Values& values) {
    const std::span all(values);
    const std::uint64_t size = all.size();
    add(std::as_bytes(std::span(&size, 1)));
    add(std::as_bytes(all));
  }
  /// 32 hexadecimal digits.
  std::string hex() const;

 private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

}  // namespace newsclf
