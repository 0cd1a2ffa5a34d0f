// SPDX-License-Identifier: MIT
#include "newsclf/features/vectorizer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "corpus/blocks.hpp"
#include "newsclf/corpus/split.hpp"
#include "newsclf/parallel/random.hpp"
#include "support/support.hpp"
#include "support/thread_group.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Words = std::vector<std::string>;
using Floats = std::vector<float>;
using Columns = std::vector<std::int32_t>;

Words tokens_of(const Vectorizer& vectorizer) {
  Words tokens;
  for (std::int32_t c = 0; c < vectorizer.vocabulary().size(); ++c)
    tokens.emplace_back(vectorizer.vocabulary().token(c));
  return tokens;
}

VectorizerOptions weighted(Weighting weighting, Norm norm, float input_norm) {
  VectorizerOptions options;
  options.weighting = {weighting, norm, input_norm};
  return options;
}
VectorizerOptions plain_counts() { return weighted(Weighting::kCount, Norm::kNone, 1); }
VectorizerOptions selecting(const VocabularyOptions& vocabulary) {
  VectorizerOptions options;
  options.vocabulary = vocabulary;
  return options;
}

/// The tokens that enter the vocabulary, in the order of their columns.
Words fitted_tokens(const std::vector<Document>& documents, const VocabularyOptions& options) {
  return tokens_of(fit_vectorizer(documents, selecting(options)).first);
}

double norm_of(const SparseRow& row) {
  double sum = 0;
  for (const float value : row.values) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

/// Options with words, n-grams of five characters and pairs of words as long n-grams.
VectorizerOptions all_kinds() {
  VectorizerOptions options;
  options.text.min_char_ngram = options.text.max_char_ngram = 5;
  options.text.max_long_ngram = 2;
  return options;
}

std::vector<Document> red_documents() {
  return corpus({{"", "red moon"}, {"", "red moon"}, {"", "red star"}});
}

void require_equal(const SparseRows& actual, const SparseRows& expected) {
  REQUIRE(actual.offsets == expected.offsets);
  REQUIRE(actual.columns == expected.columns);
  REQUIRE(actual.values == expected.values);
}

}  // namespace

TEST_CASE("tf-idf equals scikit-learn's with sublinear tf and smooth idf") {
  const auto documents =
      corpus({{"space", "moon moon orbit"}, {"space", "moon ball"}, {"baseball", "ball"}});
  const auto [vectorizer, rows] =
      fit_vectorizer(documents, weighted(Weighting::kTfidf, Norm::kNone, 1));
  // 2 of 3 documents contain `ball`, 2 `moon`, 1 `orbit`: ln(4/3) + 1, ln(4/3) + 1, ln(4/2) + 1.
  CHECK(tokens_of(vectorizer) == Words{"ball", "moon", "orbit"});
  require_close(vectorizer.factors().idf, Floats{1.2876821f, 1.2876821f, 1.6931472f}, 1e-6);
  CHECK(rows.offsets == std::vector<std::int64_t>{0, 2, 4, 5});
  CHECK(rows.columns == Columns{1, 2, 0, 1, 0});
  // `moon` twice: (1 + ln 2) * 1.2876821 = 2.1802353
  require_close(rows.values, Floats{2.1802353f, 1.6931472f, 1.2876821f, 1.2876821f, 1.2876821f},
                1e-6);
}

TEST_CASE("columns are numbered by falling document frequency, then in byte order") {
  const auto documents =
      corpus({{"a", "zoo zoo zoo Bat bat été"}, {"a", "bat ball"}, {"a", "ball moon zoo"}});
  CHECK(fitted_tokens(documents, {}) == Words{"ball", "bat", "zoo", "moon", "été"});
}

TEST_CASE("occurrences in one document do not add to the document frequency") {
  const auto documents = corpus({{"a", "moon moon moon"}, {"a", "orbit"}, {"a", "orbit"}});
  CHECK(fitted_tokens(documents, {}) == Words{"orbit", "moon"});
  CHECK(fitted_tokens(documents, {.min_df = 2}) == Words{"orbit"});
}

TEST_CASE("tokens in fewer than min_df documents are dropped") {
  const auto documents = corpus({{"a", "one two three"}, {"a", "two three"}, {"a", "three"}});
  CHECK(fitted_tokens(documents, {.min_df = 1}) == Words{"three", "two", "one"});
  CHECK(fitted_tokens(documents, {.min_df = 2}) == Words{"three", "two"});
  CHECK(fitted_tokens(documents, {.min_df = 3}) == Words{"three"});
}

