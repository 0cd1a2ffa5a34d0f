// SPDX-License-Identifier: MIT
// Distributes values of tokens over the words of the text.
#pragma once

#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/features/vectorizer.hpp"

namespace newsclf {

/// A word of a document and its value.
struct MarkedWord {
  TextSpan place;  ///< position in `Document::text`
  double value;

  bool operator==(const MarkedWord&) const = default;
};

/// Distributes `values`, one number per column of `document`'s row (columns ascending), over the
/// words of the text. The value of a token is divided among its occurrences by their counts, and
/// the value of an occurrence equally among its words. Words whose tokens have no value are left
/// out. Positions ascend and do not overlap; the sum of all values is preserved.
std::vector<MarkedWord> mark_words(const Vectorizer& vectorizer, const Document& document,
                                   const SparseRow& values);

}  // namespace newsclf
