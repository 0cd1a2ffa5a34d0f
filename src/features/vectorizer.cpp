// SPDX-License-Identifier: MIT
#include "newsclf/features/vectorizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "newsclf/error/error.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

/// Packs a column and a count into one number that sorts by column.
std::uint64_t entry_of(std::int32_t column, std::uint32_t count) {
  return static_cast<std::uint64_t>(column) << 32 | count;
}

/// Appends a row of `entries`, with the counts of equal columns added; clears `entries`.
void append_row(std::vector<std::uint64_t>& entries, SparseRows& rows) {
  std::ranges::sort(entries);
  for (std::size_t i = 0; i < entries.size();) {
    const std::uint64_t column = entries[i] >> 32;
    std::uint64_t sum = 0;
    for (; i < entries.size() && entries[i] >> 32 == column; ++i) sum += entries[i] & 0xFFFFFFFFu;
    rows.columns.push_back(static_cast<std::int32_t>(column));
    rows.values.push_back(static_cast<float>(sum));
  }
  rows.end_row();
  entries.clear();
}

struct CountedDocuments;

/// Token counts of a part of the documents. The parts are counted independently, each with its own
/// token table.
class CountedPart {
 public:
  void count(std::span<const Document> documents, const TextOptions& options);
  /// Adds the tokens and their document frequencies to those of all parts.
  void merge_into(CountedDocuments& counted);
  /// Moves the counts to `rows`, with the columns of the vocabulary.
  void renumber(const std::vector<std::int32_t>& column_of_token);

  std::size_t size() const { return ends_.size(); }
  SparseRows rows;

 private:
  TokenTable tokens_;
  std::vector<std::size_t> place_of_;  // for each token: 1 + index in the current row
  std::vector<TokenKind> kinds_;
  std::vector<std::int64_t> document_frequency_;
  std::vector<std::size_t> ends_;      // end of each row in numbers_ and counts_
  std::vector<std::int32_t> numbers_;  // tokens, distinct within a row, unsorted
  std::vector<std::uint32_t> counts_;
  std::vector<std::int32_t> token_of_;  // number of each token in the table of all parts
};

/// Consecutive rows of one part, from consecutive documents.
struct CountedRun {
  std::size_t part, first, last;
};

/// All tokens of the training documents, in no particular order.
struct CountedDocuments {
  std::vector<CountedPart> parts;
  std::vector<CountedRun> runs;  // in document order
  TokenTable tokens;
  std::vector<TokenKind> kinds;
  std::vector<std::int64_t> document_frequency;
  std::size_t documents = 0;
};

void CountedPart::count(std::span<const Document> documents, const TextOptions& options) {
  Analyzer analyzer(options);
  std::vector<std::uint64_t> hashes;
  for (const Document& document : documents) {
    const std::size_t begin = numbers_.size();
    const std::span<const TokenOccurrence> occurrences = analyzer.analyze(document);
    // The table is larger than the caches: load the slots of all tokens at once.
    hashes.clear();
    for (const TokenOccurrence& occurrence : occurrences)
      hashes.push_back(tokens_.prefetch(occurrence.token));
    for (std::size_t o = 0; o < occurrences.size(); ++o) {
      const TokenOccurrence& occurrence = occurrences[o];
      const std::int32_t token = tokens_.insert(occurrence.token, hashes[o]);
      const auto t = static_cast<std::size_t>(token);
      if (t == place_of_.size()) {
        place_of_.push_back(0);
        kinds_.push_back(occurrence.kind);
        document_frequency_.push_back(0);
      }
      std::size_t& place = place_of_[t];
      if (place <= begin) {
        ++document_frequency_[t];
        numbers_.push_back(token);
        counts_.push_back(0);
        place = numbers_.size();
      }
      counts_[place - 1] += static_cast<std::uint32_t>(occurrence.count);
    }
    ends_.push_back(numbers_.size());
  }
}

void CountedPart::merge_into(CountedDocuments& counted) {
  token_of_.reserve(place_of_.size());
  for (std::int32_t token = 0; token < tokens_.size(); ++token) {
    const std::int32_t number = counted.tokens.insert(tokens_.token(token));
    const auto n = static_cast<std::size_t>(number), t = static_cast<std::size_t>(token);
    if (n == counted.kinds.size()) {
      counted.kinds.push_back(kinds_[t]);
      counted.document_frequency.push_back(0);
    }
    counted.document_frequency[n] += document_frequency_[t];
    token_of_.push_back(number);
  }
  tokens_ = TokenTable();
  place_of_ = decltype(place_of_)();  // {} would keep the memory
  kinds_ = decltype(kinds_)();
  document_frequency_ = decltype(document_frequency_)();
}

