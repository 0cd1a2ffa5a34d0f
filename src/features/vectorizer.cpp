// SPDX-License-Identifier: MIT
#include "newsclf/features/vectorizer.hpp"

#include <algorithm>
#include <numeric>

#include "features/column_factors.hpp"
#include "features/counted_documents.hpp"
#include "features/row_builder.hpp"
#include "features/token_selection.hpp"
#include "newsclf/corpus/document_facts.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

/// Converts counts to weights.
void weigh_rows(SparseRows& rows, const ColumnFactors& factors, const WeightingOptions& options) {
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto begin = static_cast<std::size_t>(rows.offsets[r]);
    const auto count = static_cast<std::size_t>(rows.offsets[r + 1]) - begin;
    weigh_row(std::span(rows.columns).subspan(begin, count),
              std::span(rows.values).subspan(begin, count), factors, options);
  }
}

}  // namespace

Vectorizer::Vectorizer(const VectorizerOptions& options, Vocabulary vocabulary,
                       const KindCounts& counts, const ColumnFactors& factors,
                       std::shared_ptr<const void> owner)
    : options_(options),
      vocabulary_(std::move(vocabulary)),
      counts_(counts),
      factors_(factors),
      owner_(std::move(owner)) {}

ColumnRange Vectorizer::columns(TokenKind first, TokenKind last) const {
  const auto before = [&](std::size_t kind) {
    return std::accumulate(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(kind), 0);
  };
  return {before(static_cast<std::size_t>(first)), before(static_cast<std::size_t>(last) + 1)};
}

Vectorizer Vectorizer::select(std::span<const std::int32_t> kept) const {
  TokenTable table(kept.size());
  KindCounts counts{};
  for (const std::int32_t column : kept) {
    table.insert(vocabulary_.token(column));
    std::size_t kind = 0;
    for (std::int32_t last = counts_[0]; column >= last; last += counts_[kind]) ++kind;
    ++counts[kind];
  }
  auto factors = std::make_shared<std::pair<std::vector<float>, std::vector<float>>>();
  const auto gather = [&](std::span<const float> all, std::vector<float>& values) {
    if (!all.empty())
      for (const std::int32_t column : kept)
        values.push_back(all[static_cast<std::size_t>(column)]);
  };
  gather(factors_.idf, factors->first);
  gather(factors_.token_scale, factors->second);
  const ColumnFactors views{factors->first, factors->second};
  return Vectorizer(options_, Vocabulary(std::move(table)), counts, views, std::move(factors));
}

void add_char_ngrams(TextOptions& options) {
  options.min_char_ngram = 3;
  options.max_char_ngram = 5;
}

bool are_short(DocumentStream& documents) {
  constexpr std::size_t kShort = 200;
  std::size_t characters = 0, count = 0;
  if (const auto [facts, selected] = documents.known(); facts != nullptr && selected == nullptr)
    return facts->characters < static_cast<std::int64_t>(kShort * facts->size());
  for_each_document(documents, [&](const Document& document) {
    characters += count_characters(document.text);
    ++count;
  });
  return characters < kShort * count;
}

Vectorizer fit_vectorizer(DocumentStream& documents, const VectorizerOptions& options,
                          std::span<const std::int32_t> labels, Workers& workers, RowWriter& writer,
                          std::size_t max_memory, std::int32_t other_labels,
                          ProcessGroup* processes) {
  CountedDocuments counted = count_tokens(documents, options, max_memory, workers, processes);
  SelectedTokens selected = select_tokens(counted, options.vocabulary);
  counted.tokens = {};
  counted.document_frequency = {};
  // Beyond this line no token can enter the vocabulary.
  Vocabulary vocabulary(std::move(selected.table));
  const KindCounts& counts = selected.counts;
  std::vector<CountedPart>& parts = counted.parts;
  workers.for_each(parts.size(), 1, [&](std::size_t p) { parts[p].move_rows(selected.columns); });
  std::vector<RowsView> runs;
  for (const auto& [part, first, last] : counted.runs)
    runs.push_back(RowsView(parts[part].rows).rows(first, last));

  auto factors = fit_factors(runs, labels, selected, options.weighting, workers, other_labels);
  const ColumnFactors views = *factors;
  workers.for_each(parts.size(), 1,
                   [&](std::size_t p) { weigh_rows(parts[p].rows, views, options.weighting); });
  std::vector<std::size_t> written(parts.size());  // rows of each part
  for (std::size_t r = 0; r < runs.size(); ++r) {
    writer.append(runs[r]);
    const std::size_t p = counted.runs[r].part;
    written[p] += runs[r].size();
    if (written[p] == parts[p].size()) parts[p].rows = {};
  }
  return Vectorizer(options, std::move(vocabulary), counts, views, std::move(factors));
}

