// SPDX-License-Identifier: MIT
#include "io/digest.hpp"

#include <fmt/format.h>

#include <new>

namespace newsclf {

Digest::Digest() : state_(XXH3_createState(), &XXH3_freeState) {
  if (state_ == nullptr) throw std::bad_alloc();
  XXH3_128bits_reset(state_.get());
}

void Digest::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

std::string Digest::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace newsclf