TEST_CASE("tokens in more than the share max_df of documents are dropped") {
  const auto documents = corpus(
      {{"a", "one two three four"}, {"a", "two three four"}, {"a", "three four"}, {"a", "four"}});
  CHECK(fitted_tokens(documents, {.max_df = 1.0}) == Words{"four", "three", "two", "one"});
  CHECK(fitted_tokens(documents, {.max_df = 0.75}) == Words{"three", "two", "one"});
  CHECK(fitted_tokens(documents, {.max_df = 0.74}) == Words{"two", "one"});
  CHECK(fitted_tokens(documents, {.min_df = 2, .max_df = 0.5}) == Words{"two"});
}

TEST_CASE("a token in exactly the share max_df of documents is kept despite rounding") {
  // In floating point 0.29 * 100 is below 29.
  std::vector<Document> documents;
  for (int i = 0; i < 100; ++i) documents.push_back({"", "a", i < 29 ? "moon ball" : "ball"});
  CHECK(fitted_tokens(documents, {.max_df = 0.29}) == Words{"moon"});
}

TEST_CASE("max_features keeps the tokens with the highest document frequency") {
  const auto documents = corpus({{"a", "one two three"}, {"a", "two three"}, {"a", "three ball"}});
  CHECK(fitted_tokens(documents, {.max_features = 1}) == Words{"three"});
  CHECK(fitted_tokens(documents, {.max_features = 3}) == Words{"three", "two", "ball"});
  CHECK(fitted_tokens(documents, {.max_features = 9}) == Words{"three", "two", "ball", "one"});
  CHECK(fitted_tokens(documents, {.max_features = 0}) == Words{"three", "two", "ball", "one"});
  CHECK(fitted_tokens(documents, {.max_df = 0.7, .max_features = 1}) == Words{"two"});
}

TEST_CASE("dropped tokens are not in any row") {
  const auto documents = corpus({{"a", "one two"}, {"a", "two three"}});
  VectorizerOptions options = plain_counts();
  options.vocabulary.min_df = 2;
  const auto rows = fit_vectorizer(documents, options).second;
  CHECK(rows.offsets == std::vector<std::int64_t>{0, 1, 2});
  CHECK(rows.columns == Columns{0, 0});
}

TEST_CASE("fitting and transforming give the same rows") {
  std::vector<Document> documents = corpus({{"a", "Moon orbit moon ball"},
                                            {"a", ""},
                                            {"b", "ball bat ball ball"},
                                            {"b", "été moon"},
                                            {"b", "only here"}});
  documents.push_back(post("Subject: Re: moon bat\n\n> quoted ball\norbit orbit\n\nfooter ball"));
  for (const auto& weighting : kWeightings)
    for (const auto& norm : kNorms) {
      VectorizerOptions options;
      options.text = {.post_headers = false,
                      .strip_quotes = true,
                      .max_ngram = 2,
                      .min_char_ngram = 3,
                      .max_char_ngram = 4};
      options.vocabulary = {.min_df = 1, .max_df = 0.6, .max_features = 30};
      options.weighting = {weighting.value, norm.value, 7};
      const auto [vectorizer, rows] = fit_vectorizer(documents, options);
      REQUIRE(rows.size() == documents.size());
      REQUIRE(rows.columns.size() > 9);
      require_equal(transform(vectorizer, documents), rows);
    }
}

TEST_CASE("no token of a held-out document enters the vocabulary") {
  // Every document has a unique token, so the vocabulary shows which documents were seen.
  std::vector<Document> documents;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 60; ++i) {
    const std::string own = "own" + std::to_string(i);
    documents.push_back({own, i % 2 ? "space" : "baseball", "shared " + own});
    labels.push_back(i % 2);
  }
  StoredDocuments stored(documents);
  const Split split = stratified_split(labels, thread_keys(stored), 0.2, 1);
  std::vector<Document> train, held_out;
  for (const std::size_t i : split.train) train.push_back(documents[i]);
  for (const std::size_t i : split.held_out) held_out.push_back(documents[i]);
  REQUIRE(train.size() == 48);
  REQUIRE(held_out.size() == 12);

  const Vectorizer vectorizer = fit_vectorizer(train, {}).first;
  const SparseRows rows = transform(vectorizer, held_out);

  const Vocabulary& vocabulary = vectorizer.vocabulary();
  CHECK(vocabulary.size() == 1 + 48);
  for (const Document& document : train) CHECK(vocabulary.find(document.id) > 0);
  for (const Document& document : held_out)
    CHECK(vocabulary.find(document.id) == Vocabulary::kUnknown);
  CHECK(rows.columns == Columns(12, vocabulary.find("shared")));
  // The idf ignores them too: ln((1 + 48) / (1 + 48)) + 1 and ln((1 + 48) / (1 + 1)) + 1.
  CHECK(vectorizer.factors().idf[0] == 1);
  CHECK(vectorizer.factors().idf[1] == Approx(4.1986732));
}

