// SPDX-License-Identifier: MIT
#include "newsclf/learning/compact.hpp"

#include "learning/fake_backend.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

Classifier compacted(Classifier classifier, const Compactness& compactness) {
  Workers workers(1);
  return compact(std::move(classifier), compactness, FakeBackend(), workers);
}

/// The logits of the documents of only one token each.
std::vector<float> logits_of_tokens(const Classifier& classifier,
                                    std::initializer_list<const char*> tokens) {
  std::vector<Document> documents;
  for (const char* token : tokens) documents.push_back({token, {}, token});
  return native_logits(classifier.ensemble, transform(classifier.vectorizer, documents));
}

}  // namespace

TEST_CASE("weights in 32 bits stay as they are") {
  const Classifier classifier = compacted(tiny_with_linear(), {WeightForm::kF32});
  CHECK(classifier.vectorizer.vocabulary().size() == 4);
  CHECK(classifier.ensemble.networks[0].packed.is_empty());
  CHECK(logits_of_tokens(classifier, {"moon", "bat"}) ==
        logits_of_tokens(tiny_with_linear(), {"moon", "bat"}));
}

TEST_CASE("weights in 8 and 16 bits give nearly the same logits") {
  for (const WeightForm form : {WeightForm::kI8, WeightForm::kF16}) {
    const Classifier classifier = compacted(tiny_of_all_kinds(), {form});
    for (const Network& network : classifier.ensemble.networks)
      CHECK(network.packed.form() == form);
    require_close(logits_of_tokens(classifier, {"moon", "ball", "ball bat"}),
                  logits_of_tokens(tiny_of_all_kinds(), {"moon", "ball", "ball bat"}), 0.02);
  }
}

TEST_CASE("a rank below the width stores as many numbers per token, and others all") {
  const Classifier classifier = compacted(tiny_of_all_kinds(), {WeightForm::kLowRank, 3, 1});
  const auto& networks = classifier.ensemble.networks;
  CHECK(networks[0].packed.form() == WeightForm::kI8);  // its width is 3
  CHECK(networks[1].packed.form() == WeightForm::kLowRank);
  CHECK(networks[1].row_size() == 3);
  CHECK(networks[1].packed.basis.size() == 3 * 6);
  CHECK(networks[2].packed.form() == WeightForm::kI8);
}

TEST_CASE(
    "tokens of the least importance are left out, and the others keep their kind and weights") {
  // The third column has the largest weights by far; the last one weights of 0.
  Classifier classifier = tiny_of_all_kinds();
  Network& linear = classifier.ensemble.networks[2];
  const std::vector<float> weights = {0, 1, 0, 1, 9, 9, 0, 0};
  linear.first_weight = weights;
  classifier.ensemble.networks = {linear};
  classifier.ensemble.shares = {};
  const Classifier most = compacted(classifier, {WeightForm::kLowRank, 2, 0.99});
  REQUIRE(most.vectorizer.vocabulary().size() == 2);
  CHECK(most.vectorizer.vocabulary().token(0) == " <moo");
  CHECK(most.vectorizer.vocabulary().token(1) == "ball");
  CHECK(most.vectorizer.counts() == KindCounts{1, 1, 0});
  CHECK(most.ensemble.networks[0].columns() == ColumnRange{0, 2});
  CHECK(most.ensemble.networks[0].row(1) == std::vector<float>{9, 9});
  const Classifier least = compacted(classifier, {WeightForm::kLowRank, 2, 0.5});
  REQUIRE(least.vectorizer.vocabulary().size() == 1);
  CHECK(least.vectorizer.vocabulary().token(0) == "ball");
}

TEST_CASE("a token of several documents is more important than one of a single document") {
  std::vector<Document> documents;
  for (int d = 0; d < 9; ++d)
    documents.push_back({"", "a", d < 3 ? "frequent common" : d == 3 ? "rare common" : "common"});
  VectorizerOptions options;
  Classifier classifier = tiny_with_linear();
  classifier.vectorizer = fit_vectorizer(documents, options).first;
  classifier.training.documents = 9;
  Network& linear = classifier.ensemble.networks[1];
  const std::vector<float> ones(6, 1);
  linear.first_weight = ones;
  linear.first_column = 0;
  classifier.ensemble.networks = {linear};
  classifier.ensemble.shares = {};
  const auto kept = [&](double share) {
    return compacted(classifier, {WeightForm::kLowRank, 2, share}).vectorizer.vocabulary().size();
  };
  // (df - 0.9) idf^2: common 8.1, frequent (3 - 0.9) 1.916^2 = 7.7, rare 0.1 * 2.609^2 = 0.68
  CHECK(kept(0.4) == 1);
  CHECK(kept(0.95) == 2);
  CHECK(kept(0.97) == 3);
}

TEST_CASE("the words of an n-gram are kept with it") {
  const std::vector<Document> documents = corpus({{"a", "low orbit"}, {"b", "low orbit"}});
  VectorizerOptions options;
  options.text.max_long_ngram = 2;
  Classifier classifier = tiny_with_linear();
  classifier.vectorizer = fit_vectorizer(documents, options).first;
  classifier.training.documents = 2;
  REQUIRE(classifier.vectorizer.vocabulary().token(2) == "low orbit");
  Network& linear = classifier.ensemble.networks[1];
  const std::vector<float> weights = {0, 0, 0, 0, 1, 1};  // only of the n-gram
  linear.first_weight = weights;
  linear.first_column = 0;
  classifier.ensemble.networks = {linear};
  classifier.ensemble.shares = {};
  const Classifier small = compacted(classifier, {WeightForm::kLowRank, 2, 0.5});
  REQUIRE(small.vectorizer.vocabulary().size() == 3);
  CHECK(small.ensemble.networks[0].row(2) == std::vector<float>{1, 1});
}

TEST_CASE("a network whose weights are all 0 keeps a column") {
  Classifier classifier = tiny_with_linear();
  const std::vector<float> zeros(6);
  classifier.ensemble.networks[1].first_weight = zeros;
  const Classifier small = compacted(classifier, {});
  CHECK(small.ensemble.networks[1].shape.inputs >= 1);
  CHECK(logits_of_tokens(small, {"moon"}).size() == 2);
}
