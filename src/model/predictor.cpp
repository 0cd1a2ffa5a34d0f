// SPDX-License-Identifier: MIT
#include "newsclf/model/predictor.hpp"

#include <algorithm>
#include <utility>

#include "newsclf/corpus/read_limits.hpp"

namespace newsclf {

Predictor::Predictor(Classifier classifier, int threads)
    : classifier_(std::move(classifier)),
      own_workers_(std::in_place, threads),
      workers_(*own_workers_),
      transformer_(classifier_.vectorizer, workers_),
      explainer_(classifier_.ensemble) {}

Predictor::Predictor(Classifier classifier, Workers& workers, ForwardPass forward)
    : classifier_(std::move(classifier)),
      workers_(workers),
      transformer_(classifier_.vectorizer, workers_),
      forward_(std::move(forward)),
      explainer_(classifier_.ensemble) {}

ScoredRows Predictor::score(std::span<const Document> documents) {
  rows_ = &transformer_.transform(documents);
  logits_ = forward_ ? forward_(*rows_) : native_logits(classifier_.ensemble, *rows_, workers_);
  return {*rows_, logits_, transformer_.known_shares()};
}

std::size_t Predictor::documents_at_once() const {
  constexpr std::size_t kMost = 4096, kLogits = 1 << 20;
  return std::clamp(kLogits / static_cast<std::size_t>(classifier_.labels.size()), std::size_t{1},
                    kMost);
}

std::vector<Prediction> Predictor::predict(std::span<const Document> documents,
                                           const PredictionOptions& options) {
  std::vector<Prediction> predictions;
  predictions.reserve(documents.size());
  for_each_block(documents, [&](std::span<const Document> block) {
    add_predictions(block, options, predictions);
  });
  return predictions;
}

void Predictor::add_predictions(std::span<const Document> documents,
                                const PredictionOptions& options,
                                std::vector<Prediction>& predictions) {
  const auto [rows, logits, known_shares] = score(documents);
  const auto width = static_cast<std::size_t>(classifier_.labels.size());
  const std::size_t most = options.labels == 0 ? width : options.labels;
  const std::size_t first = predictions.size();
  for (std::size_t d = 0; d < documents.size(); ++d) {
    std::vector<RankedLabel> ranked = rank_labels(logits.subspan(d * width, width), most);
    const auto [best, probability] = ranked.front();
    predictions.push_back({classifier_.labels.to_label(best), probability, std::move(ranked),
                           probability * known_shares[d], rows.row(d).columns.size()});
  }
  if (options.reasons > 0)
    workers_.for_each(documents.size(), 4, [&](std::size_t d) {
      Prediction& prediction = predictions[first + d];
      prediction.reasons =
          strongest_reasons(explain(d, prediction.labels.front().label), options.reasons);
    });
}

Prediction Predictor::predict(std::string_view text, const PredictionOptions& options) {
  const Document document = document_of(text);
  return std::move(predict({&document, 1}, options).front());
}

}  // namespace newsclf
