// SPDX-License-Identifier: MIT
// k-fold cross-validation: how well classifiers do on documents that they were not trained on.
//
//   newsclf::StoredDocuments stream(documents);
//   newsclf::Workers workers(newsclf::available_threads());
//   const newsclf::CrossValidation result =
//       newsclf::cross_validate(stream, {}, {.folds = 5}, *newsclf::open_backend(), workers);
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/evaluation/fold_metrics.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/predictor.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/backend.hpp"

namespace newsclf {

struct FoldOptions {
  std::int32_t folds = 5;           ///< at least 2
  bool keep_probabilities = false;  ///< keep those of all labels in the judged documents
};

/// A fold, judged with a classifier trained on the other folds.
struct ScoredFold {
  std::int32_t fold;                    ///< from 0
  std::span<const std::size_t> places;  ///< of its documents in the input, ascending
  const Evaluation& evaluation;         ///< of these documents
  Predictor& predictor;                 ///< of the classifier
};

/// Functions, which may be empty, that are called from the thread that called `cross_validate`.
/// An exception from them ends it.
struct FoldObserver {
  /// For the events of the training without this fold, numbered from 0.
  std::function<void(std::int32_t fold, const LearningEvent&)> learning = {};
  std::function<void(const ScoredFold&)> scored = {};
};

/// For each of `stratified_folds`, trains a classifier on all other documents, with `learn`, and
/// judges the documents of the fold with it. Nothing of the fold influences the classifier: the
/// vocabulary, unset options and the temperature are chosen from the other documents. There is one
/// classifier in memory at a time. The same documents, options and backend give the same result for
/// any number of threads.
/// @param options its seed also draws the folds
/// @throws Error as `learn` and `stratified_folds`, or if all documents of a label are in one fold
CrossValidation cross_validate(DocumentStream& documents, const LearningOptions& options,
                               const FoldOptions& folds, const Backend& backend, Workers& workers,
                               const FoldObserver& observer = {});

}  // namespace newsclf