TEST_CASE("with l2, every row has the input norm") {
  const auto documents =
      corpus({{"a", "moon"}, {"a", "moon moon orbit ball"}, {"b", "ball bat bat bat moon"}});
  for (const auto& weighting : kWeightings)
    for (const float norm : {1.0f, 30.0f}) {
      const auto rows =
          fit_vectorizer(documents, weighted(weighting.value, Norm::kL2, norm)).second;
      for (std::size_t r = 0; r < rows.size(); ++r)
        CHECK(norm_of(rows.row(r)) == Approx(norm).epsilon(1e-6));
    }
}

TEST_CASE("a token unseen in training is ignored") {
  const auto vectorizer = fit_vectorizer(corpus({{"a", "moon orbit"}}), {}).first;
  require_equal(transform(vectorizer, corpus({{"", "moon comet orbit comet"}})),
                transform(vectorizer, corpus({{"", "moon orbit"}})));
}

TEST_CASE("a document without known tokens has an empty row") {
  const auto vectorizer = fit_vectorizer(corpus({{"a", "moon orbit"}}), {}).first;
  const SparseRows rows = transform(vectorizer, corpus({{"", ""}, {"", "comet"}, {"", "moon"}}));
  CHECK(rows.offsets == std::vector<std::int64_t>{0, 0, 0, 1});
}

TEST_CASE("idf counts empty documents too") {
  const auto vectorizer = fit_vectorizer(corpus({{"a", "moon"}, {"a", ""}, {"a", ""}}), {}).first;
  CHECK(vectorizer.factors().idf[0] == Approx(std::log(4.0 / 2.0) + 1));
}

TEST_CASE("a row does not depend on documents that were transformed before") {
  const auto documents = corpus({{"a", "moon orbit"}, {"b", "ball bat ball"}});
  const auto vectorizer = fit_vectorizer(documents, {}).first;
  Workers workers(1);
  ParallelTransformer transformer(vectorizer, workers);
  const SparseRows together =
      transformer.transform(std::vector{documents[0], documents[1], documents[0]});
  const SparseRows alone = transformer.transform({documents.data(), 1});
  REQUIRE(together.size() == 3);
  CHECK(Floats(together.row(2).values.begin(), together.row(2).values.end()) == alone.values);
  CHECK(Columns(together.row(2).columns.begin(), together.row(2).columns.end()) == alone.columns);
}

TEST_CASE("columns of a row are sorted, and repeated tokens add up") {
  const auto documents = corpus({{"a", "c b a"}, {"a", "b c b a b"}});
  const auto rows = fit_vectorizer(documents, plain_counts()).second;
  CHECK(rows.columns == Columns{0, 1, 2, 0, 1, 2});
  CHECK(rows.values == Floats{1, 1, 1, 1, 3, 1});
}

TEST_CASE("the subject weight of a post is included in the counts") {
  const std::vector<Document> documents = {post("Subject: moon\n\nmoon orbit")};
  VectorizerOptions options = plain_counts();
  options.text.post_headers = false;
  const auto [vectorizer, rows] = fit_vectorizer(documents, options);
  CHECK(tokens_of(vectorizer) == Words{"moon", "orbit"});
  CHECK(rows.values == Floats{6, 1});
}

TEST_CASE("n-grams are tokens of the vocabulary") {
  const auto documents = corpus({{"a", "moon orbit ball"}});
  VectorizerOptions options;
  options.text.max_ngram = 2;
  const auto vectorizer = fit_vectorizer(documents, options).first;
  CHECK(tokens_of(vectorizer) == Words{"ball", "moon", "moon orbit", "orbit", "orbit ball"});
}

