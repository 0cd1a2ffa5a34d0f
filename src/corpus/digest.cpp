// SPDX-License-Identifier: MIT
#include "newsclf/corpus/digest.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstdint>
#include <memory>

namespace newsclf {

std::string digest_documents(DocumentStream& documents) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  XXH3_128bits_reset(state.get());
  const auto update = [&](const std::string& text) {
    const std::uint64_t size = text.size();
    XXH3_128bits_update(state.get(), &size, sizeof size);
    XXH3_128bits_update(state.get(), text.data(), text.size());
  };
  for_each_document(documents, [&](const Document& document) {
    update(document.label);
    update(document.text);
  });
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace newsclf
