// SPDX-License-Identifier: MIT
// Converts documents to sparse rows: text processing and weighting, fitted on training documents.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/features/analyzer.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/features/stop_words.hpp"
#include "newsclf/features/vocabulary.hpp"
#include "newsclf/features/weighting.hpp"
#include "newsclf/parallel/process_group.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Which tokens of the training documents enter the vocabulary.
struct VocabularyOptions {
  std::int64_t min_df = 1;        ///< minimum number of documents with the token
  std::int64_t min_char_df = 1;   ///< same, for tokens of the kind `kCharNgram`
  std::int64_t min_long_df = 2;   ///< same, for tokens of the kind `kLongNgram`
  double max_df = 1.0;            ///< maximum fraction of documents with the token
  std::int64_t max_features = 0;  ///< keep only the most frequent tokens (by documents); 0: all
  StopWords stop_words = {};      ///< tokens to leave out
};

struct VectorizerOptions {
  TextOptions text = {};
  VocabularyOptions vocabulary = {};
  WeightingOptions weighting = {};
};

/// Adds n-grams of 3 to 5 characters. Short documents have few words in common, but share parts of
/// words.
void add_char_ngrams(TextOptions& options);

/// Whether the documents are shorter than 200 characters on average.
bool are_short(DocumentStream& documents);

/// The number of tokens of each `TokenKind` in a vocabulary.
using KindCounts = std::array<std::int32_t, kTokenKinds>;

/// A fitted vectorizer, saved with the model. Immutable; copies share their arrays.
class Vectorizer {
 public:
  Vectorizer() = default;
  /// @param counts columns of each kind; their sum is the size of the vocabulary
  /// @param factors those that the options require, one entry per token; `owner` keeps them alive
  Vectorizer(const VectorizerOptions& options, Vocabulary vocabulary, const KindCounts& counts,
             const ColumnFactors& factors, std::shared_ptr<const void> owner);
  /// All tokens are of the kind `kWord`.
  Vectorizer(const VectorizerOptions& options, const Vocabulary& vocabulary,
             const ColumnFactors& factors, std::shared_ptr<const void> owner)
      : Vectorizer(options, vocabulary, {0, vocabulary.size(), 0}, factors, std::move(owner)) {}

  const VectorizerOptions& options() const { return options_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const KindCounts& counts() const { return counts_; }
  /// The columns of all kinds from `first` to `last`.
  ColumnRange columns(TokenKind first, TokenKind last) const;
  const ColumnFactors& factors() const { return factors_; }

  /// See `Vocabulary::build_index`.
  std::string build_index() { return vocabulary_.build_index(); }
  /// The same with only the columns in `kept`, which increase.
  Vectorizer select(std::span<const std::int32_t> kept) const;

 private:
  VectorizerOptions options_;
  Vocabulary vocabulary_;
  KindCounts counts_{};
  ColumnFactors factors_;
  std::shared_ptr<const void> owner_;
};

/// Fits a vectorizer and writes the rows of its documents, the same rows as from `transform`.
/// Columns are sorted by kind, by decreasing document frequency, then by bytes, so they depend
/// neither on the number of threads nor on the blocks of the stream. Memory: the counts of all
/// documents.
/// @param labels one id per document, used only for `TokenScale::kNb`; -1: the document has no
///     influence on the scale
/// @param max_memory limit on the bytes that the counts take
/// @param other_labels see `naive_bayes_scale`
/// @param processes all have the same documents and options; each counts a share of the documents,
///     and all get the same vectorizer and rows as one alone. Null: this process is alone
/// @throws Error if the vocabulary is empty; if the counts would exceed `max_memory`; as
///     `naive_bayes_scale` and `ProcessGroup::gather`
Vectorizer fit_vectorizer(DocumentStream& documents, const VectorizerOptions& options,
                          std::span<const std::int32_t> labels, Workers& workers, RowWriter& writer,
                          std::size_t max_memory = std::numeric_limits<std::size_t>::max(),
                          std::int32_t other_labels = 0, ProcessGroup* processes = nullptr);

/// A fitted vectorizer that is to be extended.
struct VectorizerBase {
  const Vectorizer& vectorizer;
  std::int64_t documents;     ///< that it was fitted on
  std::int32_t other_labels;  ///< number of their labels that none of the new documents has
};

/// Adds tokens of `documents` to a fitted vectorizer, and writes their rows. Among the columns of a
/// kind, those of `base` come first, in their order and with their factors; then come the tokens
/// that `fit_vectorizer` selects and `base` lacks, which the documents of `base` are taken not to
/// contain. There may be none. @throws Error as `fit_vectorizer`
/// @param options those of `base`, if need be with stop words or more kinds of tokens
Vectorizer extend_vectorizer(const VectorizerBase& base, DocumentStream& documents,
                             const VectorizerOptions& options, std::span<const std::int32_t> labels,
                             Workers& workers, RowWriter& writer,
                             std::size_t max_memory = std::numeric_limits<std::size_t>::max(),
                             ProcessGroup* processes = nullptr);

/// Applies a fitted vectorizer to blocks of documents, on all threads; unknown tokens are ignored.
/// Buffers are reused from block to block.
class ParallelTransformer {
 public:
  /// Borrows `vectorizer` and `workers`.
  ParallelTransformer(const Vectorizer& vectorizer, Workers& workers);
  ~ParallelTransformer();
  /// Returns the rows of `documents`, valid until the next call.
  SparseRows& transform(std::span<const Document> documents);
  /// For each document of the last call, the share of its words that are in the vocabulary: of the
  /// occurrences of tokens of the kind `kWord`. 0 for a document without words.
  std::span<const float> known_shares() const { return known_shares_; }

 private:
  struct Part;
  void find_columns(const Document& document, Part& part) const;

  const Vectorizer& vectorizer_;
  Workers& workers_;
  std::vector<Part> parts_;
  SparseRows rows_;
  std::vector<float> known_shares_;
};

/// Writes the rows of `documents`.
void transform(const Vectorizer& vectorizer, DocumentStream& documents, Workers& workers,
               RowWriter& writer);

}  // namespace newsclf
