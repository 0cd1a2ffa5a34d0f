// SPDX-License-Identifier: MIT
// Gives changed model files the length of their header and a valid digest, so that the loader gets
// to its other checks.
#pragma once

#include <xxhash.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace newsclf::testing {

/// The bytes of a little-endian integer.
inline std::string le64(std::uint64_t number) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &number, 8);
  return bytes;
}

/// The model file `file` with the digest computed again, if it has room for one.
inline std::string with_digest(std::string file) {
  constexpr std::size_t kDigits = 32;
  const std::string key = R"("digest":")";
  const std::size_t place = file.find(key);
  const std::size_t digits = place + key.size();
  if (place == std::string::npos || file.size() < digits + kDigits) return file;
  const std::string rest = file.substr(0, digits) + file.substr(digits + kDigits);
  const XXH128_hash_t hash = XXH3_128bits(rest.data(), rest.size());
  char text[kDigits + 1];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return file.replace(digits, kDigits, text);
}

}  // namespace newsclf::testing
