// SPDX-License-Identifier: MIT
// Documents that are the same document.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// What is left of a document when differences of case (simple lower-casing) and of white space are
/// taken out; of a post, its subject without leading `re:` and its body alone, so that the same
/// message sent twice, or to two groups, is one. Empty where nothing is left.
std::string content_of(const Document& document);

/// Places of documents of one content, ascending; two or more together.
struct CopyGroup {
  std::vector<std::size_t> data;  ///< in the first collection
  std::vector<std::size_t> test;  ///< in the second
  bool identical = false;         ///< their texts are the same byte for byte
};

/// All documents of `data` and `test` whose content another one has too, in the order of the first
/// document of each group; empty documents are no copies of each other. Contents are found equal by
/// XXH3-128 and then compared. Memory: 16 bytes a document.
std::vector<CopyGroup> find_copies(std::span<const Document> data, std::span<const Document> test,
                                   Workers& workers);

}  // namespace newsclf