void CountedPart::renumber(const std::vector<std::int32_t>& column_of_token) {
  rows.columns.reserve(numbers_.size());
  rows.values.reserve(numbers_.size());
  std::vector<std::uint64_t> row;
  std::size_t k = 0;
  for (const std::size_t end : ends_) {
    for (; k < end; ++k) {
      const std::int32_t token = token_of_[static_cast<std::size_t>(numbers_[k])];
      if (const auto column = column_of_token[static_cast<std::size_t>(token)];
          column != Vocabulary::kUnknown)
        row.push_back(entry_of(column, counts_[k]));
    }
    append_row(row, rows);
  }
  numbers_ = decltype(numbers_)();  // {} would keep the memory
  counts_ = decltype(counts_)();
  token_of_ = decltype(token_of_)();
}

std::size_t parts_for(int threads) {
  return threads == 1 ? 1 : 4 * static_cast<std::size_t>(threads);
}

/// Returns the bounds of at most `parts_for(threads)` parts with about the same number of bytes.
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

CountedDocuments count_tokens(DocumentStream& documents, const TextOptions& options,
                              Workers& workers) {
  CountedDocuments counted;
  counted.parts.resize(parts_for(workers.threads()));
  documents.rewind();
  for (auto block = documents.next(); !block.empty(); block = documents.next()) {
    const std::vector<std::size_t> bounds = divide(block, workers.threads());
    for (std::size_t p = 0; p + 1 < bounds.size(); ++p) {
      const std::size_t first = counted.parts[p].size();
      counted.runs.push_back({p, first, first + bounds[p + 1] - bounds[p]});
    }
    workers.for_each(bounds.size() - 1, 1, [&](std::size_t p) {
      counted.parts[p].count(block.subspan(bounds[p], bounds[p + 1] - bounds[p]), options);
    });
    counted.documents += block.size();
  }
  for (CountedPart& part : counted.parts) part.merge_into(counted);
  return counted;
}

/// Packs the first eight bytes into a number that sorts like the bytes.
std::uint64_t prefix_of(std::string_view token) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof prefix; ++i)
    prefix = prefix << 8 | (i < token.size() ? static_cast<unsigned char>(token[i]) : 0u);
  return prefix;
}

/// Returns the tokens of the vocabulary in the order of their columns.
std::vector<std::int32_t> select_tokens(const CountedDocuments& counted,
                                        const VocabularyOptions& options) {
  struct Candidate {
    TokenKind kind;
    std::int64_t df;
    std::uint64_t prefix;
    std::int32_t token;
  };
  std::vector<Candidate> candidates;
  const std::set<std::string_view> stop_words(options.stop_words.tokens.begin(),
                                              options.stop_words.tokens.end());
  const auto documents = static_cast<double>(counted.documents);
  const std::int64_t min_df[kTokenKinds] = {std::max(options.min_df, options.min_char_df),
                                            options.min_df,
                                            std::max(options.min_df, options.min_long_df)};
  for (std::int32_t token = 0; token < counted.tokens.size(); ++token) {
    const TokenKind kind = counted.kinds[static_cast<std::size_t>(token)];
    if (const std::int64_t df = counted.document_frequency[static_cast<std::size_t>(token)];
        df >= min_df[static_cast<std::size_t>(kind)] &&
        static_cast<double>(df) / documents <= options.max_df &&
        (stop_words.empty() || !stop_words.contains(counted.tokens.token(token))))
      candidates.push_back({kind, df, prefix_of(counted.tokens.token(token)), token});
  }
  const auto more_frequent = [&](const Candidate& a, const Candidate& b) {
    if (a.df != b.df) return a.df > b.df;
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return counted.tokens.token(a.token) < counted.tokens.token(b.token);
  };
  const auto limit = static_cast<std::size_t>(options.max_features);
  if (limit > 0 && candidates.size() > limit) {
    std::ranges::nth_element(candidates, candidates.begin() + options.max_features, more_frequent);
    candidates.resize(limit);
  }
  std::ranges::sort(candidates, [&](const Candidate& a, const Candidate& b) {
    return a.kind != b.kind ? a.kind < b.kind : more_frequent(a, b);
  });
  if (counted.tokens.size() == 0)
    throw Error("training data", "the documents contain no tokens", "check that they contain text");
  if (candidates.empty())
    throw Error(ErrorCode::kNoTokens, "training data",
                fmt::format("the options leave no token in the vocabulary (distinct tokens: {})",
                            counted.tokens.size()));
  std::vector<std::int32_t> selected;
  selected.reserve(candidates.size());
  for (const Candidate& candidate : candidates) selected.push_back(candidate.token);
  return selected;
}

/// Converts the counts of the rows [first, last) to weights.
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
  for_each_document(documents, [&](const Document& document) {
    characters += count_characters(document.text);
    ++count;
  });
  return characters < kShort * count;
}