TEST_CASE("character n-grams are tokens of the vocabulary in addition to words") {
  const auto documents = corpus({{"a", "moon"}, {"a", "noon"}});
  VectorizerOptions options = plain_counts();
  options.text.min_char_ngram = options.text.max_char_ngram = 3;
  const auto [vectorizer, rows] = fit_vectorizer(documents, options);
  CHECK(tokens_of(vectorizer) ==
        Words{" on>", " oon", " <mo", " <no", " moo", " noo", "moon", "noon"});
  CHECK(rows.columns == Columns{0, 1, 2, 4, 6, 0, 1, 3, 5, 7});
  CHECK(rows.values == Floats(10, 1));
}

TEST_CASE("documents are short below 200 characters on average") {
  const auto are_short_of = [&](std::initializer_list<std::size_t> sizes) {
    std::vector<Document> documents;
    for (const std::size_t size : sizes) documents.push_back({"", "", std::string(size, 'x')});
    StoredDocuments stored(documents);
    return are_short(stored);
  };
  CHECK(are_short_of({199}));
  CHECK_FALSE(are_short_of({200}));
  CHECK(are_short_of({0, 100, 499}));  // 599 characters, below 3 * 200
  CHECK_FALSE(are_short_of({0, 100, 500}));
  CHECK(are_short_of({0}));
  CHECK_FALSE(are_short_of({}));
}

TEST_CASE("the length of documents is in characters, not bytes") {
  const auto are_short_with = [](const char* character, std::size_t count) {
    Document document;
    for (std::size_t i = 0; i < count; ++i) document.text += character;
    std::vector<Document> documents = {std::move(document)};
    StoredDocuments stored(documents);
    return are_short(stored);
  };
  for (const char* character : {"x", "\u0436", "\u0939", "\U0001f680"}) {
    CHECK(are_short_with(character, 199));
    CHECK_FALSE(are_short_with(character, 200));
  }
}

TEST_CASE("a word unseen in training is represented by its character n-grams") {
  VectorizerOptions options = plain_counts();
  options.text.min_char_ngram = options.text.max_char_ngram = 3;
  const auto vectorizer = fit_vectorizer(corpus({{"a", "moon"}}), options).first;
  REQUIRE(tokens_of(vectorizer) == Words{" <mo", " moo", " on>", " oon", "moon"});
  CHECK(transform(vectorizer, corpus({{"", "moor spoon"}})).columns == Columns{0, 1, 2, 3});
}

TEST_CASE("a vectorizer stores its options, and has idf only with tfidf") {
  const auto documents = corpus({{"a", "moon orbit"}});
  for (const auto& choice : kWeightings) {
    const auto vectorizer = fit_vectorizer(documents, weighted(choice.value, Norm::kL2, 11)).first;
    CHECK(vectorizer.options().weighting.weighting == choice.value);
    CHECK(vectorizer.options().weighting.input_norm == 11);
    CHECK(vectorizer.factors().idf.size() == (choice.value == Weighting::kTfidf ? 2 : 0));
  }
}

TEST_CASE("the naive-Bayes scale is applied before the norm, in fitting and in transforming") {
  const auto documents = corpus({{"a", "moon"}, {"a", "moon ball"}, {"b", "ball"}});
  VectorizerOptions options = weighted(Weighting::kBinary, Norm::kL2, 1);
  options.weighting.token_scale = TokenScale::kNb;
  const std::vector<std::int32_t> labels = {0, 0, 1};
  const auto [vectorizer, rows] = fit_vectorizer(documents, options, labels);
  CHECK(tokens_of(vectorizer) == Words{"ball", "moon"});
  // Counts plus 0.3: label a has 1.3 and 2.3 (sum 3.6), label b has 1.3 and 0.3 (sum 1.6).
  const float ball = std::log(2.25f), moon = std::log(92 / 27.0f), norm = std::hypot(ball, moon);
  require_close(vectorizer.factors().token_scale, Floats{ball, moon}, 1e-6);
  require_close(rows.values, Floats{1, ball / norm, moon / norm, 1}, 1e-6);
  CHECK(transform(vectorizer, documents).values == rows.values);
}

TEST_CASE("a fitted vectorizer is valid, and copies share its arrays") {
  auto original = std::make_unique<Vectorizer>(
      fit_vectorizer(corpus({{"a", "moon orbit"}, {"b", "ball moon"}}), {}).first);
  const Vectorizer copy = *original;
  CHECK(copy.factors().idf.data() == original->factors().idf.data());
  CHECK(copy.vocabulary().bytes().data() == original->vocabulary().bytes().data());
  original.reset();
  CHECK(copy.vocabulary().find("moon") == 0);
  CHECK(copy.factors().idf[0] == 1);
}

