// SPDX-License-Identifier: MIT
// Labels documents with a classifier and compares its predictions with their labels.
#pragma once

#include <span>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/model/predictor.hpp"

namespace newsclf {

/// The evaluated predictions for `documents`, in the same order, with their confidences.
/// @param keep_probabilities whether to keep the probabilities of all labels
std::vector<JudgedDocument> judge_documents(std::span<const Document> documents,
                                            Predictor& predictor, bool keep_probabilities);

}  // namespace newsclf
