// SPDX-License-Identifier: MIT
// Labels documents with a classifier:
//
//   newsclf::Predictor predictor(newsclf::Classifier::load("news.safetensors"));
//   const newsclf::Prediction best = predictor.predict("the shuttle reached orbit");
#pragma once

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
  std::size_t labels = 1;   ///< of how many of the most probable labels; 0: of all
  std::size_t reasons = 0;  ///< tokens for, and tokens against the label, to be named
};

/// What a document is taken to be.
struct Prediction {
  std::string label;                 ///< the most probable one
  float probability;                 ///< that the document has it
  std::vector<RankedLabel> labels;   ///< as many as asked for, the most probable first
  std::size_t known_tokens;          ///< distinct tokens of the document that the model knows
  std::optional<Reasons> reasons{};  ///< for `label`, where they were asked for
};

/// Rows and logits of a block of documents.
struct ScoredRows {
  const SparseRows& rows;
  std::span<const float> logits;  ///< [documents, C], divided by the temperature
};

/// The answers to a document are the same whatever stands beside it, for any number of threads. Not
/// to be used from two threads at once; keeps a copy of the classifier, which shares the weights.
class Predictor {
 public:
  /// @param threads that vectorize and compute
  explicit Predictor(Classifier classifier, int threads = available_threads());
  /// With another forward pass than the built-in one where `forward` is given; borrows `workers`.
  Predictor(Classifier classifier, Workers& workers, ForwardPass forward = {});

  const Classifier& classifier() const { return classifier_; }

  /// The prediction for a text that is no post. Where it is not well-formed UTF-8 it is read as by
  /// `InvalidUtf8::kReplace`. A text without a known token is answered too.
  Prediction predict(std::string_view text, const PredictionOptions& options = {});
  /// One prediction per document, in their order.
  std::vector<Prediction> predict(std::span<const Document> documents,
                                  const PredictionOptions& options = {});
  /// What `predict` decides by. Holds until the next call.
  ScoredRows score(std::span<const Document> documents);
  /// What each known token of the last scored document `d` adds to the logit of `label`, see
  /// `Explainer::explain`. May be called from several threads.
  std::vector<TokenContribution> explain(std::size_t d, std::int32_t label) const {
    return explainer_.explain(rows_->row(d), label);
  }

 private:
  Classifier classifier_;
  std::optional<Workers> own_workers_;
  Workers& workers_;
  ParallelTransformer transformer_;
  ForwardPass forward_;  // empty: the built-in one
  Explainer explainer_;
  const SparseRows* rows_ = nullptr;  // of the last scored documents
  std::vector<float> logits_;
};

}  // namespace newsclf
