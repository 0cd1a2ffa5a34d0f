// SPDX-License-Identifier: MIT
// A stream of documents in blocks of a known size.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"

namespace newsclf::testing {

class DocumentBlocks : public DocumentStream {
 public:
  /// Borrows `documents`.
  DocumentBlocks(std::span<const Document> documents, std::size_t size)
      : documents_(documents), size_(size) {}

  std::span<const Document> next() override {
    const auto left = documents_.subspan(begin_);
    const auto block = left.first(std::min(size_, left.size()));
    begin_ += block.size();
    return block;
  }
  void rewind() override { begin_ = 0; }

 private:
  std::span<const Document> documents_;
  std::size_t size_, begin_ = 0;
};

/// The sizes of the remaining blocks.
inline std::vector<std::size_t> block_sizes(DocumentStream& documents) {
  std::vector<std::size_t> sizes;
  for (auto block = documents.next(); !block.empty(); block = documents.next())
    sizes.push_back(block.size());
  return sizes;
}

/// The ids of all documents, in order.
inline std::vector<std::string> ids_of(DocumentStream& documents) {
  std::vector<std::string> ids;
  for_each_document(documents, [&](const Document& document) { ids.push_back(document.id); });
  return ids;
}

}  // namespace newsclf::testing
