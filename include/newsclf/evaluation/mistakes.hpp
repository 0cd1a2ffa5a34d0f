// SPDX-License-Identifier: MIT
// The wrong answers that a model was surest about, and what in the documents led to them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/features/marked_words.hpp"
#include "newsclf/model/predictor.hpp"

namespace newsclf {

/// A token, and what it added to the logit of a label.
struct SpokenToken {
  std::string token;
  float contribution;
};

/// A document that was taken for another label than its own.
struct Mistake {
  std::string id;
  std::string truth;                           ///< its label
  std::string predicted;                       ///< the label that it was taken for
  double probability;                          ///< of the predicted label
  std::optional<double> probability_of_truth;  ///< none where the model does not know that label
  std::string text;                            ///< the beginning of the document, see `kShownBytes`
  std::size_t characters_left;                 ///< that follow behind it
  std::vector<MarkedWord> words;  ///< of `text`; what they added to the predicted label's logit
  std::vector<SpokenToken> in_favour;  ///< of the predicted label, the strongest first
  std::vector<SpokenToken> against;    ///< it, the strongest first
};

/// At most so much of a text is kept, cut between two characters.
inline constexpr std::size_t kShownBytes = 1600;
/// At most so many tokens of either kind are named.
inline constexpr std::size_t kNamedTokens = 8;

/// The `most` mistakes whose predicted label had the highest probability; equal ones in the order
/// of the documents.
/// @param evaluation of `documents`, judged by the model of `predictor`
std::vector<Mistake> worst_mistakes(const Evaluation& evaluation,
                                    std::span<const Document> documents, Predictor& predictor,
                                    std::size_t most);

}  // namespace newsclf
