// SPDX-License-Identifier: MIT
#include "newsclf/learning/learn.hpp"

#include <cmath>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// A network of zeros, which gives every label the same probability.
Network zero_network(const TrainingData& data, const TrainingOptions& options) {
  auto zeros = std::make_shared<const std::vector<float>>(1'000'000);
  const NetworkShape shape{data.inputs, options.hidden1, options.hidden2, data.labels,
                           options.members};
  const auto take = [&](std::int64_t count) {
    return std::span(*zeros).first(static_cast<std::size_t>(count));
  };
  const std::int64_t n = shape.members, h1 = shape.hidden1, h2 = shape.hidden2, c = shape.labels;
  return {shape,        take(shape.inputs * n * h1),
          take(n * h1), take(n * h2 * h1),
          take(n * h2), take(n * c * h2),
          take(n * c),  zeros};
}

/// A backend that trains nothing and records its calls.
class FakeBackend : public Backend {
 public:
  struct Call {
    TrainingOptions options;
    std::int64_t documents, held_out, stop_after;
    std::vector<float> label_weights;
  };
  mutable std::vector<Call> calls;
  std::int64_t diverges_in = 0;

  std::string libtorch_version() const override { return "fake"; }

  TrainingResult train(const TrainingData& data, const TrainingOptions& options,
                       const DeviceChoice&, Workers&,
                       const TrainingObserver& observer) const override {
    calls.push_back({options, static_cast<std::int64_t>(data.train.rows.size()),
                     data.held_out ? static_cast<std::int64_t>(data.held_out->rows.size()) : 0,
                     data.stop_after, data.label_weights});
    TrainingResult result;
    result.options = options;
    result.device = "nowhere";
    const std::int64_t last = data.stop_after > 0 ? data.stop_after : options.epochs;
    for (std::int64_t epoch = 1; epoch <= last; ++epoch) {
      if (epoch == diverges_in) {
        result.diverged_in_epoch = epoch;
        break;
      }
      EpochRecord record{.epoch = epoch, .loss = 1, .lr = *options.lr};
      if (data.held_out) record.valid_loss = record.valid_accuracy = 0.5;
      result.epochs.push_back(record);
      observer({epoch, last, calls.back().documents, 0, &record});
    }
    // With patience, the third epoch was the best.
    result.best_epoch = options.patience > 0 && data.held_out ? 3 : last;
    result.ensemble = zero_network(data, options);
    return result;
  }

  ForwardPass open_forward(const Ensemble&, const DeviceChoice&, int) const override { return {}; }
};

/// `count` documents of two labels; each contains one of 97 words and a word of its label.
std::vector<Document> documents_of(int count) {
  std::vector<Document> documents;
  for (int d = 0; d < count; ++d) {
    const bool even = d % 2 == 0;
    documents.push_back({std::to_string(d), even ? "even" : "odd",
                         "word" + std::to_string(d % 97) + (even ? " moon" : " ball")});
  }
  return documents;
}

LearningOptions small_options() {
  LearningOptions options;
  options.suit_char_ngrams = false;
  options.training.hidden1 = 4;
  options.training.hidden2 = 3;
  return options;
}

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
  const std::vector<float> weights = backend.calls.back().label_weights;
  REQUIRE(weights.size() == 2);
  CHECK(weights[1] == 3 * weights[0]);
  CHECK(classifier.training.class_weight == "balanced");
  CHECK(classifier.training.empty == 1);
  CHECK(classifier.training.label_documents == std::vector<std::int64_t>{3, 1});
}
