// SPDX-License-Identifier: MIT
#include <atomic>
#include <cmath>
#include <thread>

#include "newsclf/model/classifier.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("a loaded classifier predicts the label of a text and its probability") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  // Logits 0.625 and 3.375.
  const auto [label, probability] = Classifier::load(folder / "model").predict("Moon, orbit!");
  CHECK(label == "space");
  CHECK(probability == Approx(1 / (1 + std::exp(-2.75))));
}

TEST_CASE("a text without a known token is predicted too") {
  // Logits 0.25 and 0: the biases alone.
  for (const char* const text : {"", "xyz"}) {
    const auto [label, probability] = tiny_classifier().predict(text);
    CHECK(label == "baseball");
    CHECK(probability == Approx(1 / (1 + std::exp(-0.25))));
  }
}

TEST_CASE("a text is a post where it is a document that may be one") {
  const Classifier classifier = tiny_classifier();
  const Document document = post("Subject: bat\n\nmoon moon moon");
  // One bat and three moons: logits 3.875 and 4.625.
  CHECK(classifier.predict(document.text).label == "space");
  CHECK(classifier.predict(document.text).probability == Approx(1 / (1 + std::exp(-0.75))));
  // Five bats more: 15.125 and 5.875.
  CHECK(classifier.predict(document).label == "baseball");
  CHECK(classifier.predict(document).probability == Approx(1 / (1 + std::exp(-9.25))));
}

TEST_CASE("a text that is not UTF-8 is predicted with its bad bytes replaced") {
  const Classifier classifier = tiny_classifier();
  // As ISO 8859-1 the token would be another one.
  CHECK(classifier.predict("moon\xff orbit").probability ==
        classifier.predict("moon orbit").probability);
}

TEST_CASE("several threads predict with one classifier") {
  const Classifier classifier = tiny_ensemble();
  const std::vector<std::string> texts = {"moon", "ball bat", "orbit moon moon", "", "bat xyz"};
  std::vector<float> alone;
  for (const std::string& text : texts) alone.push_back(classifier.predict(text).probability);
  std::atomic<int> different = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < 5000; ++i)
        different += classifier.predict(texts[i % 5]).probability != alone[i % 5];
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(different == 0);
}
