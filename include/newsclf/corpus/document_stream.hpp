// SPDX-License-Identifier: MIT
// A stream of documents in blocks that can be read repeatedly, so that a pass over the documents
// does not need all of them in memory.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "newsclf/corpus/document.hpp"

namespace newsclf {

/// Call order: `(next* rewind)*`.
class DocumentStream {
 public:
  virtual ~DocumentStream() = default;
  /// Returns the next documents, in order; none at the end. They are valid until the next call.
  /// @throws Error for a document that cannot be read, after those before it were returned
  virtual std::span<const Document> next() = 0;
  /// Starts again from the first document.
  /// @throws Error if documents were read from an input that cannot be read twice
  virtual void rewind() = 0;
};

/// Rewinds `documents` and visits all of them, in order.
template <typename Visit>
void for_each_document(DocumentStream& documents, const Visit& visit) {
  documents.rewind();
  for (auto block = documents.next(); !block.empty(); block = documents.next())
    for (const Document& document : block) visit(document);
}

/// Returns the XXH3-128 digest (32 hex digits) of the sizes (64 bits, little-endian) and bytes of
/// all labels and texts, in order. Ids are left out: documents keep their digest in another folder.
std::string digest_documents(DocumentStream& documents);

/// Documents in memory, in one block.
class StoredDocuments : public DocumentStream {
 public:
  /// Borrows `documents`.
  explicit StoredDocuments(std::span<const Document> documents)
      : documents_(documents), left_(documents) {}

  std::span<const Document> next() override { return std::exchange(left_, {}); }
  void rewind() override { left_ = documents_; }

 private:
  std::span<const Document> documents_, left_;
};

/// Selected documents of another stream, copied into blocks of at most about 4 MiB.
class SelectedDocuments : public DocumentStream {
 public:
  /// Borrows `documents`; nothing else may read from it during a pass over this stream.
  /// @param selected for each document, nonzero to include it
  SelectedDocuments(DocumentStream& documents, std::vector<char> selected)
      : documents_(documents), selected_(std::move(selected)) {
    documents.rewind();
  }

  std::span<const Document> next() override;
  void rewind() override;

 private:
  DocumentStream& documents_;
  std::vector<char> selected_;
  std::vector<Document> block_;     // reused, so that strings keep their memory
  std::span<const Document> left_;  // unread part of the current block of `documents_`
  std::size_t place_ = 0;           // index into `selected_` of the first document in `left_`
};

}  // namespace newsclf
