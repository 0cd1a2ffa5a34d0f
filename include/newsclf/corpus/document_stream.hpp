// SPDX-License-Identifier: MIT
// Documents as a stream of blocks that can be read again: whoever needs a pass over documents does
// not ask for all of them in memory.
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
  /// The next documents, in order; none at the end. They hold until the next call.
  /// @throws Error for a document that cannot be read, once those before it were returned
  virtual std::span<const Document> next() = 0;
  /// Begins anew.
  /// @throws Error where documents were read from an input that cannot be read twice
  virtual void rewind() = 0;
};

/// Rewinds `documents` and visits all of them, in order.
template <typename Visit>
void for_each_document(DocumentStream& documents, const Visit& visit) {
  documents.rewind();
  for (auto block = documents.next(); !block.empty(); block = documents.next())
    for (const Document& document : block) visit(document);
}

/// XXH3-128 (32 hex digits) over the sizes (64 bits, little-endian) and bytes of all labels and
/// texts, in order; ids are left out, so that the same documents from another folder have the same
/// digest.
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

/// Some documents of another stream, copied into blocks of about 4 MiB at most.
class SelectedDocuments : public DocumentStream {
 public:
  /// Borrows `documents`, of which nobody else may read in the middle of a pass over these.
  /// @param selected for each document whether it is one of these
  SelectedDocuments(DocumentStream& documents, std::vector<char> selected)
      : documents_(documents), selected_(std::move(selected)) {
    rewind();
  }

  std::span<const Document> next() override;
  void rewind() override;

 private:
  DocumentStream& documents_;
  std::vector<char> selected_;
  std::vector<Document> block_;     // its strings keep their memory
  std::span<const Document> left_;  // of the block of `documents_` at hand
  std::size_t place_ = 0;           // of the first of these, in `selected_`
};

}  // namespace newsclf
