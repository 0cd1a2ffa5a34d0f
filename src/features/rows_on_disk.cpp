// SPDX-License-Identifier: MIT
#include "newsclf/features/rows_on_disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "features/column_factors.hpp"
#include "features/counted_documents.hpp"
#include "features/ranked_tokens.hpp"
#include "features/token_runs.hpp"
#include "features/token_selection.hpp"
#include "io/scratch_file.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {

struct RowsOnDisk::Files {
  ScratchFile offsets, columns, values;
};

RowsOnDisk::RowsOnDisk(const std::string& folder)
    : files_(new Files{ScratchFile(folder), ScratchFile(folder), ScratchFile(folder)}) {
  files_->offsets.append_values(std::span<const std::int64_t>(&entries_, 1));
}
RowsOnDisk::~RowsOnDisk() = default;

void RowsOnDisk::append(const RowsView& rows) {
  std::vector<std::int64_t> offsets;
  const std::int64_t first = rows.offsets.front();
  for (const std::int64_t offset : rows.offsets.subspan(1))
    offsets.push_back(entries_ + offset - first);
  const auto begin = static_cast<std::size_t>(first);
  const auto count = static_cast<std::size_t>(rows.offsets.back()) - begin;
  files_->offsets.append_values(std::span<const std::int64_t>(offsets));
  files_->columns.append_values(rows.columns.subspan(begin, count));
  files_->values.append_values(rows.values.subspan(begin, count));
  entries_ += static_cast<std::int64_t>(count);
}

RowsView RowsOnDisk::view() {
  return {files_->offsets.map_values<std::int64_t>(), files_->columns.map_values<std::int32_t>(),
          values()};
}

void RowsOnDisk::check() const {
  for (const ScratchFile* file : {&files_->offsets, &files_->columns, &files_->values})
    file->check();
}

std::span<float> RowsOnDisk::values() { return files_->values.map_values<float>(); }

