// SPDX-License-Identifier: MIT
// Documents to sparse rows: everything that turns text into numbers, fitted on training documents.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/features/analyzer.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/features/stop_words.hpp"
#include "newsclf/features/vocabulary.hpp"
#include "newsclf/features/weighting.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Which tokens of the training documents enter the vocabulary.
struct VocabularyOptions {
  std::int64_t min_df = 1;        ///< in at least this many documents
  double max_df = 1.0;            ///< in at most this share of the documents
  std::int64_t max_features = 0;  ///< of these, the most frequent ones (by documents); 0: all
  StopWords stop_words = {};      ///< but none of these
};

struct VectorizerOptions {
  TextOptions text = {};
  VocabularyOptions vocabulary = {};
  WeightingOptions weighting = {};
};

/// `options` for documents like these: with runs of 3 to 5 characters as tokens where the documents
/// are short, less than 200 bytes on average. Few words are shared by documents of a sentence,
/// parts of words are.
TextOptions suit_text(TextOptions options, DocumentStream& documents);

/// A fitted vectorizer; immutable, copies share their arrays. Saved with the model.
class Vectorizer {
 public:
  Vectorizer() = default;
  /// `factors` (those that the options ask for, an entry a token) are kept alive by `owner`.
  Vectorizer(const VectorizerOptions& options, Vocabulary vocabulary, const ColumnFactors& factors,
             std::shared_ptr<const void> owner);

  const VectorizerOptions& options() const { return options_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const ColumnFactors& factors() const { return factors_; }

 private:
  VectorizerOptions options_;
  Vocabulary vocabulary_;
  ColumnFactors factors_;
  std::shared_ptr<const void> owner_;
};

/// Fits a vectorizer, and writes the rows of the documents it was fitted on, the same that
/// `transform` makes of them. Columns are numbered by falling document frequency, then by bytes,
/// so that neither the number of threads nor the blocks of the stream change anything. Memory: the
/// counts of all documents.
/// @param labels one a document, from 0; looked at for `TokenScale::kNb` alone
/// @throws Error if no token is left; as `naive_bayes_scale`
Vectorizer fit_vectorizer(DocumentStream& documents, const VectorizerOptions& options,
                          std::span<const std::int32_t> labels, Workers& workers,
                          RowWriter& writer);

/// Applies a fitted vectorizer to one block of documents after the other, on all threads; tokens it
/// does not know are left out. What the threads work with is kept from block to block.
class ParallelTransformer {
 public:
  /// Borrows both.
  ParallelTransformer(const Vectorizer& vectorizer, Workers& workers);
  /// The rows of `documents`. They hold until the next call.
  SparseRows& transform(std::span<const Document> documents);

 private:
  struct Part {
    Analyzer analyzer;
    std::vector<std::uint64_t> counts;  // of the row at hand: the column above 32 bits of count
    SparseRows rows;
  };
  void transform(const Document& document, Part& part) const;

  const Vectorizer& vectorizer_;
  Workers& workers_;
  std::vector<Part> parts_;
  SparseRows rows_;
};

/// Writes the rows of `documents`.
void transform(const Vectorizer& vectorizer, DocumentStream& documents, Workers& workers,
               RowWriter& writer);

}  // namespace newsclf
