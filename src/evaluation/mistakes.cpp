// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/mistakes.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "newsclf/model/explanation.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

std::vector<std::size_t> surest_mistakes(const Evaluation& evaluation, std::size_t most) {
  std::vector<std::size_t> mistakes;
  for (std::size_t d = 0; d < evaluation.documents.size(); ++d)
    if (evaluation.documents[d].truth != evaluation.documents[d].predicted) mistakes.push_back(d);
  std::ranges::stable_sort(mistakes, std::greater(), [&](std::size_t d) {
    return evaluation.documents[d].certainty.predicted;
  });
  if (mistakes.size() > most) mistakes.resize(most);
  return mistakes;
}

/// Keeps the beginning of `text`, and of the words those that stand in it.
void cut(const std::string& text, Mistake& mistake) {
  std::size_t end = std::min(text.size(), kShownBytes);
  while (end < text.size() && continues_character(text[end])) --end;
  mistake.text = text.substr(0, end);
  mistake.characters_left = count_characters(std::string_view(text).substr(end));
  std::erase_if(mistake.words, [&](const MarkedWord& word) { return word.place.end > end; });
}

}  // namespace

std::vector<Mistake> worst_mistakes(const Evaluation& evaluation,
                                    std::span<const Document> documents, Predictor& predictor,
                                    std::size_t most) {
  const Vectorizer& vectorizer = predictor.classifier().vectorizer;
  const auto named = [&](const std::vector<TokenContribution>& contributions) {
    std::vector<SpokenToken> tokens;
    for (const auto& [column, contribution] : contributions)
      tokens.push_back({std::string(vectorizer.vocabulary().token(column)), contribution});
    return tokens;
  };

  std::vector<Mistake> mistakes;
  for (const std::size_t d : surest_mistakes(evaluation, most)) {
    const JudgedDocument& judged = evaluation.documents[d];
    const SparseRow row = predictor.score(documents.subspan(d, 1)).rows.row(0);
    const std::vector<TokenContribution> contributions = predictor.explain(0, judged.predicted);
    std::vector<float> values;
    for (const TokenContribution& token : contributions) values.push_back(token.contribution);
    const Reasons reasons = strongest_reasons(contributions, kNamedTokens);

    Mistake mistake;
    mistake.id = judged.id;
    mistake.truth = judged.label;
    mistake.predicted = evaluation.labels.to_label(judged.predicted);
    mistake.probability = judged.certainty.predicted;
    if (judged.truth != LabelSet::kUnknown)
      mistake.probability_of_truth = std::exp(judged.certainty.log_truth);
    mistake.words = mark_words(vectorizer, documents[d], {row.columns, values});
    mistake.in_favour = named(reasons.in_favour);
    mistake.against = named(reasons.against);
    cut(documents[d].text, mistake);
    mistakes.push_back(std::move(mistake));
  }
  return mistakes;
}

}  // namespace newsclf
