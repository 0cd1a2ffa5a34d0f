// SPDX-License-Identifier: MIT
// The result of a cross-validation as text and JSON. `tsv_report` of its pooled evaluation writes
// the predictions.
#pragma once

#include <string>

#include "newsclf/evaluation/fold_metrics.hpp"

namespace newsclf {

/// A line per metric with its mean and standard error and, for up to `kShownFolds` folds, its value
/// in each; then precision, recall and F1 per label over the predictions for all documents.
std::string text_report(const CrossValidation& result);

inline constexpr std::size_t kShownFolds = 5;

/// One JSON object: k, documents, seed, fold_documents (of each fold), metrics {key: {mean,
/// standard_error, folds}} with the keys of `add_fold`, labels [{label, precision, recall, f1,
/// support}] over the predictions for all documents.
std::string json_report(const CrossValidation& result);

}  // namespace newsclf
