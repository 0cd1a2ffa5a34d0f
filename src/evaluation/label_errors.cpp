// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/label_errors.hpp"

#include <algorithm>

#include "newsclf/model/explanation.hpp"

namespace newsclf {

std::vector<std::size_t> rank_label_errors(std::span<const JudgedDocument> documents,
                                           std::size_t most) {
  std::vector<std::size_t> errors;
  for (std::size_t d = 0; d < documents.size(); ++d)
    if (documents[d].predicted != documents[d].truth) errors.push_back(d);
  std::ranges::stable_sort(errors, {},
                           [&](std::size_t d) { return documents[d].certainty.log_truth; });
  if (errors.size() > most) errors.resize(most);
  return errors;
}

std::vector<SpokenToken> words_against_label(const Predictor& predictor, std::size_t d,
                                             std::int32_t label, std::int32_t predicted) {
  std::vector<TokenContribution> contributions = predictor.explain(d, predicted);
  const std::vector<TokenContribution> to_label = predictor.explain(d, label);  // same columns
  for (std::size_t t = 0; t < contributions.size(); ++t)
    contributions[t].contribution -= to_label[t].contribution;
  std::vector<SpokenToken> words;
  for (const auto& [column, contribution] :
       strongest_reasons(contributions, kWordsAgainstLabel).in_favour)
    words.push_back(
        {std::string(predictor.classifier().vectorizer.vocabulary().token(column)), contribution});
  return words;
}

}  // namespace newsclf
