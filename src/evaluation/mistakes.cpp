// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/mistakes.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "newsclf/corpus/inspection.hpp"
#include "newsclf/model/explanation.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

/// A mistake, followed by its copies: indexes of documents, highest probability first.
using Group = std::vector<std::size_t>;

/// The `most` groups with the highest probability, those with the same labels next to each other.
std::vector<Group> surest_mistakes(const Evaluation& evaluation,
                                   std::span<const Document> documents, std::size_t most) {
  const std::vector<JudgedDocument>& judged = evaluation.documents;
  std::vector<std::size_t> mistakes;
  for (std::size_t d = 0; d < judged.size(); ++d)
    if (judged[d].truth != judged[d].predicted) mistakes.push_back(d);
  std::ranges::stable_sort(mistakes, std::greater(),
                           [&](std::size_t d) { return judged[d].certainty.predicted; });

  using Labels = std::pair<std::string, std::int32_t>;  // the true and the predicted one
  const auto labels_of = [&](std::size_t d) {
    return Labels(judged[d].label, judged[d].predicted);
  };
  std::vector<Group> groups;
  std::map<Labels, std::size_t> first_of_labels;  // their places among the groups
  std::map<std::pair<Labels, std::string>, std::size_t> group_of;
  for (const std::size_t d : mistakes) {
    const Labels labels = labels_of(d);
    std::pair content(labels, content_of(documents[d]));
    if (const auto copied = group_of.find(content); copied != group_of.end()) {
      groups[copied->second].push_back(d);
    } else if (groups.size() < most) {
      first_of_labels.try_emplace(labels, groups.size());
      group_of.emplace(std::move(content), groups.size());
      groups.push_back({d});
    }
  }
  std::ranges::stable_sort(groups, std::less(), [&](const Group& group) {
    return first_of_labels.at(labels_of(group.front()));
  });
  return groups;
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
  for (const Group& group : surest_mistakes(evaluation, documents, most)) {
    const std::size_t d = group.front();
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
    for (const std::size_t copy : std::span(group).subspan(1))
      mistake.copies.push_back(evaluation.documents[copy].id);
    mistakes.push_back(std::move(mistake));
  }
  return mistakes;
}

}  // namespace newsclf
