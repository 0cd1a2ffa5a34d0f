// SPDX-License-Identifier: MIT
// Adds tokens to a fitted vectorizer.
#include <cmath>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "newsclf/error/error.hpp"
#include "newsclf/features/vectorizer.hpp"

namespace newsclf {
namespace {

/// Rows that nobody needs.
struct NoRows : RowWriter {
  void append(const RowsView&) override {}
};

/// The vectorizer of `documents` alone; without tokens if the options leave none.
Vectorizer fit_alone(const VectorizerBase& base, DocumentStream& documents,
                     const VectorizerOptions& options, std::span<const std::int32_t> labels,
                     Workers& workers, std::size_t max_memory, ProcessGroup* processes) {
  try {
    NoRows none;
    return fit_vectorizer(documents, options, labels, workers, none, max_memory, base.other_labels,
                          processes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNoTokens) throw;
    return {};
  }
}

std::int64_t count(DocumentStream& documents) {
  std::int64_t count = 0;
  for_each_document(documents, [&](const Document&) { ++count; });
  return count;
}

}  // namespace

Vectorizer extend_vectorizer(const VectorizerBase& base, DocumentStream& documents,
                             const VectorizerOptions& options, std::span<const std::int32_t> labels,
                             Workers& workers, RowWriter& writer, std::size_t max_memory,
                             ProcessGroup* processes) {
  const Vectorizer& old = base.vectorizer;
  const Vectorizer fresh =
      fit_alone(base, documents, options, labels, workers, max_memory, processes);
  // With df of n documents, the inverse document frequency is ln((1 + n) / (1 + df)) + 1; the
  // documents of `base` add to n only.
  const auto documents_here = static_cast<double>(count(documents));
  const auto more_documents =
      static_cast<float>(std::log1p(static_cast<double>(base.documents) / (1 + documents_here)));

  TokenTable table(static_cast<std::size_t>(old.vocabulary().size() + fresh.vocabulary().size()));
  KindCounts counts{};
  auto factors = std::make_shared<std::pair<std::vector<float>, std::vector<float>>>();
  std::vector<float>&idf = factors->first, &token_scale = factors->second;
  const auto add = [&](const Vectorizer& from, std::int32_t column, std::size_t kind, float shift) {
    table.insert(from.vocabulary().token(column));
    ++counts[kind];
    const auto c = static_cast<std::size_t>(column);
    if (!from.factors().idf.empty()) idf.push_back(from.factors().idf[c] + shift);
    if (!from.factors().token_scale.empty()) token_scale.push_back(from.factors().token_scale[c]);
  };
  for (std::size_t k = 0; k < kTokenKinds; ++k) {
    const auto kind = static_cast<TokenKind>(k);
    const ColumnRange of_old = old.columns(kind, kind), of_fresh = fresh.columns(kind, kind);
    for (std::int32_t c = of_old.first; c < of_old.last; ++c) add(old, c, k, 0);
    for (std::int32_t c = of_fresh.first; c < of_fresh.last; ++c)
      if (old.vocabulary().find(fresh.vocabulary().token(c)) == Vocabulary::kUnknown)
        add(fresh, c, k, more_documents);
  }
  const ColumnFactors views{idf, token_scale};
  Vectorizer extended(options, Vocabulary(std::move(table)), counts, views, std::move(factors));
  // Beyond this line no token can enter the vocabulary. Documents may contain tokens of `base` that
  // were not selected from them.
  transform(extended, documents, workers, writer);
  return extended;
}

}  // namespace newsclf
