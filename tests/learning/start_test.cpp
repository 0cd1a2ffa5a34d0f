// SPDX-License-Identifier: MIT
// Trainings that start from a classifier.
#include "learning/fake_backend.hpp"
#include "newsclf/learning/learn.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

Classifier learn_from(const std::vector<Document>& documents, const LearningOptions& options,
                      const Backend& backend, const LearningObserver& observer = {}) {
  StoredDocuments stored(documents);
  return learn(stored, options, backend, observer, 1);
}

LearningOptions one_network() {
  LearningOptions options = small_options();
  options.training.members = 1;
  options.training.linear = LinearInput::kNone;
  return options;
}

}  // namespace

TEST_CASE("a training that starts from a classifier maps its tokens and labels by name") {
  FakeBackend backend;
  const Classifier init =
      learn_from(corpus({{"b", "moon"}, {"b", "moon"}, {"d", "ball"}}), one_network(), backend);
  LearningOptions options;
  options.init = &init;
  options.compactness.weights = WeightForm::kF32;
  std::vector<ModelContinued> heard;
  const Classifier more =
      learn_from(corpus({{"c", "tree ball"}, {"a", "leaf"}}), options, backend,
                 [&](const LearningEvent& event) {
                   if (const auto* continued = std::get_if<ModelContinued>(&event))
                     heard.push_back(*continued);
                 });
  REQUIRE(!backend.calls.empty());
  CHECK(backend.calls[0].start_columns.empty());
  const FakeBackend::Call& call = backend.calls[1];
  CHECK(more.labels.labels() == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(call.start_labels == std::vector<std::int32_t>{-1, 0, -1, 1});
  CHECK(call.start_columns == std::vector<std::int32_t>{0, 1, -1, -1});
  CHECK(call.options.hidden1 == 4);
  CHECK(call.options.members == 1);
  CHECK(call.options.linear == LinearInput::kNone);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].kept_tokens == 2);
  CHECK(heard[0].added_tokens == 2);
  CHECK(heard[0].kept_labels == 2);
  CHECK(heard[0].added_labels == 2);
  CHECK(heard[0].absent_labels == 2);
  REQUIRE(more.training.init);
  CHECK(more.training.init->documents == 3);
  CHECK(more.training.label_documents == std::vector<std::int64_t>{1, 0, 1, 0});
}

TEST_CASE("labels of many documents that are not trained on again have larger weights") {
  FakeBackend backend;
  const auto times = [](int count, const char* label, std::vector<Document>& documents) {
    for (int d = 0; d < count; ++d) documents.push_back({"", label, "moon ball"});
  };
  std::vector<Document> old, documents;
  times(4, "b", old);
  times(6, "d", old);
  const Classifier init = learn_from(old, one_network(), backend);
  LearningOptions options;
  options.init = &init;
  options.validation.calibrate = false;
  times(1, "a", documents);
  times(2, "d", documents);
  times(1, "b", documents);  // replayed
  options.replayed = 1;
  const Classifier more = learn_from(documents, options, backend);
  // a: 1 of 1; b: 1 of 4, replayed; d: 2 of 8
  const std::vector<float> expected = {1, 16, 8};
  const float mean = (1 + 16 + 2 * 8) / 4.0f;
  REQUIRE(backend.calls.back().label_weights.size() == 3);
  for (std::size_t l = 0; l < 3; ++l)
    CHECK(backend.calls.back().label_weights[l] == Approx(expected[l] / mean));
  REQUIRE(more.training.init);
  CHECK(more.training.init->other_documents == std::vector<std::int64_t>{0, 3, 6});
  CHECK(replayed_documents(*more.training.init) == 1);
  CHECK(label_documents_of_all_trainings(more.training) == std::vector<std::int64_t>{1, 4, 8});
  CHECK(documents_of_all_trainings(more.training) == 13);

  options.class_weight = "balanced";
  learn_from(documents, options, backend);
  CHECK(backend.calls.back().label_weights[1] == backend.calls.back().label_weights[0]);
}

TEST_CASE("a label without training documents does not change the weights of others") {
  FakeBackend backend;
  const Classifier init =
      learn_from(corpus({{"b", "moon"}, {"d", "ball"}}), one_network(), backend);
  LearningOptions options;
  options.init = &init;
  options.validation.calibrate = false;
  learn_from(corpus({{"a", "moon"}, {"c", "ball"}}), options, backend);
  CHECK(backend.calls.back().label_weights == std::vector<float>{1, 1, 1, 1});
}

TEST_CASE("the learning rate follows the share of the documents that are replayed") {
  FakeBackend backend;
  const std::vector<Document> documents = documents_of(100);
  const Classifier init = learn_from(documents, one_network(), backend);
  LearningOptions options;
  options.init = &init;
  const auto lr = [&] {
    learn_from(documents, options, backend);
    return *backend.calls.back().options.lr / usual_lr(backend.calls.back().options.batch_size);
  };
  CHECK(lr() == Approx(0.15));
  options.replayed = 50;
  CHECK(lr() == Approx(0.5));
  options.replayed = 100;
  CHECK(lr() == Approx(1));
  options.training.lr = usual_lr(32) / 4;
  CHECK(lr() == Approx(0.25));
}

TEST_CASE("replayed documents are not held out, and both classifiers are scored on known labels") {
  FakeBackend backend;
  std::vector<Document> documents = documents_of(40);
  const Classifier init = learn_from(documents, one_network(), backend);
  LearningOptions options;
  options.init = &init;
  options.validation.fraction = 0.5;
  options.replayed = 40;
  std::vector<Document> both = documents_of(80);
  for (int d = 0; d < 40; ++d) both[static_cast<std::size_t>(d)].label = d % 4 == 0 ? "new" : "odd";
  std::vector<ModelsCompared> compared;
  learn_from(both, options, backend, [&](const LearningEvent& event) {
    if (const auto* scores = std::get_if<ModelsCompared>(&event)) compared.push_back(*scores);
  });
  const FakeBackend::Call& first = backend.calls[backend.calls.size() - 2];
  CHECK(first.documents + first.held_out == 80);
  CHECK(first.held_out == 20);
  REQUIRE(compared.size() == 1);
  CHECK(compared[0].documents == 15);
}
