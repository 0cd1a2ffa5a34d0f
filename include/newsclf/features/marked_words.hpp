// SPDX-License-Identifier: MIT
// Numbers that tokens got, brought back to the words of the text that the tokens came from.
#pragma once

#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/features/vectorizer.hpp"

namespace newsclf {

/// A word of a document and its part in the numbers.
struct MarkedWord {
  TextSpan place;  ///< in `Document::text`
  double value;

  bool operator==(const MarkedWord&) const = default;
};

/// Shares out `values`, a number for each column of `document`'s row (columns ascending), among the
/// words of its text. A token's number is divided among its occurrences, each by how often it
/// counts; an occurrence's among the words that it is made of. Words without a token that has a
/// number are left out. Places ascend and do not overlap; the values add up to the numbers.
std::vector<MarkedWord> mark_words(const Vectorizer& vectorizer, const Document& document,
                                   const SparseRow& values);

}  // namespace newsclf
