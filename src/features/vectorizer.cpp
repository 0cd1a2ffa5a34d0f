// SPDX-License-Identifier: MIT
#include "newsclf/features/vectorizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

constexpr std::int64_t kRowsPerPiece = 256;

/// Documents that lie side by side, as counts of the tokens in them. The parts of a collection are
/// counted apart from each other, each with a table of its own.
struct CountedPart {
  TokenTable tokens;
  SparseRows rows;  // over `tokens`; columns of a row are distinct, in no order
  std::vector<std::int64_t> document_frequency;
  std::vector<std::int32_t> token_of{};  // number of each token among those of all parts
};

/// All tokens of the training documents, numbered in no order.
struct CountedDocuments {
  std::vector<CountedPart> parts;
  TokenTable tokens;
  std::vector<std::int64_t> document_frequency;
  std::size_t documents = 0;
};

std::size_t parts_for(int threads) {
  return threads == 1 ? 1 : 4 * static_cast<std::size_t>(threads);
}

/// The bounds of at most `parts_for(threads)` parts of about the same number of bytes.
std::vector<std::size_t> divide(std::span<const Document> documents, int threads) {
  const std::size_t parts = parts_for(threads);
  std::size_t all = 0;
  for (const Document& document : documents) all += document.text.size() + 1;
  std::vector<std::size_t> bounds{0};
  std::size_t bytes = 0;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    bytes += documents[d].text.size() + 1;
    if (bytes * parts >= all * bounds.size()) bounds.push_back(d + 1);
  }
  return bounds;
}

CountedPart count_part(std::span<const Document> documents, const TextOptions& options) {
  CountedPart part;
  Analyzer analyzer(options);
  std::vector<std::size_t> place_of;  // in the row at hand, plus 1, of each token
  for (const Document& document : documents) {
    const std::size_t begin = part.rows.columns.size();
    for (const TokenOccurrence& occurrence : analyzer.analyze(document)) {
      const std::int32_t token = part.tokens.insert(occurrence.token);
      if (static_cast<std::size_t>(token) == place_of.size()) place_of.push_back(0);
      std::size_t& place = place_of[static_cast<std::size_t>(token)];
      if (place <= begin) {
        part.rows.columns.push_back(token);
        part.rows.values.push_back(0);
        place = part.rows.columns.size();
      }
      part.rows.values[place - 1] += static_cast<float>(occurrence.count);
    }
    part.rows.end_row();
  }
  part.document_frequency.assign(place_of.size(), 0);
  for (const std::int32_t token : part.rows.columns)
    ++part.document_frequency[static_cast<std::size_t>(token)];
  return part;
}

CountedDocuments count_tokens(std::span<const Document> documents, const TextOptions& options,
                              Workers& workers) {
  CountedDocuments counted;
  counted.documents = documents.size();
  const std::vector<std::size_t> bounds = divide(documents, workers.threads());
  counted.parts.resize(bounds.size() - 1);
  workers.for_each(counted.parts.size(), 1, [&](std::size_t p) {
    counted.parts[p] = count_part(documents.subspan(bounds[p], bounds[p + 1] - bounds[p]), options);
  });
  for (CountedPart& part : counted.parts) {
    part.token_of.reserve(part.document_frequency.size());
    for (std::int32_t token = 0; token < part.tokens.size(); ++token) {
      const std::int32_t number = counted.tokens.insert(part.tokens.token(token));
      counted.document_frequency.resize(static_cast<std::size_t>(counted.tokens.size()), 0);
      counted.document_frequency[static_cast<std::size_t>(number)] +=
          part.document_frequency[static_cast<std::size_t>(token)];
      part.token_of.push_back(number);
    }
    part.tokens = TokenTable();
  }
  return counted;
}

/// The first eight bytes as a number that is ordered as they are.
std::uint64_t prefix_of(std::string_view token) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof prefix; ++i)
    prefix = prefix << 8 | (i < token.size() ? static_cast<unsigned char>(token[i]) : 0u);
  return prefix;
}

/// The tokens that enter the vocabulary, in the order of their columns.
std::vector<std::int32_t> select_tokens(const CountedDocuments& counted,
                                        const VocabularyOptions& options) {
  struct Candidate {
    std::int64_t df;
    std::uint64_t prefix;
    std::int32_t token;
  };
  std::vector<Candidate> candidates;
  const auto documents = static_cast<double>(counted.documents);
  for (std::int32_t token = 0; token < counted.tokens.size(); ++token)
    if (const std::int64_t df = counted.document_frequency[static_cast<std::size_t>(token)];
        df >= options.min_df && static_cast<double>(df) / documents <= options.max_df)
      candidates.push_back({df, prefix_of(counted.tokens.token(token)), token});
  std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
    if (a.df != b.df) return a.df > b.df;
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return counted.tokens.token(a.token) < counted.tokens.token(b.token);
  });
  const auto limit = static_cast<std::size_t>(options.max_features);
  if (limit > 0 && candidates.size() > limit) candidates.resize(limit);
  if (candidates.empty())
    throw Error(
        "training data",
        fmt::format("none of its {} distinct tokens enters the vocabulary", counted.tokens.size()),
        counted.tokens.size() == 0 ? "check that the documents hold text"
                                   : "lower --min-df or raise --max-df");
  std::vector<std::int32_t> selected;
  selected.reserve(candidates.size());
  for (const Candidate& candidate : candidates) selected.push_back(candidate.token);
  return selected;
}

