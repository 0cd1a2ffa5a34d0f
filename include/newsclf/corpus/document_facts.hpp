// SPDX-License-Identifier: MIT
// What training needs to know of all documents besides their words, so that it does not have to
// read documents on disk again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/corpus/thread_keys.hpp"

namespace newsclf {

struct DocumentFacts {
  std::vector<std::string> labels = {};     ///< distinct
  std::vector<std::int32_t> label_of = {};  ///< of each document, an index into `labels`
  ThreadKeys keys = {};                     ///< `thread_key` of each document
  std::int64_t empty = 0;                   ///< documents with only white space
  std::int64_t characters = 0;              ///< of all texts
  std::string digest = {};                  ///< see `digest_documents`
  std::string layout_digest = {};           ///< see `digest_layouts`

  std::size_t size() const { return label_of.size(); }
};

/// The sums over the documents of a stream.
struct DocumentTotals {
  std::int64_t documents = 0;
  std::int64_t memory = 0;  ///< bytes that they take in memory, or their facts if they are on disk
  std::int64_t empty = 0;   ///< documents with only white space
};
DocumentTotals count_documents(DocumentStream& documents);

/// A digest of what is known of all texts besides their characters: where their columns end, what
/// these weigh, and which may be posts. If `documents` are selected from known ones: of all of
/// these.
std::string digest_layouts(DocumentStream& documents);

/// Visits the index of each selected document in `known`, in order.
template <typename Visit>
void for_each_known(const KnownDocuments& known, const Visit& visit) {
  for (std::size_t d = 0; d < known.facts->size(); ++d)
    if (known.selected == nullptr || (*known.selected)[d] != 0) visit(d);
}

}  // namespace newsclf
