// SPDX-License-Identifier: MIT
#include "learning/cached_rows.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "io/descriptor.hpp"
#include "io/digest.hpp"
#include "model/mapped_safetensors.hpp"
#include "model/model_config.hpp"
#include "model/tensor_table.hpp"
#include "newsclf/corpus/document_facts.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

constexpr const char* kFormat = "newsclf-rows";
/// Raised when the same documents and options give other rows.
constexpr const char* kVersion = "1";

/// Another file than the one that is looked for.
struct OtherFile {};

template <typename T>
Tensor tensor(const char* name, std::span<const T> values) {
  return make_tensor(name, {std::ssize(values)}, values);
}

void require(bool holds, const std::string& path, const char* what) {
  if (!holds) throw Error(path, std::string("the file is damaged: ") + what);
}

bool are_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

void check_rows(const RowsView& rows, std::int64_t tokens, const std::string& path) {
  require(rows.offsets.front() == 0 && rows.offsets.back() == std::ssize(rows.columns) &&
              std::ranges::is_sorted(rows.offsets),
          path, "its rows do not end where they should");
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::span<const std::int32_t> columns = rows.row(r).columns;
    require(columns.empty() ||
                (columns.front() >= 0 && columns.back() < tokens &&
                 std::ranges::adjacent_find(columns, std::greater_equal()) == columns.end()),
            path, "a row has columns that are not ascending, or that no token has");
  }
  require(are_finite(rows.values), path, "a weight is not finite");
}

/// The number of tokens of each kind.
KindCounts take_counts(TensorTable& table, std::int64_t tokens, const std::string& path) {
  const auto kinds = table.take_values<std::int64_t>("kinds", {kTokenKinds});
  KindCounts counts;
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < kTokenKinds; ++k) {
    require(kinds[k] >= 0 && kinds[k] <= tokens, path, "its numbers of tokens differ");
    counts[k] = static_cast<std::int32_t>(kinds[k]);
    sum += counts[k];
  }
  require(sum == tokens, path, "its numbers of tokens differ");
  return counts;
}

ColumnFactors take_factors(TensorTable& table, const WeightingOptions& options, std::int64_t tokens,
                           const std::string& path) {
  const std::int64_t idf = options.weighting == Weighting::kTfidf ? tokens : 0,
                     scale = options.token_scale != TokenScale::kNone ? tokens : 0;
  const ColumnFactors factors{table.take_values<float>("idf", {idf}),
                              table.take_values<float>("token_scale", {scale})};
  require(are_finite(factors.idf) && are_finite(factors.token_scale), path,
          "a factor is not finite");
  return factors;
}

}  // namespace

std::string key_of_rows(DocumentStream& documents, const VectorizerOptions& options,
                        std::span<const std::int32_t> labels) {
  Digest digest;
  digest.add_sized(std::string(NEWSCLF_VERSION));
  const auto [facts, selected] = documents.known();
  digest.add_sized(facts != nullptr ? facts->digest : digest_documents(documents));
  digest.add_sized(digest_layouts(documents));
  digest.add_sized(selected != nullptr ? *selected : std::vector<char>());
  digest.add_sized(config_json({options, {}, {}, {}}));
  for (const std::string& token : options.vocabulary.stop_words.tokens) digest.add_sized(token);
  digest.add_sized(labels);
  return digest.hex();
}

std::optional<CachedRows> CachedRows::open(const std::string& path, const std::string& key,
                                           const VectorizerOptions& options,
                                           std::size_t documents) {
  if (::access(path.c_str(), F_OK) != 0) return std::nullopt;
  CachedRows cached;
  try {
    cached.file_ = map_safetensors(path, [&](const std::map<std::string, std::string>& metadata) {
      const std::map<std::string, std::string> expected = {
          {"format", kFormat}, {"format_version", kVersion}, {"key", key}};
      for (const auto& [name, value] : expected)
        if (const auto found = metadata.find(name);
            found == metadata.end() || found->second != value)
          throw OtherFile();
    });
  } catch (const OtherFile&) {
    return std::nullopt;
  }
  const Safetensors& file = cached.file_;
  check_digest(file, path);
  TensorTable table(file, path);
  const auto columns = table.take_values<std::uint32_t>("row_columns", {-1});
  cached.rows_ = {
      table.take_values<std::int64_t>("row_offsets", {static_cast<std::int64_t>(documents) + 1}),
      {reinterpret_cast<const std::int32_t*>(columns.data()), columns.size()},
      table.take_values<float>("row_values", {std::ssize(columns)})};
  const auto bytes = table.take_values<std::uint8_t>("token_bytes", {-1});
  const auto offsets = table.take_values<std::uint32_t>("token_offsets", {-1});
  require(!offsets.empty() && offsets.front() == 0 && offsets.back() == bytes.size() &&
              std::ranges::is_sorted(offsets),
          path, "its tokens do not end where they should");
  const Vocabulary vocabulary({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, offsets,
                              file.owner);
  const std::int64_t tokens = vocabulary.size();
  const ColumnFactors factors = take_factors(table, options.weighting, tokens, path);
  const KindCounts counts = take_counts(table, tokens, path);
  table.end();
  check_rows(cached.rows_, tokens, path);
  cached.vectorizer_ = Vectorizer(options, vocabulary, counts, factors, file.owner);
  if (const std::string wrong = cached.vectorizer_.build_index(); !wrong.empty())
    throw Error(path, "the file is damaged: " + wrong);
  return cached;
}

void CachedRows::write(const std::string& path, const std::string& key,
                       const Vectorizer& vectorizer, const RowsView& rows) {
  const Vocabulary& vocabulary = vectorizer.vocabulary();
  const auto [idf, token_scale] = vectorizer.factors();
  const std::vector<std::int64_t> kinds(vectorizer.counts().begin(), vectorizer.counts().end());
  const std::span<const std::uint32_t> columns(
      reinterpret_cast<const std::uint32_t*>(rows.columns.data()), rows.columns.size());
  const std::span<const std::uint8_t> bytes(
      reinterpret_cast<const std::uint8_t*>(vocabulary.bytes().data()), vocabulary.bytes().size());
  write_safetensors(
      path, {{"format", kFormat}, {"format_version", kVersion}, {"key", key}},
      {tensor("row_offsets", rows.offsets), tensor("kinds", std::span<const std::int64_t>(kinds)),
       tensor("row_values", rows.values), tensor("idf", idf), tensor("token_scale", token_scale),
       tensor("row_columns", columns), tensor("token_offsets", vocabulary.offsets()),
       tensor("token_bytes", bytes)});
}

}  // namespace newsclf
