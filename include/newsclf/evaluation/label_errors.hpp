// SPDX-License-Identifier: MIT
// Documents that are probably mislabelled: those for whose label a classifier that was not trained
// on them gives a low probability (self-confidence in Northcutt, Jiang & Chuang, "Confident
// Learning", JAIR 2021). They are ranked; how many of them are errors is for a person to see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/evaluation/metrics.hpp"
#include "newsclf/evaluation/mistakes.hpp"
#include "newsclf/model/predictor.hpp"

namespace newsclf {

/// A document that is predicted to have another label than its own.
struct LabelError {
  std::size_t document;  ///< its index
  std::string id;
  std::string label;             ///< its own
  double log_label_probability;  ///< ln of the probability of `label`
  std::string predicted;
  double probability;              ///< of `predicted`
  std::vector<SpokenToken> words;  ///< the strongest evidence for `predicted` and against `label`
};

/// The number of tokens in `LabelError::words`.
inline constexpr std::size_t kWordsAgainstLabel = 5;

/// The indexes of the `most` documents with the lowest probability of their own label, lowest
/// first, among those that are predicted to have another one; ties by index.
/// @param documents with known labels, judged by classifiers that were not trained on them
std::vector<std::size_t> rank_label_errors(std::span<const JudgedDocument> documents,
                                           std::size_t most);

/// The tokens of document `d` of the last call of `predictor` that contributed most to the
/// difference between the logits of `predicted` and `label`, largest first; only contributions
/// above 0. May be called from several threads.
std::vector<SpokenToken> words_against_label(const Predictor& predictor, std::size_t d,
                                             std::int32_t label, std::int32_t predicted);

}  // namespace newsclf
