// SPDX-License-Identifier: MIT
#include "newsclf/model/predictor.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("a loaded classifier predicts the label of a text and its probability") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  // Logits 0.625 and 3.375.
  const Prediction prediction =
      Predictor(Classifier::load(folder / "model")).predict("Moon, orbit!");
  CHECK(prediction.label == "space");
  CHECK(prediction.probability == Approx(1 / (1 + std::exp(-2.75))));
  CHECK(prediction.known_tokens == 2);
  CHECK(prediction.labels.size() == 1);
  CHECK_FALSE(prediction.reasons);
}

TEST_CASE("a text without a known token is predicted too") {
  // Logits 0.25 and 0: only the biases.
  for (const char* const text : {"", "xyz"}) {
    const Prediction prediction = Predictor(tiny_classifier()).predict(text);
    CHECK(prediction.label == "baseball");
    CHECK(prediction.probability == Approx(1 / (1 + std::exp(-0.25))));
    CHECK(prediction.known_tokens == 0);
  }
}

TEST_CASE("a text is parsed as a post, and a document only if it may be one") {
  Predictor predictor(tiny_classifier());
  const auto of_document = [&](const Document& document) {
    return predictor.predict(std::span(&document, 1)).front();
  };
  Document document = post("Subject: bat\n\nmoon moon moon");
  // Six bats and three moons: logits 15.125 and 5.875.
  for (const Prediction& prediction : {predictor.predict(document.text), of_document(document)}) {
    CHECK(prediction.label == "baseball");
    CHECK(prediction.probability == Approx(1 / (1 + std::exp(-9.25))));
  }
  // With one bat: 3.875 and 4.625.
  document.may_be_post = false;
  CHECK(of_document(document).label == "space");
  CHECK(of_document(document).probability == Approx(1 / (1 + std::exp(-0.75))));
}

TEST_CASE("only the first 16 MiB of a text are read") {
  Predictor predictor(tiny_classifier());
  const std::string spaces((16 << 20) - 4, ' ');
  CHECK(predictor.predict(spaces + "moon").known_tokens == 1);
  CHECK(predictor.predict(" " + spaces + "moon").known_tokens == 0);
}

TEST_CASE("a text that is not UTF-8 is predicted with its bad bytes replaced") {
  Predictor predictor(tiny_classifier());
  // Read as ISO 8859-1, it would be a different token.
  CHECK(predictor.predict("moon\xff orbit").probability ==
        predictor.predict("moon orbit").probability);
}

TEST_CASE("several threads predict with one classifier") {
  const Classifier classifier = tiny_ensemble();
  const std::vector<std::string> texts = {"moon", "ball bat", "orbit moon moon", "", "bat xyz"};
  std::vector<float> alone;
  Predictor one(classifier);
  for (const std::string& text : texts) alone.push_back(one.predict(text).probability);
  std::atomic<int> different = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      Predictor predictor(classifier, 1);
      for (std::size_t i = 0; i < 5000; ++i)
        different += predictor.predict(texts[i % 5]).probability != alone[i % 5];
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(different == 0);
}

TEST_CASE("predictions contain as many labels and reasons as requested") {
  Predictor predictor(tiny_classifier(), 2);
  const auto documents = corpus({{"", "moon bat"}, {"", "orbit"}, {"", ""}});
  const auto predictions = predictor.predict(documents, {.labels = 0, .reasons = 1});
  REQUIRE(predictions.size() == 3);
  for (const Prediction& prediction : predictions) {
    REQUIRE(prediction.labels.size() == 2);
    CHECK(prediction.labels[0].probability == prediction.probability);
    CHECK(prediction.labels[0].probability + prediction.labels[1].probability == Approx(1));
    CHECK(predictor.classifier().labels.to_label(prediction.labels[0].label) == prediction.label);
    REQUIRE(prediction.reasons);
    CHECK(prediction.reasons->in_favour.size() <= 1);
  }
  CHECK(predictions[1].reasons->in_favour.front().column == 1);
  CHECK(predictions[2].reasons->in_favour.empty());
}

TEST_CASE("with many labels, few documents are computed at once, with the same predictions") {
  constexpr std::size_t kLabels = 300'000;
  std::vector<std::string> labels;
  for (std::size_t l = 0; l < kLabels; ++l) labels.push_back(fmt::format("{:06}", l));
  std::vector<float> weights(4 * kLabels), bias(kLabels);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i * 7919 % 1000);
  Classifier classifier = tiny_classifier();
  classifier.labels = LabelSet(std::move(labels));
  Network network;
  network.shape = {4, 0, 0, kLabels, 1};
  network.first_weight = weights;
  network.first_bias = bias;
  classifier.ensemble = Ensemble(network);

  Predictor predictor(classifier);
  CHECK(predictor.documents_at_once() == 3);
  std::vector<Document> documents;
  for (const char* const text : {"moon", "ball", "bat orbit", "", "orbit", "moon moon", "bat"})
    documents.push_back({.id = {}, .label = {}, .text = text});
  const std::vector<Prediction> together =
      predictor.predict(documents, {.labels = 2, .reasons = 1});
  REQUIRE(together.size() == documents.size());
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const Prediction alone =
        predictor.predict({&documents[d], 1}, {.labels = 2, .reasons = 1}).front();
    CHECK(alone.label == together[d].label);
    CHECK(alone.probability == together[d].probability);
    CHECK(alone.reasons->in_favour.size() == together[d].reasons->in_favour.size());
  }
}

TEST_CASE("a given forward pass replaces the built-in one") {
  const auto constant = [](const RowsView& rows) {
    std::vector<float> logits;
    for (std::size_t r = 0; r < rows.size(); ++r) logits.insert(logits.end(), {7, 0});
    return logits;
  };
  Workers alone(1);
  Predictor predictor(tiny_classifier(), alone, constant);
  CHECK(predictor.predict("moon orbit").label == "baseball");
}
