// SPDX-License-Identifier: MIT
// Holds out documents: a seeded split, stratified by label, that keeps threads together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"

namespace newsclf {

/// Indexes of the documents, each list ascending; every document is in exactly one list.
struct Split {
  std::vector<std::size_t> train;
  std::vector<std::size_t> held_out;
};

/// Returns a key per document; documents with the same key must stay together. The key of a post is
/// its normalised subject (see `thread_of`), so that replies stay with the post they answer. The
/// key of any other document is its text, normalised if it is short, so that copies stay together.
/// Documents of a single word have unique keys: there, equal texts need not be copies.
std::vector<std::string> thread_keys(DocumentStream& documents);

/// Holds out `fraction` (0 < fraction < 1) of each label's documents, rounded, as closely as groups
/// allow: documents with equal `keys` stay on the same side. Every label keeps at least one
/// training document; it may be that no document can be held out. Of labels whose share is less
/// than half a document, every n-th one holds out one document. The same seed gives the same split.
Split stratified_split(std::span<const std::int32_t> labels, std::span<const std::string> keys,
                       double fraction, std::uint64_t seed);

}  // namespace newsclf