Vectorizer fit_vectorizer(DocumentStream& documents, const VectorizerOptions& options,
                          std::span<const std::int32_t> labels, Workers& workers,
                          RowWriter& writer) {
  CountedDocuments counted = count_tokens(documents, options.text, workers);
  const std::vector<std::int32_t> selected = select_tokens(counted, options.vocabulary);

  TokenTable table(selected.size());
  std::vector<std::int32_t> column_of_token(counted.document_frequency.size(),
                                            Vocabulary::kUnknown);
  std::vector<std::int64_t> document_frequency;
  KindCounts counts{};
  for (const std::int32_t token : selected) {
    column_of_token[static_cast<std::size_t>(token)] = table.insert(counted.tokens.token(token));
    document_frequency.push_back(counted.document_frequency[static_cast<std::size_t>(token)]);
    ++counts[static_cast<std::size_t>(counted.kinds[static_cast<std::size_t>(token)])];
  }
  // Beyond this line no token can enter the vocabulary.
  Vocabulary vocabulary(std::move(table));
  std::vector<CountedPart>& parts = counted.parts;
  workers.for_each(parts.size(), 1, [&](std::size_t p) { parts[p].renumber(column_of_token); });
  std::vector<RowsView> runs;
  for (const auto& [part, first, last] : counted.runs)
    runs.push_back(RowsView(parts[part].rows).rows(first, last));

  auto factors = std::make_shared<std::pair<std::vector<float>, std::vector<float>>>();
  auto& [idf, token_scale] = *factors;
  if (options.weighting.weighting == Weighting::kTfidf)
    idf = inverse_document_frequency(document_frequency,
                                     static_cast<std::int64_t>(counted.documents));
  // One kind at a time, so that the scale of a token does not depend on tokens of other kinds.
  if (std::int32_t first = 0; options.weighting.token_scale == TokenScale::kNb)
    for (const std::int32_t count : counts) {
      const ColumnRange of_kind{first, first + count};
      const std::vector<float> scale =
          naive_bayes_scale(runs, labels, of_kind, options.weighting.nb_smoothing, workers);
      token_scale.insert(token_scale.end(), scale.begin(), scale.end());
      first += count;
    }
  const ColumnFactors views{idf, token_scale};
  workers.for_each(parts.size(), 1, [&](std::size_t p) {
    weigh_rows(parts[p].rows, 0, parts[p].rows.size(), views, options.weighting);
  });
  for (std::size_t r = 0; r < runs.size(); ++r) {
    writer.append(runs[r]);
    CountedPart& part = parts[counted.runs[r].part];
    if (counted.runs[r].last == part.size()) part.rows = {};  // all rows of this part are written
  }
  return Vectorizer(options, std::move(vocabulary), counts, views, std::move(factors));
}

ParallelTransformer::ParallelTransformer(const Vectorizer& vectorizer, Workers& workers)
    : vectorizer_(vectorizer), workers_(workers) {
  for (std::size_t p = 0; p < parts_for(workers.threads()); ++p)
    parts_.push_back({Analyzer(vectorizer.options().text), {}, {}, {}, {}});
}

void ParallelTransformer::transform(const Document& document, Part& part) const {
  const std::span<const TokenOccurrence> occurrences = part.analyzer.analyze(document);
  const Vocabulary& vocabulary = vectorizer_.vocabulary();
  part.hashes.clear();
  for (const TokenOccurrence& occurrence : occurrences)
    part.hashes.push_back(vocabulary.prefetch(occurrence.token));
  std::int64_t words = 0, known_words = 0;
  for (std::size_t o = 0; o < occurrences.size(); ++o) {
    const auto column = vocabulary.find(occurrences[o].token, part.hashes[o]);
    const bool is_known = column != Vocabulary::kUnknown;
    if (is_known)
      part.counts.push_back(entry_of(column, static_cast<std::uint32_t>(occurrences[o].count)));
    words += occurrences[o].kind == TokenKind::kWord;
    known_words += is_known && occurrences[o].kind == TokenKind::kWord;
  }
  part.known_shares.push_back(
      words == 0 ? 0 : static_cast<float>(known_words) / static_cast<float>(words));
  append_row(part.counts, part.rows);
  weigh_rows(part.rows, part.rows.size() - 1, part.rows.size(), vectorizer_.factors(),
             vectorizer_.options().weighting);
}

SparseRows& ParallelTransformer::transform(std::span<const Document> documents) {
  const std::vector<std::size_t> bounds = divide(documents, workers_.threads());
  workers_.for_each(bounds.size() - 1, 1, [&](std::size_t p) {
    parts_[p].rows.clear();
    parts_[p].known_shares.clear();
    for (std::size_t d = bounds[p]; d < bounds[p + 1]; ++d) transform(documents[d], parts_[p]);
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
