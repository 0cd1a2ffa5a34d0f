// SPDX-License-Identifier: MIT
// A training that starts from a classifier: which of its weights belong to which networks, columns
// and labels of the new one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "newsclf/features/vectorizer.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/training/options.hpp"

namespace newsclf {

/// The columns that the networks of an ensemble read.
struct NetworkColumns {
  std::vector<NetworkInput> inputs;        ///< of the perceptrons
  std::vector<ColumnRange> perceptrons;    ///< one per input
  std::optional<ColumnRange> linear = {};  ///< of the linear member, if there is one
};

/// Divides the columns of `vectorizer`. There is no network for tokens of which there are none.
/// @param words_begin_at the first kind of tokens that `NetworkInput::kWords` reads
NetworkColumns divide_columns(const TrainingOptions& training, const Vectorizer& vectorizer,
                              TokenKind words_begin_at);

/// The `words_begin_at` with which the networks of `init` were trained.
/// @throws Error if they read other columns than its options say
TokenKind find_words_begin(const Classifier& init);

/// The weights of `init` for a training on other columns and labels. Borrows `init`.
StartWeights start_from(const Classifier& init, TokenKind words_begin_at,
                        const TrainingOptions& training, const Vectorizer& vectorizer,
                        const LabelSet& labels);

/// The weights in the loss of the labels of a training that starts from a classifier; their mean
/// over documents is 1. Labels of few documents, compared with those that the classifier was
/// trained on, have larger weights, and so have those of replayed documents. The numbers are per
/// label.
/// @param before documents that the classifier was trained on
/// @param replayed of these, the documents that are trained on again
/// @param here all documents that are trained on
std::vector<float> label_weights_to_continue(std::span<const std::int64_t> before,
                                             std::span<const std::int64_t> replayed,
                                             std::span<const std::int64_t> here);

/// The options chosen by `resolve_options` for a training that starts from trained weights. The
/// fewer of the documents that they were trained on are trained on again, the lower are the
/// learning rate and, with it, the total weight decay.
TrainingOptions resolve_to_continue(TrainingOptions options, std::int64_t documents,
                                    std::int64_t labels, double replayed_share);

}  // namespace newsclf
