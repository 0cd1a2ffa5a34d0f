// SPDX-License-Identifier: MIT
#include "newsclf/corpus/document_stream.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstdint>
#include <memory>
#include <new>

namespace newsclf {

std::span<const Document> SelectedDocuments::next() {
  constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
  std::size_t count = 0;
  for (std::size_t bytes = 0; bytes < kMaxBytes; left_ = left_.subspan(1), ++place_) {
    if (left_.empty() && (count > 0 || (left_ = documents_.next()).empty())) break;
    if (selected_[place_] == 0) continue;
    if (count == block_.size()) block_.emplace_back();
    block_[count++] = left_.front();
    bytes += sizeof(Document) + left_.front().text.size();
  }
  return std::span<const Document>(block_).first(count);
}

void SelectedDocuments::rewind() {
  documents_.rewind();
  left_ = {};
  place_ = 0;
}

std::string digest_documents(DocumentStream& documents) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  if (!state) throw std::bad_alloc();
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
