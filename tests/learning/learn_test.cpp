// SPDX-License-Identifier: MIT
#include "newsclf/learning/learn.hpp"

#include "learning/fake_backend.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

Classifier learn_from(const std::vector<Document>& documents, const LearningOptions& options,
                      const Backend& backend, const LearningObserver& observer = {}) {
  StoredDocuments stored(documents);
  return learn(stored, options, backend, observer, 1);
}

}  // namespace

TEST_CASE("options set by the data are resolved once for both validation and refit") {
  FakeBackend backend;
  LearningOptions options = small_options();
  options.validation.fraction = 0.25;
  const Classifier classifier = learn_from(documents_of(1100), options, backend);
  REQUIRE(backend.calls.size() == 2);
  CHECK(backend.calls[0].documents + backend.calls[0].held_out == 1100);
  CHECK(backend.calls[1].documents == 1100);
  CHECK(backend.calls[0].options == backend.calls[1].options);
  CHECK(backend.calls[1].options == resolve_options(options.training, 1100, 2));
  CHECK(backend.calls[1].stop_after == backend.calls[0].options.epochs);
  const TrainingRecord& record = classifier.training;
  CHECK(record.epochs.size() == record.validation_epochs.size());
  CHECK(record.options == backend.calls[1].options);
  CHECK(record.documents == 1100);
  CHECK(record.held_out == backend.calls[0].held_out);
  CHECK(record.set_by_data ==
        std::vector<std::string>{"nb-smoothing", "epochs", "batch-size", "lr", "weight-decay"});
  CHECK(record.set_by_preset == std::vector<std::string>{"members", "inputs", "linear"});
}

TEST_CASE("a refit ends after the best epoch, and without a refit the validated network is kept") {
  FakeBackend backend;
  LearningOptions options = small_options();
  options.validation.fraction = 0.25;
  options.training.epochs = 10;
  options.training.patience = 2;
  CHECK(learn_from(documents_of(100), options, backend).training.best_epoch == 3);
  REQUIRE(backend.calls.size() == 2);
  CHECK(backend.calls[1].stop_after == 3);
  options.validation.refit = false;
  const Classifier kept = learn_from(documents_of(100), options, backend);
  CHECK(backend.calls.size() == 3);
  CHECK(kept.training.validation_epochs.empty());
  CHECK(kept.training.documents == backend.calls[2].documents);
}

TEST_CASE("learning events are reported in order") {
  FakeBackend backend;
  LearningOptions options = small_options();
  options.validation.fraction = 0.25;
  options.training.epochs = 2;
  std::vector<std::string> heard;
  learn_from(documents_of(40), options, backend, [&](const LearningEvent& event) {
    if (const auto* begins = std::get_if<TrainingBegins>(&event))
      heard.push_back("begins " + std::to_string(begins->documents) + "+" +
                      std::to_string(begins->held_out) + (begins->refit ? " refit" : ""));
    if (const auto* progresses = std::get_if<TrainingProgresses>(&event))
      heard.push_back("epoch " + std::to_string(progresses->progress.epoch));
    if (const auto* scored = std::get_if<HeldOutScored>(&event))
      heard.push_back("scored " + std::to_string(scored->held_out));
    if (const auto* ends = std::get_if<TrainingEnds>(&event)) heard.push_back(ends->device);
  });
  CHECK(heard == std::vector<std::string>{"begins 30+10", "epoch 1", "epoch 2", "scored 10",
                                          "begins 40+0 refit", "epoch 1", "epoch 2", "nowhere"});
}

TEST_CASE("the last documents can be held out, and their labels must occur in training") {
  FakeBackend backend;
  LearningOptions options = small_options();
  options.validation.last_documents = 2;
  std::vector<Document> documents = documents_of(12);
  learn_from(documents, options, backend);
  CHECK(backend.calls[0].documents == 10);
  CHECK(backend.calls[0].held_out == 2);
  documents.back().label = "neither";
  CHECK(error_of([&] { learn_from(documents, options, backend); }) ==
        "held-out documents: no training document has the label 'neither'");
}

TEST_CASE("a training that diverges keeps the last good state, if there is one") {
  FakeBackend backend;
  LearningOptions options = small_options();
  options.training.epochs = 5;
  for (const std::int64_t epoch : {1, 3}) {
    backend.diverges_in = epoch;
    try {
      learn_from(documents_of(20), options, backend);
      FAIL("no exception was thrown");
    } catch (const Diverged& diverged) {
      CHECK(diverged.epoch == epoch);
      CHECK(diverged.code() == ErrorCode::kDiverged);
      CHECK((diverged.last_good == nullptr) == (epoch == 1));
      if (diverged.last_good) CHECK(diverged.last_good->training.epochs.size() == 2);
    }
  }
}

TEST_CASE("a weight decay that would exceed the weights is refused before the training") {
  FakeBackend backend;
  LearningOptions options = small_options();
  options.training.batch_size = 4096;  // raises the default learning rate
  options.training.weight_decay = 100;
  CHECK_THAT(error_of([&] { learn_from(documents_of(20), options, backend); }),
             Catch::Matchers::StartsWith("training: weight decay 100 times learning rate 0.016") &&
                 Catch::Matchers::Contains(" must be below 1, got 1.6"));
  CHECK(backend.calls.empty());
}

TEST_CASE("a training that needs more memory than allowed is refused before it begins") {
  FakeBackend backend;
  LearningOptions options = small_options();
  options.max_memory = 100'000'000;
  CHECK_THAT(error_of([&] { learn_from(documents_of(20), options, backend); }),
             Catch::Matchers::Contains(" MB of memory, but the limit is 100.0 MB"));
  CHECK(backend.calls.empty());
}

TEST_CASE("documents with a single label and missing documents are refused") {
  FakeBackend backend;
  CHECK_THAT(
      error_of([&] { learn_from(corpus({{"a", "x"}, {"a", "y"}}), small_options(), backend); }),
      Catch::Matchers::Contains("all documents have the label 'a'; use documents with at least"));
  CHECK_THAT(error_of([&] { learn_from({}, small_options(), backend); }),
             Catch::Matchers::Contains("there are no documents; use documents with"));
}

TEST_CASE("balanced label weights and counts are computed from the training documents") {
  FakeBackend backend;
  LearningOptions options = small_options();
  options.class_weight = "balanced";
  const Classifier classifier =
      learn_from(corpus({{"a", "x"}, {"a", "y"}, {"a", " "}, {"b", "z"}}), options, backend);
  const std::vector<float> weights = backend.calls.front().label_weights;
  REQUIRE(weights.size() == 2);
  CHECK(weights[1] == 3 * weights[0]);
  CHECK(classifier.training.class_weight == "balanced");
  CHECK(classifier.training.empty == 1);
  CHECK(classifier.training.label_documents == std::vector<std::int64_t>{3, 1});
}
