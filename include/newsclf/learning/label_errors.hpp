// SPDX-License-Identifier: MIT
// Finds documents that are probably mislabelled, by cross-validation.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/evaluation/label_errors.hpp"
#include "newsclf/learning/cross_validation.hpp"

namespace newsclf {

/// The `most` documents that `rank_label_errors` puts first after `cross_validate`, each with the
/// words that made the classifier of its fold predict another label.
/// @throws Error as `cross_validate`
std::vector<LabelError> find_label_errors(std::span<const Document> documents, std::size_t most,
                                          const LearningOptions& options, const FoldOptions& folds,
                                          const Backend& backend, Workers& workers,
                                          const FoldObserver& observer = {});

}  // namespace newsclf
