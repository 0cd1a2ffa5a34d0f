// SPDX-License-Identifier: MIT
#include "newsclf/features/rows_on_disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "corpus/blocks.hpp"
#include "features/token_runs.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/parallel/random.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// Documents of words of which some are frequent, and some longer than a packed text.
std::vector<Document> random_documents(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<Document> documents;
  for (std::size_t d = 0; d < count; ++d) {
    std::string text;
    for (std::uint64_t words = random.below(40); words > 0; --words) {
      const std::uint64_t word = random.below(1 + random.below(3000));
      text += fmt::format("{}{} ", word % 3 == 0 ? "astronomical" : "w", word);
    }
    documents.push_back({"", d % 3 == 0 ? "space" : "ball", text});
  }
  return documents;
}

struct Fitted {
  Vectorizer vectorizer;
  std::vector<std::int64_t> offsets;
  std::vector<std::int32_t> columns;
  std::vector<float> values;
};

Fitted copy_of(Vectorizer vectorizer, const RowsView& rows) {
  return {std::move(vectorizer),
          {rows.offsets.begin(), rows.offsets.end()},
          {rows.columns.begin(), rows.columns.end()},
          {rows.values.begin(), rows.values.end()}};
}

void require_same(const Fitted& on_disk, const Fitted& in_memory) {
  const auto bytes_of = [](const Vectorizer& vectorizer) {
    const auto bytes = vectorizer.vocabulary().bytes();
    return std::string(bytes.begin(), bytes.end());
  };
  REQUIRE(bytes_of(on_disk.vectorizer) == bytes_of(in_memory.vectorizer));
  REQUIRE(on_disk.vectorizer.counts() == in_memory.vectorizer.counts());
  REQUIRE(std::ranges::equal(on_disk.vectorizer.factors().idf, in_memory.vectorizer.factors().idf));
  REQUIRE(std::ranges::equal(on_disk.vectorizer.factors().token_scale,
                             in_memory.vectorizer.factors().token_scale));
  REQUIRE(on_disk.offsets == in_memory.offsets);
  REQUIRE(on_disk.columns == in_memory.columns);
  REQUIRE(on_disk.values == in_memory.values);
}

}  // namespace

TEST_CASE("fitting on disk gives the same vectorizer and rows as in memory, bit for bit") {
  const TempDir folder;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    const std::vector<Document> documents = random_documents(20 + random.below(600), seed);
    std::vector<std::int32_t> labels;
    for (const Document& document : documents) labels.push_back(document.label == "space");
    for (std::int32_t& label : labels)
      if (random.below(9) == 0) label = -1;
    VectorizerOptions options;
    options.text.max_ngram = 1 + static_cast<int>(random.below(3));
    options.text.max_long_ngram = static_cast<int>(random.below(4));
    if (random.below(2) == 0) add_char_ngrams(options.text);
    options.vocabulary.min_df = 1 + static_cast<std::int64_t>(random.below(3));
    options.vocabulary.max_features = static_cast<std::int64_t>(random.below(3) * 100);
    options.vocabulary.max_df = random.below(2) == 0 ? 1 : 0.3;
    options.vocabulary.stop_words.tokens = {"w0", "w1 w2", "astronomical3"};
    options.weighting.token_scale = random.below(4) == 0 ? TokenScale::kNone : TokenScale::kNb;
    Workers workers(seed % 2 == 0 ? 1 : 3);
    DocumentBlocks stream(documents, 1 + random.below(100));

    StoredRows rows;
    const Vectorizer in_memory = fit_vectorizer(stream, options, labels, workers, rows);
    RowsOnDisk on_disk(folder.path());
    // So little that there are many runs and passes.
    const Vectorizer fitted = fit_vectorizer_on_disk(stream, options, labels, workers, on_disk,
                                                     {folder.path(), random.below(100'000)});
    require_same(copy_of(fitted, on_disk.view()), copy_of(in_memory, rows.rows));
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("runs of tokens add up to the number of documents with each token") {
  const TempDir folder;
  Random random(7);
  std::map<std::string, std::uint64_t> expected;
  TokenRuns tokens(folder.path(), 0), others(folder.path(), 0);
  for (int d = 0; d < 3000; ++d) {
    std::vector<std::string> texts;
    for (int i = 0; i < 20; ++i)
      texts.push_back(fmt::format("token{}        ", random.below(1 + random.below(9000))));
    std::vector<TokenOccurrence> occurrences;
    for (const std::string& text : texts) occurrences.push_back({text, 1, TokenKind::kWord});
    TokenRuns& table = d % 2 == 0 ? tokens : others;
    table.add(occurrences);
    table.end_document();
    std::ranges::sort(texts);
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    for (const std::string& text : texts) ++expected[text];
  }
  tokens.finish();
  others.finish();
  CHECK(tokens.runs().size() > 10);
  std::vector<TokenRuns::Run> runs = tokens.runs();
  runs.insert(runs.end(), others.runs().begin(), others.runs().end());
  std::map<std::string, std::uint64_t> found;
  merge_runs(runs, 0, [&](std::string_view text, TokenKind kind, std::uint64_t documents) {
    REQUIRE(kind == TokenKind::kWord);
    REQUIRE(found.emplace(text, documents).second);
  });
  CHECK(found == expected);
}

TEST_CASE("a vocabulary that does not fit in memory is refused before the rows are written") {
  const TempDir folder;
  const std::vector<Document> documents = random_documents(50, 1);
  StoredDocuments stream(documents);
  Workers workers(1);
  RowsOnDisk rows(folder.path());
  const std::vector<std::int32_t> labels(documents.size(), 0);
  const auto refuse = [](const KindCounts& counts) {
    throw Error("vocabulary", fmt::format("{} tokens", counts[1]));
  };
  const std::string message = error_of([&] {
    fit_vectorizer_on_disk(stream, {}, labels, workers, rows, {folder.path(), 1000, refuse});
  });
  StoredRows in_memory;
  const Vectorizer fitted = fit_vectorizer(stream, {}, labels, workers, in_memory);
  CHECK(message == fmt::format("vocabulary: {} tokens", fitted.vocabulary().size()));
  CHECK(rows.view().size() == 0);
}
