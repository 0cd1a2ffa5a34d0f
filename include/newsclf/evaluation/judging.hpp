// SPDX-License-Identifier: MIT
// Evaluates a classifier's predictions for labelled documents.
#pragma once

#include <span>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/model/predictor.hpp"

namespace newsclf {

/// Appends one evaluated prediction per document, with its confidence, to `judged`.
/// @param keep_probabilities whether to store those of all labels
void judge_documents(std::span<const Document> documents, Predictor& predictor,
                     bool keep_probabilities, std::vector<JudgedDocument>& judged);

}  // namespace newsclf
