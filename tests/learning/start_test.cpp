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
