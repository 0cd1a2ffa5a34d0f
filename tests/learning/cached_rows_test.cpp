// SPDX-License-Identifier: MIT
#include "learning/cached_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/digest.hpp"
#include "newsclf/parallel/workers.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t kDocuments = 3;

struct Fitted {
  Vectorizer vectorizer;
  SparseRows rows;
};

/// @param texts with their labels: the second one is another than those of the others
Fitted fit_texts(const std::vector<std::pair<std::string, std::string>>& texts,
                 VectorizerOptions options = {}) {
  std::vector<Document> documents;
  for (const auto& [label, text] : texts) documents.push_back({"", label, text, true});
  StoredDocuments stream(documents);
  options.vocabulary.min_df = 1;
  options.weighting.token_scale = TokenScale::kNb;
  Workers workers(1);
  StoredRows rows;
  const std::vector<std::int32_t> labels = {0, 1, 0};
  Vectorizer vectorizer = fit_vectorizer(stream, options, labels, workers, rows);
  return {std::move(vectorizer), std::move(rows.rows)};
}

Fitted fit() {
  return fit_texts({{"space", "moon orbit moon"}, {"ball", "bat ball"}, {"space", "moon ball"}});
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

TEST_CASE("rows of the same documents are those of earlier builds, or have another version") {
  VectorizerOptions options;
  options.text.max_long_ngram = 2;
  options.vocabulary.min_char_df = options.vocabulary.min_long_df = 1;
  options.text.min_char_ngram = 3;
  options.text.max_char_ngram = 4;
  const Fitted fitted = fit_texts(
      {{"space", "Subject: Re: orbit\n\nThe shuttle's re-entry: 3.5 km/s, e-mail nasa@example.org"},
       {"ball", "Caf\u00e9 BALL, \u6771\u4eac \U0001F600 don't C++ \u00bd http://a.example/b?c=d"},
       {"space", "orbit orbit moon_1 \u041b\u0443\u043d\u0430"}},
      options);
  Digest digest;
  digest.add_sized(fitted.vectorizer.vocabulary().bytes());
  digest.add_sized(fitted.rows.offsets);
  digest.add_sized(fitted.rows.columns);
  std::vector<std::int32_t> values;
  for (const float value : fitted.rows.values)
    values.push_back(static_cast<std::int32_t>(std::lround(value * 1000)));
  digest.add_sized(values);
  // If this is another one, files of rows are too: raise their version in cached_rows.cpp.
  CHECK(digest.hex() == "88585f9be10e9c0ce7b7ef537fd748f9");
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
  CHECK_THAT(problem([](SparseRows& rows) { rows.end_row(); }, options),
             Contains("tensor \"row_offsets\" at byte ") && Contains("expected shape [4]"));
  CHECK_THAT(problem(nothing, options, 2), Contains("expected shape [3]"));
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
  CHECK_THAT(problem(nothing, without_idf), Contains("tensor \"idf\" at byte "));
  CHECK_THAT(problem(nothing, without_scale), Contains("tensor \"token_scale\" at byte "));
}
