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

}  // namespace

std::vector<Mistake> worst_mistakes(const Evaluation& evaluation,
                                    std::span<const Document> documents, Predictor& predictor,
                                    std::size_t most) {
  const Vectorizer& vectorizer = predictor.classifier().vectorizer;
  const auto add_named = [&](const std::vector<TokenContribution>& contributions,
                             std::vector<SpokenToken>& named) {
    for (const auto& [column, contribution] : contributions)
      named.push_back({std::string(vectorizer.vocabulary().token(column)), contribution});
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
    add_named(reasons.in_favour, mistake.in_favour);
    add_named(reasons.against, mistake.against);
    const std::string_view text = documents[d].text;
    std::size_t end = std::min(text.size(), kShownBytes);
    while (end < text.size() && continues_character(text[end])) --end;
    mistake.text = text.substr(0, end);
    mistake.characters_left = count_characters(text.substr(end));
    std::erase_if(mistake.words, [&](const MarkedWord& word) { return word.place.end > end; });
    mistakes.push_back(std::move(mistake));
  }
  return mistakes;
}

}  // namespace newsclf
