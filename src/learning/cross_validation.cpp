// SPDX-License-Identifier: MIT
#include "newsclf/learning/cross_validation.hpp"

#include <string>
#include <utility>
#include <vector>

#include "learning/held_out.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/corpus/split.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/evaluation/judging.hpp"
#include "newsclf/names/choice.hpp"

namespace newsclf {
namespace {

/// One flag per document: whether it is in the fold, or not in it if `inside` is false.
std::vector<char> flags(std::span<const std::int32_t> fold_of, std::int32_t fold, bool inside) {
  std::vector<char> out;
  for (const std::int32_t each : fold_of) out.push_back((each == fold) == inside);
  return out;
}

}  // namespace

CrossValidation cross_validate(DocumentStream& documents, const LearningOptions& options,
                               const FoldOptions& folds, const Backend& backend, Workers& workers,
                               const FoldObserver& observer) {
  const std::uint64_t seed = options.training.seed;
  LabelSet labels = LabelSet::of(documents);
  const std::vector<std::int32_t> label_of = label_ids(documents, labels);
  const std::vector<std::int32_t> fold_of =
      stratified_folds(label_of, thread_keys(documents), folds.folds, seed);
  check_folds(labels, label_of, fold_of);

  std::vector<JudgedDocument> judged(fold_of.size());
  std::vector<std::int64_t> sizes;
  std::vector<FoldMetric> metrics;
  for (std::int32_t fold = 0; fold < folds.folds; ++fold) {
    SelectedDocuments rest(documents, flags(fold_of, fold, false));
    Predictor predictor(learn(rest, options, backend, workers,
                              [&](const LearningEvent& event) {
                                if (observer.learning) observer.learning(fold, event);
                              }),
                        workers);
    // Beyond this line the classifier is fixed; only now are the documents of the fold read.
    SelectedDocuments held_out(documents, flags(fold_of, fold, true));
    std::vector<JudgedDocument> of_fold;
    for (auto block = held_out.next(); !block.empty(); block = held_out.next())
      judge_documents(block, predictor, folds.keep_probabilities, of_fold);
    std::vector<std::size_t> places;
    for (std::size_t d = 0; d < fold_of.size(); ++d)
      if (fold_of[d] == fold) places.push_back(d);
    Evaluation evaluation =
        evaluate(labels, std::move(of_fold), predictor.classifier().ensemble.temperature, {});
    sizes.push_back(std::ssize(places));
    add_fold(evaluation, metrics);
    if (observer.scored) observer.scored({fold, places, evaluation, predictor});
    for (std::size_t d = 0; d < places.size(); ++d)
      judged[places[d]] = std::move(evaluation.documents[d]);
  }
  return {seed, std::move(sizes), std::move(metrics),
          evaluate(std::move(labels), std::move(judged), 1, {})};
}

}  // namespace newsclf
