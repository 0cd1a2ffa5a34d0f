// SPDX-License-Identifier: MIT
// A training that starts from a classifier: which of its weights belong to which networks, columns
// and labels of the new one, and what its documents weigh.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/parallel/process_group.hpp"
#include "newsclf/parallel/workers.hpp"
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

/// What the documents of a training mean to the classifier that it starts from. Numbers per label
/// are those of the training's labels.
class Continuation {
 public:
  /// Borrows `init` and `labels`, which has all labels of `init`.
  /// @param replayed labels of those documents of which `init` has learnt
  Continuation(const Classifier& init, const LabelSet& labels,
               std::span<const std::int32_t> replayed);

  /// Adds the tokens of `documents` to those of the classifier, see `extend_vectorizer`.
  /// @param label_of see `fit_vectorizer`
  Vectorizer extend(DocumentStream& documents, const VectorizerOptions& options,
                    std::vector<std::int32_t> label_of, Workers& workers, RowWriter& rows,
                    std::size_t max_memory, ProcessGroup* processes) const;
  /// The weights in the loss; their mean over documents is 1. Labels of few documents, compared
  /// with those that the classifier was trained on, have larger weights, and so have those of
  /// replayed documents. @param here number of documents per label
  std::vector<float> label_weights(std::span<const std::int64_t> here) const;
  /// @param label_of the documents that are trained on
  ModelContinued summary(std::int64_t tokens, std::span<const std::int32_t> label_of,
                         std::span<const std::int32_t> held_out_labels, bool refit) const;
  /// Scores the classifier and `ensemble` on those documents whose label the classifier knows.
  /// @param rows of `documents`, for `ensemble`
  /// @return nothing if it knows none of their labels
  std::optional<ModelsCompared> compare(const Ensemble& ensemble, const RowsView& rows,
                                        std::span<const std::int32_t> label_of,
                                        DocumentStream& documents, Workers& workers) const;
  InitRecord record() const;

 private:
  /// The id that the classifier has for a label; `LabelSet::kUnknown` if it has none.
  std::int32_t old_id(std::int32_t label) const;

  const Classifier& init_;
  const LabelSet& labels_;
  std::vector<std::int64_t> known_, replayed_;  // documents of the classifier, per label
};

/// The options chosen by `resolve_options` for a training that starts from trained weights. The
/// fewer of the documents that they were trained on are trained on again, the lower are the
/// learning rate and, with it, the total weight decay.
TrainingOptions resolve_to_continue(TrainingOptions options, std::int64_t documents,
                                    std::int64_t labels, double replayed_share);

}  // namespace newsclf
