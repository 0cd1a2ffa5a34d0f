// SPDX-License-Identifier: MIT
// Holds out documents: a seeded split, or seeded folds, stratified by label, that keep threads
// together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/thread_keys.hpp"

namespace newsclf {

/// Indexes of the documents, each list ascending; every document is in exactly one list.
struct Split {
  std::vector<std::size_t> train;
  std::vector<std::size_t> held_out;
};

/// Holds out `fraction` (0 < fraction < 1) of each label's documents, rounded, as closely as groups
/// allow: documents with equal `keys` stay on the same side. Every label keeps at least one
/// training document; it may be that no document can be held out. Of labels whose share is less
/// than half a document, every n-th one holds out one document. The same seed gives the same split.
Split stratified_split(std::span<const std::int32_t> labels, const ThreadKeys& keys,
                       double fraction, std::uint64_t seed);

/// Returns the fold of each document, a number below `folds`. Documents with equal `keys` are in
/// one fold; each label's documents are spread as evenly as these groups allow: the largest groups
/// come first, and each goes to the fold that has the smallest shares of its labels, as in
/// scikit-learn's StratifiedGroupKFold. No fold is empty. The same seed gives the same folds.
/// @param folds at least 2
/// @throws Error if there are fewer groups than folds
std::vector<std::int32_t> stratified_folds(std::span<const std::int32_t> labels,
                                           const ThreadKeys& keys, std::int32_t folds,
                                           std::uint64_t seed);

}  // namespace newsclf
