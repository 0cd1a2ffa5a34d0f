// SPDX-License-Identifier: MIT
// Keys of documents that must stay together when documents are held out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/document.hpp"

namespace newsclf {

class DocumentStream;

/// One key per document, in one block of memory: there may be millions.
class ThreadKeys {
 public:
  ThreadKeys() = default;
  ThreadKeys(std::span<const std::string> keys) {
    for (const std::string& key : keys) push_back(key);
  }
  ThreadKeys(const std::vector<std::string>& keys) : ThreadKeys(std::span(keys)) {}

  void push_back(std::string_view key) {
    bytes_ += key;
    ends_.push_back(bytes_.size());
  }
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t document) const {
    const std::size_t begin = document == 0 ? 0 : ends_[document - 1];
    return std::string_view(bytes_).substr(begin, ends_[document] - begin);
  }
  /// The keys of the first `documents`.
  ThreadKeys first(std::size_t documents) const {
    ThreadKeys keys;
    for (std::size_t d = 0; d < documents; ++d) keys.push_back((*this)[d]);
    return keys;
  }
  /// The keys from that of `document` on.
  ThreadKeys from(std::size_t document) const {
    ThreadKeys keys;
    for (; document < size(); ++document) keys.push_back((*this)[document]);
    return keys;
  }
  /// In bytes.
  std::size_t memory() const { return bytes_.capacity() + ends_.capacity() * sizeof ends_[0]; }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;  // of the keys in `bytes_`
};

/// The key of a document; empty if it has no other document to stay with.
std::string thread_key(const Document& document);

/// Returns a key per document; documents with the same key must stay together. The key of a post is
/// its normalised subject (see `thread_of`), so that replies stay with the post they answer. The
/// key of any other document is its text, normalised if it is short, so that copies stay together.
/// Documents of a single word have unique keys: there, equal texts need not be copies.
ThreadKeys thread_keys(DocumentStream& documents);

}  // namespace newsclf
