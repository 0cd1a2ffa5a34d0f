// SPDX-License-Identifier: MIT
// Which documents of a training are held out, and the labels of the others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/learning/learn.hpp"

namespace newsclf {

/// One flag per document: the last ones, or a part in which every label has its share; documents
/// with equal thread keys stay together.
/// @param count of all documents
/// @throws Error if the documents are too few for the part
std::vector<char> hold_out(DocumentStream& all, std::int64_t count, const LearningOptions& options);

/// The flags of all other documents.
std::vector<char> all_but(const std::vector<char>& flags);

/// @param label_of, fold_of one per document; without documents that are in no fold
/// @throws Error if all documents of a label are in one fold, so that a training without it would
/// not know the label
void check_folds(const LabelSet& labels, std::span<const std::int32_t> label_of,
                 std::span<const std::int32_t> fold_of);

/// The labels of `train`, and those of `init` unless it is null.
/// @throws Error if they are fewer than two, or more than `kMostLabels`, or if a document of `all`
/// has another label
LabelSet find_labels(DocumentStream& train, DocumentStream& all, const Classifier* init);

}  // namespace newsclf
