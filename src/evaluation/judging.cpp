// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/judging.hpp"

#include <cstddef>

namespace newsclf {
namespace {

void judge_block(std::span<const Document> documents, Predictor& predictor, bool keep_probabilities,
                 std::vector<JudgedDocument>& judged) {
  const Classifier& classifier = predictor.classifier();
  const auto width = static_cast<std::size_t>(classifier.labels.size());
  const ScoredRows scored = predictor.score(documents);
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const auto logits = scored.logits.subspan(d * width, width);
    judged.push_back(judge_document(documents[d].id, documents[d].label,
                                    classifier.labels.to_id(documents[d].label), logits,
                                    classifier.ensemble.temperature));
    judged.back().confidence *= scored.known_shares[d];
    if (keep_probabilities)
      judged.back().probabilities = in_label_order(rank_labels(logits, width));
  }
}

}  // namespace

void judge_documents(std::span<const Document> documents, Predictor& predictor,
                     bool keep_probabilities, std::vector<JudgedDocument>& judged) {
  predictor.for_each_block(documents, [&](std::span<const Document> block) {
    judge_block(block, predictor, keep_probabilities, judged);
  });
}

}  // namespace newsclf
