// SPDX-License-Identifier: MIT
// The wrong predictions with the highest probability, and the tokens that led to them. Copies of a
// document count once.
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

/// A token and its contribution to the logit of a label.
struct SpokenToken {
  std::string token;
  float contribution;
};

/// A document with a wrong predicted label.
struct Mistake {
  std::string id;
  std::string truth;                           ///< the true label
  std::string predicted;                       ///< the predicted label
  double probability;                          ///< of the predicted label
  std::optional<double> probability_of_truth;  ///< none if the model does not know that label
  std::string text;                            ///< the start of the document, see `kShownBytes`
  std::size_t characters_left;                 ///< number of characters after it
  std::vector<MarkedWord> words;       ///< of `text`, with contributions to the predicted label
  std::vector<SpokenToken> in_favour;  ///< tokens for the predicted label, strongest first
  std::vector<SpokenToken> against;    ///< tokens against it, strongest first
  /// Ids of less confident mistakes with the same labels and the same `content_of` the document.
  std::vector<std::string> copies = {};
};

/// The maximum number of bytes of a text that are kept; texts are cut between characters.
inline constexpr std::size_t kShownBytes = 1600;
/// The maximum number of tokens listed for, and against, the label.
inline constexpr std::size_t kNamedTokens = 8;

/// At most `most` mistakes without copies of each other: the most confident one of each of the
/// `most` / 2 most confused pairs of labels, then those with the highest probability of the
/// predicted label. They are sorted by this probability, equal ones in the order of the documents;
/// those with the same labels follow the first of them.
/// @param evaluation of `documents` with the model of `predictor`
std::vector<Mistake> worst_mistakes(const Evaluation& evaluation,
                                    std::span<const Document> documents, Predictor& predictor,
                                    std::size_t most);

}  // namespace newsclf
