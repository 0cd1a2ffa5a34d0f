// SPDX-License-Identifier: MIT
#include "newsclf/learning/cross_validation.hpp"

#include <algorithm>
#include <set>

#include "learning/fake_backend.hpp"
#include "newsclf/learning/label_errors.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// `count` documents of two labels; each contains a word of its own and a word of its label.
std::vector<Document> distinct_documents(int count) {
  std::vector<Document> documents = documents_of(count);
  for (Document& document : documents) document.text += " own" + document.id;
  return documents;
}

CrossValidation validate(const std::vector<Document>& documents, const FoldOptions& folds,
                         const FoldObserver& observer = {}, const FakeBackend& backend = {}) {
  StoredDocuments stored(documents);
  Workers workers(1);
  LearningOptions options = small_options();
  options.validation.calibrate = false;  // one training per fold
  return cross_validate(stored, options, folds, backend, workers, observer);
}

}  // namespace

TEST_CASE("nothing of a fold is in the vocabulary or the label counts of its classifier") {
  const std::vector<Document> documents = distinct_documents(50);
  std::set<std::size_t> seen;
  const auto scored = [&](const ScoredFold& fold) {
    const Classifier& classifier = fold.predictor.classifier();
    std::vector<char> is_held_out(documents.size(), 0);
    for (const std::size_t place : fold.places) {
      is_held_out[place] = 1;
      CHECK(seen.insert(place).second);
    }
    for (std::size_t d = 0; d < documents.size(); ++d) {
      const bool known = classifier.vectorizer.vocabulary().find("own" + documents[d].id) >= 0;
      CHECK(known == (is_held_out[d] == 0));
    }
    CHECK(classifier.training.label_documents == std::vector<std::int64_t>{20, 20});
  };
  FakeBackend backend;
  validate(documents, {.folds = 5}, {{}, scored}, backend);
  CHECK(seen.size() == documents.size());
  REQUIRE(backend.calls.size() == 5);
  for (const FakeBackend::Call& call : backend.calls) {
    CHECK(call.documents == 40);
    CHECK(call.held_out == 0);
    CHECK(call.options == resolve_options(small_options().training, 40, 2));
  }
}

TEST_CASE("the predictions of a cross-validation are in input order") {
  const std::vector<Document> documents = distinct_documents(21);
  const CrossValidation result = validate(documents, {.folds = 4, .keep_probabilities = true});
  REQUIRE(result.pooled.documents.size() == documents.size());
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const JudgedDocument& judged = result.pooled.documents[d];
    CHECK(judged.id == documents[d].id);
    CHECK(judged.label == documents[d].label);
    CHECK(judged.truth == static_cast<std::int32_t>(d % 2));
    CHECK(judged.predicted == 0);  // the networks of the fake backend are all zero
    CHECK(judged.probabilities == std::vector<float>{0.5f, 0.5f});
  }
  std::vector<std::int64_t> sizes = result.fold_documents;
  std::sort(sizes.begin(), sizes.end());
  CHECK(sizes == std::vector<std::int64_t>{5, 5, 5, 6});
  REQUIRE(result.metrics.front().key == "accuracy");
  REQUIRE(result.metrics.front().folds.size() == 4);
  CHECK(result.pooled.metrics.accuracy == Approx(11.0 / 21));
  CHECK(validate(documents, {.folds = 4}).pooled.documents[0].probabilities.empty());
}

TEST_CASE("the observer of a cross-validation gets the events of each fold before its scores") {
  std::vector<std::string> heard;
  const auto learning = [&](std::int32_t fold, const LearningEvent& event) {
    if (std::holds_alternative<TrainingBegins>(event))
      heard.push_back("begins " + std::to_string(fold));
    if (std::holds_alternative<TrainingEnds>(event))
      heard.push_back("ends " + std::to_string(fold));
  };
  const auto scored = [&](const ScoredFold& fold) {
    heard.push_back("scored " + std::to_string(fold.fold));
    CHECK(fold.places.size() == fold.evaluation.documents.size());
    for (std::size_t i = 0; i < fold.places.size(); ++i)
      CHECK(fold.evaluation.documents[i].id == std::to_string(fold.places[i]));
  };
  validate(distinct_documents(12), {.folds = 2}, {learning, scored});
  CHECK(heard == std::vector<std::string>{"begins 0", "ends 0", "scored 0", "begins 1", "ends 1",
                                          "scored 1"});
}

TEST_CASE("copies are in the same fold of a cross-validation") {
  std::vector<Document> documents = distinct_documents(20);
  for (int copy = 0; copy < 3; ++copy) documents.push_back(documents[7]);
  const auto scored = [&](const ScoredFold& fold) {
    int copies = 0;
    for (const std::size_t place : fold.places)
      copies += documents[place].text == documents[7].text;
    CHECK((copies == 0 || copies == 4));
  };
  validate(documents, {.folds = 5}, {{}, scored});
}

TEST_CASE("labels that no training document would have are refused before any training") {
  FakeBackend backend;
  std::vector<Document> documents = distinct_documents(20);
  documents[3].label = "alone";
  documents[4].label = documents[5].label = "copies";
  documents[5].text = documents[4].text;
  CHECK(error_of([&] { validate(documents, {.folds = 5}, {}, backend); }) ==
        "training data: cannot cross-validate labels with a single document, subject or text: "
        "alone, copies");
  CHECK_THAT(error_of([&] { validate(distinct_documents(4), {.folds = 5}, {}, backend); }),
             Catch::Matchers::Contains("5 folds need at least 5 documents"));
  for (Document& document : documents) document.label = "same";
  CHECK_THAT(error_of([&] { validate(documents, {.folds = 5}, {}, backend); }),
             Catch::Matchers::Contains("all documents have the label 'same'"));
  CHECK(backend.calls.empty());
}

TEST_CASE("label errors of all folds are ranked together") {
  const std::vector<Document> documents = distinct_documents(30);
  Workers workers(2);
  const auto find = [&](std::size_t most) {
    return find_label_errors(documents, most, small_options(), {.folds = 3}, FakeBackend(),
                             workers);
  };
  // The networks of the fake backend give both labels the same probability and predict the first.
  const std::vector<LabelError> all = find(100);
  REQUIRE(all.size() == 15);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].document == 2 * i + 1);
    CHECK(all[i].id == std::to_string(2 * i + 1));
    CHECK(all[i].label == "odd");
    CHECK(all[i].predicted == "even");
    CHECK(all[i].probability == Approx(0.5));
    CHECK(all[i].words.empty());
  }
  const std::vector<LabelError> some = find(4);
  REQUIRE(some.size() == 4);
  CHECK(some[3].document == 7);
}
