// SPDX-License-Identifier: MIT
#include <cmath>

#include "newsclf/features/vectorizer.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Labels = std::vector<std::int32_t>;

const auto kOld = corpus({{"a", "moon orbit"}, {"b", "ball moon"}});

VectorizerOptions scaled() {
  VectorizerOptions options;
  options.weighting.token_scale = TokenScale::kNb;
  options.weighting.nb_smoothing = 1;
  return options;
}

std::pair<Vectorizer, SparseRows> extend(const Vectorizer& base, std::int32_t other_labels,
                                         std::span<const Document> documents,
                                         const VectorizerOptions& options, const Labels& labels) {
  StoredDocuments stored(documents);
  StoredRows rows;
  Workers alone(1);
  Vectorizer extended = extend_vectorizer({base, std::ssize(kOld), other_labels}, stored, options,
                                          labels, alone, rows);
  return {std::move(extended), std::move(rows.rows)};
}

}  // namespace

TEST_CASE("an extended vectorizer keeps its columns and factors and adds those of new tokens") {
  const Vectorizer base = fit_vectorizer(kOld, scaled(), Labels{0, 1}).first;
  const auto documents = corpus({{"c", "tree moon"}, {"c", "tree leaf"}, {"c", "tree"}});
  const auto [extended, rows] = extend(base, 2, documents, scaled(), {0, 0, 0});
  REQUIRE(extended.vocabulary().size() == 5);
  for (std::int32_t c = 0; c < 3; ++c) {
    const auto place = static_cast<std::size_t>(c);
    CHECK(extended.vocabulary().token(c) == base.vocabulary().token(c));
    CHECK(extended.factors().idf[place] == base.factors().idf[place]);
    CHECK(extended.factors().token_scale[place] == base.factors().token_scale[place]);
  }
  CHECK(extended.vocabulary().token(3) == "tree");
  CHECK(extended.vocabulary().token(4) == "leaf");
  // 3 and 1 of 5 documents; 4 and 2 of 8 smoothed counts, but 1 of 8 for each of two other labels.
  const ColumnFactors& factors = extended.factors();
  require_close(factors.idf.subspan(3), std::vector{std::log(6 / 4.0f) + 1, std::log(3.0f) + 1},
                1e-6);
  require_close(factors.token_scale.subspan(3), std::vector{std::log(4.0f), std::log(2.0f)}, 1e-6);
  CHECK(transform(extended, documents).values == rows.values);
  CHECK(rows.columns == Labels{extended.vocabulary().find("moon"), 3, 3, 4, 3});
}

TEST_CASE("an extension without a new token is the same vectorizer") {
  const Vectorizer base = fit_vectorizer(kOld, scaled(), Labels{0, 1}).first;
  VectorizerOptions rare = scaled();
  rare.vocabulary.min_df = 9;
  const auto [extended, rows] = extend(base, 1, corpus({{"a", "moon sun"}}), rare, {0});
  CHECK(extended.vocabulary().size() == 3);
  CHECK(rows.columns == Labels{0});
}