TEST_CASE("documents without any token are an error") {
  CHECK(error_of([] { fit_vectorizer(corpus({{"a", ""}, {"a", "--"}}), {}); }) ==
        "training data: the documents contain no tokens; check that they contain text");
}

TEST_CASE("vocabulary options that drop every token are an error") {
  const auto documents = corpus({{"a", "moon"}, {"a", "moon orbit"}});
  CHECK(error_of([&] { fit_vectorizer(documents, selecting({.min_df = 3})); }) ==
        "training data: the options leave no token in the vocabulary (distinct tokens: 2)");
}

TEST_CASE("vectorizer and rows are the same for any number of threads and block size") {
  Random random(3);
  std::vector<Document> documents;
  std::vector<std::int32_t> labels;
  for (std::int32_t d = 0; d < 300; ++d) {
    std::string text;
    for (std::uint64_t words = random.below(60); words > 0; --words)
      text += "w" + std::to_string(random.below(1 + random.below(4000))) + " ";
    documents.push_back({"", "", text, false});
    labels.push_back(d % 3);
  }
  VectorizerOptions options;
  options.weighting.token_scale = TokenScale::kNb;
  options.vocabulary.max_features = 500;
  const auto [alone, rows] = fit_vectorizer(documents, options, labels);
  for (const int threads : {1, 2, 7})
    for (const std::size_t size : {1u, 13u, 300u}) {
      INFO(threads << " threads, blocks of " << size);
      Workers workers(threads);
      DocumentBlocks blocks(documents, size);
      StoredRows fitted, transformed;
      const Vectorizer other = fit_vectorizer(blocks, options, labels, workers, fitted);
      CHECK(tokens_of(other) == tokens_of(alone));
      CHECK(std::ranges::equal(other.factors().idf, alone.factors().idf));
      CHECK(std::ranges::equal(other.factors().token_scale, alone.factors().token_scale));
      require_equal(fitted.rows, rows);
      transform(alone, blocks, workers, transformed);
      require_equal(transformed.rows, rows);
    }
}

namespace {

/// Texts of few words, so that n-grams are repeated, with words of all lengths, scripts without
/// spaces, emoji and punctuation.
std::vector<Document> varied_documents() {
  const Words words = {"a",
                       "of",
                       "the",
                       "moon",
                       "Orbit",
                       "planet",
                       "shuttle",
                       "shuttles",
                       "internationalisation",
                       "\u00e9t\u00e9",
                       "\u041c\u043e\u0441\u043a\u0432\u0430",
                       "\u4e2d\u6587\u8bcd",
                       "\u0e44\u0e17\u0e22",
                       "\U0001F680",
                       "--",
                       "x1",
                       "caf\u00e9s"};
  Random random(5);
  std::vector<Document> documents;
  for (int d = 0; d < 60; ++d) {
    Document document{"", "", "", d % 3 == 0};
    if (document.may_be_post) document.text = "Subject: moon of the planet\nFrom: a@b.c\n\n";
    for (std::uint64_t count = random.below(40); count > 0; --count)
      document.text += words[random.below(1 + random.below(words.size()))] + " ";
    if (d % 7 == 1) document.parts = {{document.text.size() / 2, 3}, {document.text.size(), 1}};
    while (d % 7 == 1 && continues_character(document.text[document.parts[0].end]))
      ++document.parts[0].end;
    documents.push_back(std::move(document));
  }
  return documents;
}

/// Options with n-grams of all kinds and with vocabularies that lack words of their n-grams.
std::vector<VectorizerOptions> varied_options() {
  std::vector<VectorizerOptions> all(8);
  all[1].text.max_long_ngram = 2;
  all[2].text.max_long_ngram = 4;
  all[2].text.max_ngram = 2;
  all[3].text.max_ngram = 3;
  all[3].vocabulary.max_features = 40;
  all[4].text.min_ngram = 2;
  all[4].text.max_ngram = 3;
  all[5] = all_kinds();
  all[5].text.min_char_ngram = 2;
  all[5].vocabulary.min_long_df = 1;
  all[6].text.max_ngram = 2;
  all[6].vocabulary.stop_words = english_stop_words();
  all[7].text.max_long_ngram = 2;
  all[7].text.token_pattern = TokenPattern::kNonspace;
  for (VectorizerOptions& options : all) options.weighting = {Weighting::kCount, Norm::kNone, 1};
  return all;
}

}  // namespace

