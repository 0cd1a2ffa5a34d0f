// SPDX-License-Identifier: MIT
// Labels documents with a classifier:
//
//   newsclf::Predictor predictor(newsclf::Classifier::load("news.safetensors"));
//   const newsclf::Prediction best = predictor.predict("the shuttle reached orbit");
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/explanation.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

struct PredictionOptions {
  std::size_t labels = 1;   ///< number of most probable labels to return; 0: all
  std::size_t reasons = 0;  ///< number of tokens to return for, and against, the label
};

/// The predicted labels of a document.
struct Prediction {
  std::string label;                ///< the most probable one
  float probability;                ///< of `label`
  std::vector<RankedLabel> labels;  ///< as many as requested, most probable first
  /// `probability` times the share of the document's words that are in the vocabulary: the
  /// probability is calibrated on documents of the same kind as the training documents, and a
  /// document with many unknown words is of another kind.
  float confidence;
  std::size_t known_tokens;          ///< distinct tokens of the document in the vocabulary
  std::optional<Reasons> reasons{};  ///< for `label`, if requested
};

/// The rows and logits of a block of documents.
struct ScoredRows {
  const SparseRows& rows;
  std::span<const float> logits;        ///< [documents, C], divided by the temperature
  std::span<const float> known_shares;  ///< see `ParallelTransformer::known_shares`
};

/// Predicts labels. A prediction does not depend on other documents or on the number of threads.
/// Not thread-safe. Keeps a copy of the classifier, which shares the weights.
class Predictor {
 public:
  /// @param threads number of threads that vectorize and compute
  explicit Predictor(Classifier classifier, int threads = available_threads());
  /// Uses `forward` instead of the built-in forward pass unless it is empty; borrows `workers`.
  Predictor(Classifier classifier, Workers& workers, ForwardPass forward = {});

  const Classifier& classifier() const { return classifier_; }
  /// How many documents to pass to `score`, or to `predict` for all labels, so that the memory for
  /// their logits does not grow with the number of labels: at least 1.
  std::size_t documents_at_once() const;
  /// Calls `each(block)` for consecutive blocks of `documents`, of at most `documents_at_once`.
  template <typename Each>
  void for_each_block(std::span<const Document> documents, const Each& each) const {
    while (!documents.empty()) {
      const auto block = documents.first(std::min(documents.size(), documents_at_once()));
      each(block);
      documents = documents.subspan(block.size());
    }
  }

  /// Predicts the label of a text as the program does, see `document_of`. A text without known
  /// tokens gets a prediction too.
  Prediction predict(std::string_view text, const PredictionOptions& options = {});
  /// One prediction per document, in the same order; computes `documents_at_once` at a time.
  std::vector<Prediction> predict(std::span<const Document> documents,
                                  const PredictionOptions& options = {});
  /// The rows and logits that `predict` uses; valid until the next call.
  ScoredRows score(std::span<const Document> documents);
  /// The contribution of each known token to the logit of `label`, for document `d` of the last
  /// call of `score`, see `Explainer::explain`. May be called from several threads.
  std::vector<TokenContribution> explain(std::size_t d, std::int32_t label) const {
    return explainer_.explain(rows_->row(d), label);
  }

 private:
  void add_predictions(std::span<const Document> documents, const PredictionOptions& options,
                       std::vector<Prediction>& predictions);

  Classifier classifier_;
  std::optional<Workers> own_workers_;
  Workers& workers_;
  ParallelTransformer transformer_;
  ForwardPass forward_;  // empty: the built-in forward pass
  Explainer explainer_;
  const SparseRows* rows_ = nullptr;  // of the last scored documents
  std::vector<float> logits_;
};

}  // namespace newsclf
