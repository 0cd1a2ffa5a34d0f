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

/// All mistakes, highest probability first.
std::vector<std::size_t> sorted_mistakes(const std::vector<JudgedDocument>& judged) {
  std::vector<std::size_t> mistakes;
  for (std::size_t d = 0; d < judged.size(); ++d)
    if (judged[d].truth != judged[d].predicted) mistakes.push_back(d);
  std::ranges::stable_sort(mistakes, std::greater(),
                           [&](std::size_t d) { return judged[d].certainty.predicted; });
  return mistakes;
}

/// The mistakes that `worst_mistakes` returns.
std::vector<Group> chosen_mistakes(const Evaluation& evaluation,
                                   std::span<const Document> documents, std::size_t most) {
  const std::vector<JudgedDocument>& judged = evaluation.documents;
  const std::vector<std::size_t> mistakes = sorted_mistakes(judged);
  std::vector<std::size_t> candidates;
  for (const ConfusedPair& pair : most_confused_pairs(evaluation.matrix, most / 2))
    candidates.push_back(*std::ranges::find_if(mistakes, [&](std::size_t d) {
      return judged[d].truth == pair.truth && judged[d].predicted == pair.predicted;
    }));
  candidates.insert(candidates.end(), mistakes.begin(), mistakes.end());

  using Labels = std::pair<std::string, std::int32_t>;  // the true and the predicted one
  const auto labels_of = [&](std::size_t d) {
    return Labels(judged[d].label, judged[d].predicted);
  };
  std::vector<Group> groups;
  std::map<std::pair<Labels, std::string>, std::size_t> group_of;  // by labels and content
  for (const std::size_t d : candidates) {
    std::pair key(labels_of(d), content_of(documents[d]));
    if (const auto found = group_of.find(key); found != group_of.end()) {
      if (d != groups[found->second].front()) groups[found->second].push_back(d);
    } else if (groups.size() < most) {
      group_of.emplace(std::move(key), groups.size());
      groups.push_back({d});
    }
  }

  std::ranges::sort(groups, std::less(), [&](const Group& group) {
    return std::pair(-judged[group.front()].certainty.predicted, group.front());
  });
  std::map<Labels, std::size_t> first_of_labels;
  for (std::size_t g = 0; g < groups.size(); ++g)
    first_of_labels.try_emplace(labels_of(groups[g].front()), g);
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
  for (const Group& group : chosen_mistakes(evaluation, documents, most)) {
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