TEST_CASE("processes that each count a share of the documents fit the vectorizer of one") {
  const std::vector<Document> documents = varied_documents();
  std::vector<std::int32_t> labels;
  for (std::size_t d = 0; d < documents.size(); ++d)
    labels.push_back(static_cast<std::int32_t>(d % 3));
  const std::vector<VectorizerOptions> all = varied_options();
  for (std::size_t o = 0; o < all.size(); ++o) {
    VectorizerOptions options = all[o];
    options.weighting.token_scale = TokenScale::kNb;
    const auto [alone, rows] = fit_vectorizer(documents, options, labels);
    for (const int processes : {2, 5})
      for (const std::size_t size : {std::size_t{7}, documents.size()}) {
        INFO("options " << o << ", " << processes << " processes, blocks of " << size);
        std::vector<Vectorizer> fitted(static_cast<std::size_t>(processes));
        std::vector<StoredRows> stored(fitted.size());
        run_processes(processes, [&](ProcessGroup& group) {
          const auto rank = static_cast<std::size_t>(group.rank());
          Workers workers(1 + group.rank() % 2);
          DocumentBlocks blocks(documents, size);
          fitted[rank] = fit_vectorizer(blocks, options, labels, workers, stored[rank],
                                        std::numeric_limits<std::size_t>::max(), 0, &group);
        });
        for (std::size_t rank = 0; rank < fitted.size(); ++rank) {
          CHECK(tokens_of(fitted[rank]) == tokens_of(alone));
          CHECK(
              std::ranges::equal(fitted[rank].factors().token_scale, alone.factors().token_scale));
          require_equal(stored[rank].rows, rows);
        }
      }
  }
}