/// The rows of some of the documents, and memory that is used again for each.
struct ParallelTransformer::Part {
  Analyzer analyzer;
  std::vector<std::string_view> tokens = {};  // of the current document
  std::vector<std::int32_t> columns = {};     // of these tokens
  RowBuilder row = {};
  std::int64_t words = 0, known_words = 0;  // of the current document
  SparseRows rows = {};
  std::vector<float> known_shares = {};  // of the documents of `rows`

  void add(std::int32_t column, int count, TokenKind kind) {
    const bool is_known = column != Vocabulary::kUnknown;
    if (is_known) row.add(column, static_cast<std::uint32_t>(count));
    words += kind == TokenKind::kWord;
    known_words += is_known && kind == TokenKind::kWord;
  }
  void finish_row() {
    known_shares.push_back(
        words == 0 ? 0 : static_cast<float>(known_words) / static_cast<float>(words));
    words = known_words = 0;
    row.finish(rows);
  }
};

ParallelTransformer::ParallelTransformer(const Vectorizer& vectorizer, Workers& workers)
    : vectorizer_(vectorizer), workers_(workers) {
  for (std::size_t p = 0; p < pieces_for(workers.threads()); ++p)
    parts_.push_back({Analyzer(vectorizer.options().text)});
}
ParallelTransformer::~ParallelTransformer() = default;

void ParallelTransformer::find_columns(const Document& document, Part& part) const {
  part.analyzer.for_each_block(document, [&](std::span<const TokenOccurrence> occurrences) {
    part.tokens.clear();
    for (const TokenOccurrence& occurrence : occurrences) part.tokens.push_back(occurrence.token);
    part.columns.resize(part.tokens.size());
    vectorizer_.vocabulary().find(part.tokens, part.columns);
    for (std::size_t o = 0; o < occurrences.size(); ++o)
      part.add(part.columns[o], occurrences[o].count, occurrences[o].kind);
    part.row.limit_memory();
  });
}

SparseRows& ParallelTransformer::transform(std::span<const Document> documents) {
  const std::vector<std::size_t> bounds = divide(documents, workers_.threads());
  workers_.for_each(bounds.size() - 1, 1, [&](std::size_t p) {
    Part& part = parts_[p];
    part.rows.clear();
    part.known_shares.clear();
    for (const Document& document : documents.subspan(bounds[p], bounds[p + 1] - bounds[p])) {
      find_columns(document, part);
      part.finish_row();
    }
    weigh_rows(part.rows, vectorizer_.factors(), vectorizer_.options().weighting);
  });
  rows_.clear();
  known_shares_.clear();
  for (std::size_t p = 0; p + 1 < bounds.size(); ++p) {
    rows_.append(parts_[p].rows);
    std::ranges::copy(parts_[p].known_shares, std::back_inserter(known_shares_));
  }
  return rows_;
}

void transform(const Vectorizer& vectorizer, DocumentStream& documents, Workers& workers,
               RowWriter& writer) {
  constexpr std::size_t kBlock = 4096;
  ParallelTransformer transformer(vectorizer, workers);
  documents.rewind();
  for (auto block = documents.next(); !block.empty(); block = documents.next())
    for (std::size_t first = 0; first < block.size(); first += kBlock)
      writer.append(
          transformer.transform(block.subspan(first, std::min(kBlock, block.size() - first))));
}

}  // namespace newsclf
