// SPDX-License-Identifier: MIT
// Holding documents out: a seeded split that keeps the shares of the labels and whole threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"

namespace newsclf {

/// Places in the documents that were split, each list ascending, together every place once.
struct Split {
  std::vector<std::size_t> train;
  std::vector<std::size_t> held_out;
};

/// For each document a key that documents which must stay together share: a post's normalised
/// subject (see `thread_of`), so that no reply is held out from the post it answers; a short
/// document that is no post, its normalised text, so that copies stay together. Any other document
/// has a key of its own.
std::vector<std::string> thread_keys(DocumentStream& documents);

/// Holds out `fraction` (0 < fraction < 1) of each label's documents, rounded, as nearly as whole
/// groups allow; documents with equal `keys` stay on one side. Every label keeps at least one
/// training document. The same seed gives the same split.
/// @throws Error if nothing could be held out
Split stratified_split(std::span<const std::int32_t> labels, std::span<const std::string> keys,
                       double fraction, std::uint64_t seed);

}  // namespace newsclf
