// SPDX-License-Identifier: MIT
#include "newsclf/learning/label_errors.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace newsclf {
namespace {

/// The first of the label errors of a fold: later ones cannot be among the first of all folds.
std::vector<LabelError> errors_of_fold(std::span<const Document> documents, std::size_t most,
                                       const ScoredFold& fold, Workers& workers) {
  const LabelSet& labels = fold.evaluation.labels;
  const std::vector<std::size_t> ranked = rank_label_errors(fold.evaluation.documents, most);
  std::vector<LabelError> errors;
  std::vector<Document> chosen;
  for (const std::size_t d : ranked) {
    const JudgedDocument& judged = fold.evaluation.documents[d];
    errors.push_back({fold.places[d],
                      judged.id,
                      judged.label,
                      judged.certainty.log_truth,
                      labels.to_label(judged.predicted),
                      judged.certainty.predicted,
                      {}});
    chosen.push_back(documents[fold.places[d]]);
  }
  fold.predictor.score(chosen);
  workers.for_each(errors.size(), 1, [&](std::size_t i) {
    const JudgedDocument& judged = fold.evaluation.documents[ranked[i]];
    errors[i].words = words_against_label(fold.predictor, i, judged.truth, judged.predicted);
  });
  return errors;
}

}  // namespace

std::vector<LabelError> find_label_errors(std::span<const Document> documents, std::size_t most,
                                          const LearningOptions& options, const FoldOptions& folds,
                                          const Backend& backend, Workers& workers,
                                          const FoldObserver& observer) {
  std::vector<LabelError> errors;
  const auto scored = [&](const ScoredFold& fold) {
    if (observer.scored) observer.scored(fold);
    std::ranges::move(errors_of_fold(documents, most, fold, workers), std::back_inserter(errors));
  };
  StoredDocuments stored(documents);
  cross_validate(stored, options, folds, backend, workers, {observer.learning, scored});
  std::ranges::sort(errors, {}, [](const LabelError& error) {
    return std::pair(error.log_label_probability, error.document);
  });
  if (errors.size() > most)
    errors.erase(errors.begin() + static_cast<std::ptrdiff_t>(most), errors.end());
  return errors;
}

}  // namespace newsclf
