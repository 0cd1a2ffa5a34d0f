// SPDX-License-Identifier: MIT
#include "newsclf/corpus/document_stream.hpp"

#include "io/digest.hpp"

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
  Digest digest;
  for_each_document(documents, [&](const Document& document) {
    digest.add_sized(document.label);
    digest.add_sized(document.text);
  });
  return digest.hex();
}

}  // namespace newsclf
