// SPDX-License-Identifier: MIT
#include "newsclf/features/vectorizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

using ColumnCounts = std::vector<std::pair<std::int32_t, int>>;

/// Appends one row of counts, columns ascending, repeated columns added up.
void append_counts(ColumnCounts& counts, SparseRows& rows) {
  std::sort(counts.begin(), counts.end());
  for (std::size_t i = 0; i < counts.size();) {
    const std::int32_t column = counts[i].first;
    std::int64_t sum = 0;
    for (; i < counts.size() && counts[i].first == column; ++i) sum += counts[i].second;
    rows.columns.push_back(column);
    rows.values.push_back(static_cast<float>(sum));
  }
  rows.end_row();
}

/// Every token of the training documents, and the documents as counts of them.
struct CountedDocuments {
  TokenTable tokens;
  SparseRows rows;
  std::vector<std::int64_t> document_frequency;
};

CountedDocuments count_tokens(std::span<const Document> documents, const TextOptions& options) {
  CountedDocuments counted;
  Analyzer analyzer(options);
  ColumnCounts counts;
  for (const Document& document : documents) {
    counts.clear();
    for (const TokenOccurrence& occurrence : analyzer.analyze(document))
      counts.emplace_back(counted.tokens.insert(occurrence.token), occurrence.count);
    append_counts(counts, counted.rows);
  }
  counted.document_frequency.assign(static_cast<std::size_t>(counted.tokens.size()), 0);
  for (const std::int32_t token : counted.rows.columns)
    ++counted.document_frequency[static_cast<std::size_t>(token)];
  return counted;
}

/// The tokens that enter the vocabulary, in the order of their columns.
std::vector<std::int32_t> select_tokens(const CountedDocuments& counted,
                                        const VocabularyOptions& options) {
  const auto df = [&](std::int32_t token) {
    return counted.document_frequency[static_cast<std::size_t>(token)];
  };
  const auto documents = static_cast<double>(counted.rows.size());
  std::vector<std::int32_t> selected;
  for (std::int32_t token = 0; token < counted.tokens.size(); ++token)
    if (df(token) >= options.min_df && static_cast<double>(df(token)) / documents <= options.max_df)
      selected.push_back(token);
  std::sort(selected.begin(), selected.end(), [&](std::int32_t a, std::int32_t b) {
    if (df(a) != df(b)) return df(a) > df(b);
    return counted.tokens.token(a) < counted.tokens.token(b);
  });
  const auto limit = static_cast<std::size_t>(options.max_features);
  if (limit > 0 && selected.size() > limit) selected.resize(limit);
  if (selected.empty())
    throw Error(
        "training data",
        fmt::format("none of its {} distinct tokens enters the vocabulary", counted.tokens.size()),
        counted.tokens.size() == 0 ? "check that the documents hold text"
                                   : "lower --min-df or raise --max-df");
  return selected;
}

/// The counts of tokens as counts over the columns of the vocabulary.
SparseRows renumber(const SparseRows& counted, const std::vector<std::int32_t>& column_of_token) {
  SparseRows rows;
  rows.columns.reserve(counted.columns.size());
  rows.values.reserve(counted.values.size());
  ColumnCounts counts;
  for (std::size_t r = 0; r < counted.size(); ++r) {
    const SparseRow row = counted.row(r);
    counts.clear();
    for (std::size_t k = 0; k < row.columns.size(); ++k)
      if (const auto c = column_of_token[static_cast<std::size_t>(row.columns[k])];
          c != Vocabulary::kUnknown)
        counts.emplace_back(c, static_cast<int>(row.values[k]));
    append_counts(counts, rows);
  }
  return rows;
}

/// Turns the counts of the rows from `first` on into weights.
void weigh_rows(SparseRows& rows, std::size_t first, const ColumnFactors& factors,
                const WeightingOptions& options) {
  for (std::size_t r = first; r < rows.size(); ++r) {
    const auto begin = static_cast<std::size_t>(rows.offsets[r]);
    const auto count = static_cast<std::size_t>(rows.offsets[r + 1]) - begin;
    weigh_row(std::span(rows.columns).subspan(begin, count),
              std::span(rows.values).subspan(begin, count), factors, options);
  }
}

}  // namespace

Vectorizer::Vectorizer(const VectorizerOptions& options, Vocabulary vocabulary,
                       const ColumnFactors& factors, std::shared_ptr<const void> owner)
    : options_(options),
      vocabulary_(std::move(vocabulary)),
      factors_(factors),
      owner_(std::move(owner)) {}

TextOptions suit_text(TextOptions options, std::span<const Document> documents) {
  constexpr std::size_t kShort = 200;
  std::size_t bytes = 0;
  for (const Document& document : documents) bytes += document.text.size();
  if (bytes < kShort * documents.size()) {
    options.min_char_ngram = 3;
    options.max_char_ngram = 5;
  }
  return options;
}

std::pair<Vectorizer, SparseRows> fit_vectorizer(std::span<const Document> documents,
                                                 const VectorizerOptions& options,
                                                 std::span<const std::int32_t> labels) {
  const CountedDocuments counted = count_tokens(documents, options.text);
  const std::vector<std::int32_t> selected = select_tokens(counted, options.vocabulary);

  TokenTable table;
  std::vector<std::int32_t> column_of_token(counted.document_frequency.size(),
                                            Vocabulary::kUnknown);
  std::vector<std::int64_t> document_frequency;
  for (const std::int32_t token : selected) {
    column_of_token[static_cast<std::size_t>(token)] = table.insert(counted.tokens.token(token));
    document_frequency.push_back(counted.document_frequency[static_cast<std::size_t>(token)]);
  }
  // Beyond this line no token can enter the vocabulary.
  Vocabulary vocabulary(std::move(table));
  SparseRows rows = renumber(counted.rows, column_of_token);

  struct Factors {
    std::vector<float> idf, token_scale;
  };
  auto factors = std::make_shared<Factors>();
  if (options.weighting.weighting == Weighting::kTfidf)
    factors->idf =
        inverse_document_frequency(document_frequency, static_cast<std::int64_t>(documents.size()));
  if (options.weighting.token_scale == TokenScale::kNb)
    factors->token_scale = naive_bayes_scale(rows, labels, vocabulary.size());
  const ColumnFactors views{factors->idf, factors->token_scale};
  weigh_rows(rows, 0, views, options.weighting);
  return {Vectorizer(options, std::move(vocabulary), views, std::move(factors)), std::move(rows)};
}

Transformer::Transformer(const Vectorizer& vectorizer)
    : vectorizer_(vectorizer), analyzer_(vectorizer.options().text) {}

void Transformer::transform(const Document& document, SparseRows& rows) {
  counts_.clear();
  for (const TokenOccurrence& occurrence : analyzer_.analyze(document))
    if (const auto column = vectorizer_.vocabulary().find(occurrence.token);
        column != Vocabulary::kUnknown)
      counts_.emplace_back(column, occurrence.count);
  append_counts(counts_, rows);
  weigh_rows(rows, rows.size() - 1, vectorizer_.factors(), vectorizer_.options().weighting);
}

SparseRows transform(const Vectorizer& vectorizer, std::span<const Document> documents) {
  SparseRows rows;
  Transformer transformer(vectorizer);
  for (const Document& document : documents) transformer.transform(document, rows);
  return rows;
}

}  // namespace newsclf
