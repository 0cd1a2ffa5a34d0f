// SPDX-License-Identifier: MIT
#include "learning/cached_rows.hpp"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "newsclf/parallel/workers.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr std::size_t kDocuments = 3;

struct Fitted {
  Vectorizer vectorizer;
  SparseRows rows;
};

Fitted fit() {
  const std::vector<Document> documents =
      corpus({{"space", "moon orbit moon"}, {"ball", "bat ball"}, {"space", "moon ball"}});
  StoredDocuments stream(documents);
  VectorizerOptions options;
  options.vocabulary.min_df = 1;
  options.weighting.token_scale = TokenScale::kNb;
  Workers workers(1);
  StoredRows rows;
  const std::vector<std::int32_t> labels = {0, 1, 0};
  Vectorizer vectorizer = fit_vectorizer(stream, options, labels, workers, rows);
  return {std::move(vectorizer), std::move(rows.rows)};
}

}  // namespace

TEST_CASE("kept rows are those that were written, and only under their key") {
  const TempDir folder;
  const std::string path = folder / "rows";
  const Fitted fitted = fit();
  const VectorizerOptions options = fitted.vectorizer.options();
  CHECK_FALSE(CachedRows::open(path, "key", options, kDocuments));
  CachedRows::write(path, "key", fitted.vectorizer, fitted.rows);
  CHECK_FALSE(CachedRows::open(path, "other", options, kDocuments));
  const std::optional<CachedRows> cached = CachedRows::open(path, "key", options, kDocuments);
  REQUIRE(cached);
  CHECK(cached->vectorizer().counts() == fitted.vectorizer.counts());
  CHECK(std::ranges::equal(cached->rows().offsets, fitted.rows.offsets));
  CHECK(std::ranges::equal(cached->rows().columns, fitted.rows.columns));
  CHECK(std::ranges::equal(cached->rows().values, fitted.rows.values));
}

TEST_CASE("kept rows that cannot be those of the documents are damaged, whatever their digest") {
  const TempDir folder;
  const std::string path = folder / "rows";
  const Fitted fitted = fit();
  const VectorizerOptions options = fitted.vectorizer.options();
  const auto problem = [&](const std::function<void(SparseRows&)>& change,
                           VectorizerOptions expected, std::size_t documents = kDocuments) {
    SparseRows rows = fitted.rows;
    change(rows);
    CachedRows::write(path, "key", fitted.vectorizer, rows);
    return error_of([&] { CachedRows::open(path, "key", expected, documents); });
  };
  const std::string damaged = path + ": the file is damaged: ";
  const auto nothing = [](SparseRows&) {};
  CHECK(problem([](SparseRows& rows) { rows.end_row(); }, options) ==
        damaged + "it has not one row per document");
  CHECK(problem(nothing, options, 2) == damaged + "it has not one row per document");
  CHECK(problem([](SparseRows& rows) { rows.offsets[1] = rows.offsets[3]; }, options) ==
        damaged + "its rows do not end where they should");
  CHECK(problem([](SparseRows& rows) { std::swap(rows.columns[0], rows.columns[1]); }, options) ==
        damaged + "a row has columns that are not ascending, or that no token has");
  CHECK(problem([](SparseRows& rows) { rows.columns[1] = 4; }, options) ==
        damaged + "a row has columns that are not ascending, or that no token has");
  CHECK(problem([](SparseRows& rows) { rows.columns[0] = -1; }, options) ==
        damaged + "a row has columns that are not ascending, or that no token has");
  CHECK(problem([](SparseRows& rows) { rows.values[2] = std::numeric_limits<float>::quiet_NaN(); },
                options) == damaged + "a weight is not finite");
  VectorizerOptions without_idf = options, without_scale = options;
  without_idf.weighting.weighting = Weighting::kLog;
  without_scale.weighting.token_scale = TokenScale::kNone;
  CHECK(problem(nothing, without_idf) == damaged + "its numbers of factors differ");
  CHECK(problem(nothing, without_scale) == damaged + "its numbers of factors differ");
}