/// The counts of a part's tokens as counts over the columns of the vocabulary.
SparseRows renumber(const CountedPart& part, const std::vector<std::int32_t>& column_of_token) {
  SparseRows rows;
  rows.columns.reserve(part.rows.columns.size());
  rows.values.reserve(part.rows.values.size());
  RowCounts counts;
  for (std::size_t r = 0; r < part.rows.size(); ++r) {
    const SparseRow row = part.rows.row(r);
    for (std::size_t k = 0; k < row.columns.size(); ++k) {
      const std::int32_t token = part.token_of[static_cast<std::size_t>(row.columns[k])];
      if (const auto column = column_of_token[static_cast<std::size_t>(token)];
          column != Vocabulary::kUnknown)
        counts.add(column, static_cast<int>(row.values[k]));
    }
    counts.flush(rows);
  }
  return rows;
}

/// The rows of all parts; their counts are given back on the way.
SparseRows renumber(std::vector<CountedPart> parts,
                    const std::vector<std::int32_t>& column_of_token, Workers& workers) {
  workers.for_each(parts.size(), 1,
                   [&](std::size_t p) { parts[p].rows = renumber(parts[p], column_of_token); });
  SparseRows rows;
  for (CountedPart& part : parts) {
    rows.append(part.rows);
    part = {};
  }
  return rows;
}

/// Turns the counts of the rows [first, last) into weights.
void weigh_rows(SparseRows& rows, std::size_t first, std::size_t last, const ColumnFactors& factors,
                const WeightingOptions& options) {
  for (std::size_t r = first; r < last; ++r) {
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
                                                 std::span<const std::int32_t> labels,
                                                 Workers& workers) {
  CountedDocuments counted = count_tokens(documents, options.text, workers);
  const std::vector<std::int32_t> selected = select_tokens(counted, options.vocabulary);

  TokenTable table(selected.size());
  std::vector<std::int32_t> column_of_token(counted.document_frequency.size(),
                                            Vocabulary::kUnknown);
  std::vector<std::int64_t> document_frequency;
  for (const std::int32_t token : selected) {
    column_of_token[static_cast<std::size_t>(token)] = table.insert(counted.tokens.token(token));
    document_frequency.push_back(counted.document_frequency[static_cast<std::size_t>(token)]);
  }
  // Beyond this line no token can enter the vocabulary.
  Vocabulary vocabulary(std::move(table));
  SparseRows rows = renumber(std::move(counted.parts), column_of_token, workers);

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
  workers.share(static_cast<std::int64_t>(rows.size()), kRowsPerPiece,
                [&](std::int64_t begin, std::int64_t end) {
                  weigh_rows(rows, static_cast<std::size_t>(begin), static_cast<std::size_t>(end),
                             views, options.weighting);
                });
  return {Vectorizer(options, std::move(vocabulary), views, std::move(factors)), std::move(rows)};
}

void RowCounts::add(std::int32_t column, int count) {
  entries_.push_back(static_cast<std::uint64_t>(column) << 32 | static_cast<std::uint32_t>(count));
}

void RowCounts::flush(SparseRows& rows) {
  std::sort(entries_.begin(), entries_.end());
  for (std::size_t i = 0; i < entries_.size();) {
    const std::uint64_t column = entries_[i] >> 32;
    std::uint64_t sum = 0;
    for (; i < entries_.size() && entries_[i] >> 32 == column; ++i)
      sum += entries_[i] & 0xFFFFFFFFu;
    rows.columns.push_back(static_cast<std::int32_t>(column));
    rows.values.push_back(static_cast<float>(sum));
  }
  rows.end_row();
  entries_.clear();
}

Transformer::Transformer(const Vectorizer& vectorizer)
    : vectorizer_(vectorizer), analyzer_(vectorizer.options().text) {}

void Transformer::transform(const Document& document, SparseRows& rows) {
  for (const TokenOccurrence& occurrence : analyzer_.analyze(document))
    if (const auto column = vectorizer_.vocabulary().find(occurrence.token);
        column != Vocabulary::kUnknown)
      counts_.add(column, occurrence.count);
  counts_.flush(rows);
  weigh_rows(rows, rows.size() - 1, rows.size(), vectorizer_.factors(),
             vectorizer_.options().weighting);
}

ParallelTransformer::ParallelTransformer(const Vectorizer& vectorizer, Workers& workers)
    : workers_(workers) {
  for (std::size_t p = 0; p < parts_for(workers.threads()); ++p)
    parts_.push_back({Transformer(vectorizer), {}});
}

SparseRows& ParallelTransformer::transform(std::span<const Document> documents) {
  const std::vector<std::size_t> bounds = divide(documents, workers_.threads());
  workers_.for_each(bounds.size() - 1, 1, [&](std::size_t p) {
    parts_[p].rows.clear();
    for (std::size_t d = bounds[p]; d < bounds[p + 1]; ++d)
      parts_[p].transformer.transform(documents[d], parts_[p].rows);
  });
  rows_.clear();
  for (std::size_t p = 0; p + 1 < bounds.size(); ++p) rows_.append(parts_[p].rows);
  return rows_;
}

SparseRows transform(const Vectorizer& vectorizer, std::span<const Document> documents,
                     Workers& workers) {
  return std::move(ParallelTransformer(vectorizer, workers).transform(documents));
}

}  // namespace newsclf