TEST_CASE("a long document gets the same row in training and prediction") {
  std::string text;
  for (int i = 0; i < 60'000; ++i) text += "word" + std::to_string(i % 1000) + ' ';
  REQUIRE(text.size() > Analyzer::kLongestPiece);
  const std::vector<Document> documents = corpus({{"", text.c_str()}, {"", "word3 word4"}});
  for (const int min_df : {1, 2}) {
    const VectorizerOptions options{.text = {.max_ngram = 3}, .vocabulary = {.min_df = min_df}};
    Workers workers(1);
    StoredDocuments stored(documents);
    StoredRows rows;
    const Vectorizer vectorizer = fit_vectorizer(stored, options, {}, workers, rows);
    CHECK(vectorizer.vocabulary().size() == (min_df == 1 ? 3000 : 3));
    require_equal(transform(vectorizer, documents), rows.rows);
  }
}

TEST_CASE("the vocabulary and the counts are those of the tokens of the analyzer") {
  const std::vector<Document> documents = varied_documents();
  for (VectorizerOptions options : varied_options()) {
    Analyzer analyzer(options.text);
    std::map<std::string, std::int64_t> document_frequency;
    std::vector<std::map<std::string, float>> counts;
    for (const Document& document : documents) {
      auto& row = counts.emplace_back();
      for (const auto& [token, count, kind] : analyzer.analyze(document))
        row[std::string(token)] += static_cast<float>(count);
      for (const auto& [token, count] : row) ++document_frequency[token];
    }
    for (const auto& [threads, min_df] : {std::pair(1, 1), {2, 1}, {1, 2}, {2, 2}, {3, 4}}) {
      options.vocabulary = {.min_df = min_df, .min_long_df = 1};
      Workers workers(threads);
      StoredDocuments stored(documents);
      StoredRows rows;
      const Vectorizer vectorizer = fit_vectorizer(stored, options, {}, workers, rows);
      const Words tokens = tokens_of(vectorizer);
      const auto is_kept = [&](const std::string& token) {
        return document_frequency[token] >= min_df;
      };
      REQUIRE(std::ranges::all_of(tokens, is_kept));
      for (std::size_t r = 0; r < documents.size(); ++r) {
        std::map<std::string, float> row, expected;
        for (const auto& [token, count] : counts[r])
          if (is_kept(token)) expected[token] = count;
        const auto [columns, values] = rows.rows.row(r);
        for (std::size_t k = 0; k < columns.size(); ++k)
          row[tokens[static_cast<std::size_t>(columns[k])]] = values[k];
        REQUIRE(row == expected);
      }
    }
  }
}

TEST_CASE("all distinct tokens are counted, even if n-grams of one document get no number") {
  const auto documents = corpus({{"a", "one two three one"}, {"a", "two one two three"}});
  VectorizerOptions options;
  options.text.max_ngram = 3;
  for (const std::int64_t min_df : {3, 9}) {
    options.vocabulary.min_df = min_df;
    // three words; 4 pairs, of which `one two` and `two three` are in both; 3 triples
    CHECK(error_of([&] { fit_vectorizer(documents, options); }) ==
          "training data: the options leave no token in the vocabulary (distinct tokens: 10)");
  }
}

TEST_CASE("many documents get the same rows and shares of known words as one by one") {
  const std::vector<Document> documents = varied_documents();
  std::vector<Document> many;
  while (many.size() < 6000) many.insert(many.end(), documents.begin(), documents.end());
  Workers workers(2);
  for (const VectorizerOptions& options : varied_options()) {
    // Without the first documents, some words are unknown.
    const auto fitted = fit_vectorizer(std::span(documents).subspan(15), options).first;
    ParallelTransformer together(fitted, workers);
    const SparseRows& rows = together.transform(many);
    REQUIRE(rows.size() == many.size());
    for (std::size_t d = 0; d < documents.size(); ++d) {
      ParallelTransformer alone(fitted, workers);
      const SparseRows& row = alone.transform({&documents[d], 1});
      const std::size_t last = many.size() - documents.size() + d;
      REQUIRE(std::ranges::equal(rows.row(last).columns, row.columns));
      REQUIRE(std::ranges::equal(rows.row(last).values, row.values));
      REQUIRE(together.known_shares()[last] == alone.known_shares()[0]);
    }
  }
}

TEST_CASE("rows are written in parts, in document order") {
  struct RowCounter : RowWriter {
    void append(const RowsView& rows) override {
      for (std::size_t r = 0; r < rows.size(); ++r) sizes.push_back(rows.row(r).columns.size());
    }
    std::vector<std::size_t> sizes;
  } writer;
  const auto documents = corpus({{"a", "x y"}, {"a", ""}, {"a", "x"}, {"a", "x y z"}});
  DocumentBlocks blocks(documents, 3);
  Workers workers(2);
  fit_vectorizer(blocks, plain_counts(), {}, workers, writer);
  CHECK(writer.sizes == std::vector<std::size_t>{2, 0, 1, 3});
}

TEST_CASE("the naive-Bayes scale requires a label for every document and at least two labels") {
  const auto documents = corpus({{"a", "moon"}, {"b", "ball"}});
  VectorizerOptions options;
  options.weighting.token_scale = TokenScale::kNb;
  using Labels = std::vector<std::int32_t>;
  for (const Labels& labels :
       {Labels{}, Labels{0}, Labels{0, 0}, Labels{1, 1}, Labels{0, -1}, Labels{0, 1, 0}}) {
    CHECK(error_of([&] { fit_vectorizer(documents, options, labels); }) ==
          "naive-Bayes token scale: it requires labelled documents of two or more labels; label "
          "every document, or disable the token scale");
  }
}

TEST_CASE("counts too large for a float are summed exactly, in fitting and in transforming") {
  Document document{"", "a", "", false};
  for (int i = 0; i < 16778; ++i) document.text += "moon ";
  document.parts.push_back({document.text.size(), 1000});
  document.text += "moon moon moon";
  document.parts.push_back({document.text.size(), 1});
  const std::vector<Document> documents = {document};
  const auto [vectorizer, rows] = fit_vectorizer(documents, plain_counts());
  CHECK(rows.values == Floats{16778004});  // the float nearest to 16778003
  CHECK(transform(vectorizer, documents).values == rows.values);
}

TEST_CASE("columns are numbered by kind first: character n-grams, words, long n-grams") {
  VectorizerOptions options = all_kinds();
  const Vectorizer vectorizer = fit_vectorizer(red_documents(), options).first;
  CHECK(tokens_of(vectorizer) ==
        Words{" <red>", " <moon", " moon>", " <star", " star>", "red", "moon", "star", "red moon"});
  CHECK(vectorizer.counts() == KindCounts{5, 3, 1});
  CHECK(vectorizer.columns(TokenKind::kCharNgram, TokenKind::kCharNgram) == ColumnRange{0, 5});
  CHECK(vectorizer.columns(TokenKind::kCharNgram, TokenKind::kWord) == ColumnRange{0, 8});
  CHECK(vectorizer.columns(TokenKind::kWord, TokenKind::kLongNgram) == ColumnRange{5, 9});
  CHECK(vectorizer.columns(TokenKind::kLongNgram, TokenKind::kLongNgram) == ColumnRange{8, 9});
}

TEST_CASE("long and character n-grams have their own minimum numbers of documents") {
  const auto counts_with = [](std::int64_t all, std::int64_t characters, std::int64_t longer) {
    VectorizerOptions options = all_kinds();
    options.vocabulary.min_df = all;
    options.vocabulary.min_char_df = characters;
    options.vocabulary.min_long_df = longer;
    return fit_vectorizer(red_documents(), options).first.counts();
  };
  CHECK(counts_with(1, 1, 1) == KindCounts{5, 3, 2});
  CHECK(counts_with(1, 1, 2) == KindCounts{5, 3, 1});
  CHECK(counts_with(1, 2, 3) == KindCounts{3, 3, 0});
  CHECK(counts_with(1, 3, 1) == KindCounts{1, 3, 2});
  CHECK(counts_with(2, 1, 1) == KindCounts{3, 2, 1});  // min_df is a lower bound for every kind
}

TEST_CASE("max_features keeps the most frequent tokens of all kinds together") {
  VectorizerOptions options = all_kinds();
  options.vocabulary.max_features = 2;
  CHECK(tokens_of(fit_vectorizer(red_documents(), options).first) == Words{" <red>", "red"});
  options.vocabulary.max_features = 6;
  const Vectorizer vectorizer = fit_vectorizer(red_documents(), options).first;
  CHECK(tokens_of(vectorizer) == Words{" <red>", " <moon", " moon>", "red", "moon", "red moon"});
  CHECK(vectorizer.counts() == KindCounts{3, 2, 1});
}

TEST_CASE("long n-grams change neither the scale of words nor, up to the norm, their weights") {
  const auto documents = corpus({{"", "red moon red moon"},
                                 {"", "red moon sky"},
                                 {"", "red star"},
                                 {"", "green star moon"},
                                 {"", ""}});
  const std::vector<std::int32_t> labels = {0, 0, 1, 1, 1};
  for (const Norm norm : {Norm::kNone, Norm::kL2}) {
    VectorizerOptions options = weighted(Weighting::kTfidf, norm, 30);
    options.weighting.token_scale = TokenScale::kNb;
    const auto [words, word_rows] = fit_vectorizer(documents, options, labels);
    options.text.max_long_ngram = 2;
    options.vocabulary.min_long_df = 1;
    const auto [longer, rows] = fit_vectorizer(documents, options, labels);
    const ColumnRange word_columns = longer.columns(TokenKind::kWord, TokenKind::kWord);
    REQUIRE(word_columns == ColumnRange{0, words.vocabulary().size()});
    REQUIRE(longer.vocabulary().size() == words.vocabulary().size() + 6);
    const auto scale = longer.factors().token_scale.first(5);
    CHECK(std::ranges::equal(scale, words.factors().token_scale));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const SparseRow part = part_of(rows.row(r), word_columns);
      CHECK(std::ranges::equal(part.columns, word_rows.row(r).columns));
      const float factor = norm == Norm::kL2 ? norm_factor(rows.row(r), part) : 1;
      Floats values(part.values.begin(), part.values.end());
      for (float& value : values) value *= factor;
      require_close(values, word_rows.row(r).values, 1e-5);
    }
  }
}

TEST_CASE("documents with the label -1 add tokens but have no influence on the scale") {
  const auto documents =
      corpus({{"", "red moon"}, {"", "star moon"}, {"", "moon moon"}, {"", "new star"}});
  VectorizerOptions options;
  options.weighting.token_scale = TokenScale::kNb;
  const std::vector<std::int32_t> two_left_out = {0, 1, -1, -1};
  const auto [vectorizer, rows] = fit_vectorizer(documents, options, two_left_out);
  CHECK(tokens_of(vectorizer) == Words{"moon", "star", "new", "red"});
  CHECK(rows.size() == 4);
  // Each label has one document of 2 tokens: the shares of moon and new are equal, those of star
  // and red 1.3 and 0.3 of the same total.
  const float strong = std::log(1.3f / 0.3f);
  require_close(vectorizer.factors().token_scale, Floats{0, strong, 0, strong}, 1e-6);
}
