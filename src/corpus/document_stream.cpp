// SPDX-License-Identifier: MIT
#include "newsclf/corpus/document_stream.hpp"

#include "io/digest.hpp"
#include "newsclf/corpus/document_facts.hpp"

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

KnownDocuments SelectedDocuments::known() const {
  const KnownDocuments all = documents_.known();
  return all.selected == nullptr && all.facts != nullptr ? KnownDocuments{all.facts, &selected_}
                                                         : KnownDocuments{};
}

DocumentTotals count_documents(DocumentStream& documents) {
  DocumentTotals totals;
  if (const auto [facts, selected] = documents.known(); facts != nullptr && selected == nullptr) {
    // What training keeps per document: ids and labels, flags, places in the order of the epoch.
    constexpr std::size_t kPerDocument = 64;
    totals.documents = static_cast<std::int64_t>(facts->size());
    totals.memory =
        static_cast<std::int64_t>(kPerDocument * facts->size() + 2 * facts->keys.memory());
    totals.empty = facts->empty;
    return totals;
  }
  for_each_document(documents, [&](const Document& document) {
    ++totals.documents;
    totals.memory += memory_of(document);
    totals.empty += is_blank(document.text);
  });
  return totals;
}

std::string digest_documents(DocumentStream& documents) {
  if (const auto [facts, selected] = documents.known(); facts != nullptr && selected == nullptr)
    return facts->digest;
  Digest digest;
  for_each_document(documents, [&](const Document& document) {
    digest.add_sized(document.label);
    digest.add_sized(document.text);
  });
  return digest.hex();
}

}  // namespace newsclf