namespace {

/// Counts the documents of each token, with a table per thread.
/// @return the number of documents
std::size_t count_on_disk(DocumentStream& documents, const TextOptions& options,
                          std::vector<std::unique_ptr<TokenRuns>>& tables, Workers& workers) {
  std::vector<Analyzer> analyzers(tables.size(), Analyzer(options));
  std::vector<std::size_t> free_tables(tables.size());
  std::iota(free_tables.begin(), free_tables.end(), std::size_t{0});
  std::mutex mutex;
  std::size_t count = 0;
  documents.rewind();
  for (auto block = documents.next(); !block.empty(); block = documents.next()) {
    const std::vector<std::size_t> bounds = divide(block, workers.threads());
    workers.for_each(bounds.size() - 1, 1, [&](std::size_t p) {
      std::unique_lock lock(mutex);
      const std::size_t number = free_tables.back();
      free_tables.pop_back();
      lock.unlock();
      TokenRuns& table = *tables[number];
      for (const Document& document : block.subspan(bounds[p], bounds[p + 1] - bounds[p])) {
        analyzers[number].for_each_block(
            document,
            [&](std::span<const TokenOccurrence> occurrences) { table.add(occurrences); });
        table.end_document();
      }
      lock.lock();
      free_tables.push_back(number);
    });
    count += block.size();
  }
  workers.for_each(tables.size(), 1, [&](std::size_t t) { tables[t]->finish(); });
  return count;
}

/// Selects the tokens of the vocabulary as `select_tokens` does, and leaves `columns` empty.
SelectedTokens select_on_disk(std::span<const TokenRuns::Run> runs, std::size_t documents,
                              const VocabularyOptions& options, const DiskFitOptions& disk) {
  const std::set<std::string_view> stop_words(options.stop_words.tokens.begin(),
                                              options.stop_words.tokens.end());
  const std::array<std::int64_t, kTokenKinds> min_df = least_documents(options);
  const auto limit = static_cast<std::size_t>(options.max_features);
  constexpr std::size_t kFew = 1024, kLeastMemory = std::size_t{16} << 20;
  std::size_t distinct = 0;
  KindCounts counts{};  // without `max_features`
  bool is_too_large = false;
  RankedTokens accepted;
  merge_runs(runs, disk.memory / 4, [&](std::string_view text, TokenKind kind, std::uint64_t df) {
    ++distinct;
    const auto k = static_cast<std::size_t>(kind);
    if (static_cast<std::int64_t>(df) < min_df[k] ||
        static_cast<double>(df) / static_cast<double>(documents) > options.max_df ||
        stop_words.contains(text))
      return;
    ++counts[k];
    if (is_too_large) return;
    accepted.add(text, kind, static_cast<std::uint32_t>(df), 0);
    if (limit > 0 && accepted.size() >= 2 * limit + kFew) {
      accepted.keep_most_frequent(limit);
      accepted.compact();
    }
    is_too_large = accepted.memory() > std::max(disk.memory, kLeastMemory);
    if (is_too_large) accepted = {};
  });
  if (is_too_large) {
    if (disk.check_vocabulary && limit == 0) disk.check_vocabulary(counts);
    throw Error(ErrorCode::kTooMuchMemory, "training",
                fmt::format("sorting a vocabulary of {} tokens takes more than {:.1f} MB of memory",
                            std::accumulate(counts.begin(), counts.end(), std::int64_t{0}),
                            static_cast<double>(disk.memory) / 1e6));
  }
  if (limit > 0) accepted.keep_most_frequent(limit);
  if (accepted.size() == 0) refuse_no_token(distinct);
  return number_tokens(accepted);
}

/// Writes rows of counts.
void write_counts(const Vectorizer& fitted, DocumentStream& documents, Workers& workers,
                  RowWriter& writer) {
  VectorizerOptions options = fitted.options();
  options.weighting = {
      .weighting = Weighting::kCount, .norm = Norm::kNone, .token_scale = TokenScale::kNone};
  transform(Vectorizer(options, fitted.vocabulary(), fitted.counts(), {}, nullptr), documents,
            workers, writer);
}

/// Converts counts to weights, in place.
void weigh_rows(const RowsView& rows, std::span<float> values, const ColumnFactors& factors,
                const WeightingOptions& options, Workers& workers) {
  constexpr std::int64_t kPiece = 4096;
  workers.for_each(rows.size(), kPiece, [&](std::size_t r) {
    const auto begin = static_cast<std::size_t>(rows.offsets[r]);
    const SparseRow row = rows.row(r);
    weigh_row(row.columns, values.subspan(begin, row.columns.size()), factors, options);
  });
}

}  // namespace

Vectorizer fit_vectorizer_on_disk(DocumentStream& documents, const VectorizerOptions& options,
                                  std::span<const std::int32_t> labels, Workers& workers,
                                  RowsOnDisk& rows, const DiskFitOptions& disk) {
  constexpr std::size_t kLeastTable = std::size_t{2} << 20;  // smaller ones make many runs
  SelectedTokens selected;
  std::size_t count = 0;
  {
    std::vector<std::unique_ptr<TokenRuns>> tables;
    const auto threads = static_cast<std::size_t>(workers.threads());
    for (std::size_t t = 0; t < threads; ++t)
      tables.push_back(
          std::make_unique<TokenRuns>(disk.folder, std::max(disk.memory / threads, kLeastTable)));
    count = count_on_disk(documents, options.text, tables, workers);
    std::vector<TokenRuns::Run> runs;
    for (const auto& table : tables)
      runs.insert(runs.end(), table->runs().begin(), table->runs().end());
    selected = select_on_disk(runs, count, options.vocabulary, disk);
    for (const auto& table : tables) table->check();
  }
  if (disk.check_vocabulary) disk.check_vocabulary(selected.counts);
  // Beyond this line no token can enter the vocabulary.
  const Vectorizer unweighted(options, Vocabulary(std::move(selected.table)), selected.counts, {},
                              nullptr);
  write_counts(unweighted, documents, workers, rows);
  const RowsView counts = rows.view();
  auto factors =
      fit_factors({&counts, 1}, labels, selected, options.weighting, workers, 0, disk.memory / 2);
  const ColumnFactors views = *factors;
  weigh_rows(counts, rows.values(), views, options.weighting, workers);
  return Vectorizer(options, unweighted.vocabulary(), selected.counts, views, std::move(factors));
}

}  // namespace newsclf
