// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/label_errors.hpp"

#include "newsclf/evaluation/judging.hpp"
#include "report/judged.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("label errors are predicted otherwise and have the least probable labels first") {
  const std::vector<JudgedDocument> documents = {
      judged("right", 0, {0.9, 0.05, 0.05}),
      judged("unsure", 0, {0.4, 0.5, 0.1}),
      judged("wrong", 2, {0.9, 0.09, 0.01}),
      judged("tie", 1, {0.7, 0.2, 0.1}),
      judged("also tie", 1, {0.7, 0.2, 0.1}),
      judged("improbable, but best", 0, {0.35, 0.33, 0.32}),
      judged("very wrong", 1, {0.989, 0.001, 0.01})};
  CHECK(rank_label_errors(documents, 10) == std::vector<std::size_t>{6, 2, 3, 4, 1});
  CHECK(rank_label_errors(documents, 3) == std::vector<std::size_t>{6, 2, 3});
  CHECK(rank_label_errors({}, 3).empty());
}

TEST_CASE("the words against a label explain the difference between the logits of two labels") {
  const auto documents = corpus({{"space", "bat ball orbit"}, {"baseball", "orbit moon"}});
  Predictor predictor(tiny_classifier(), 1);
  std::vector<JudgedDocument> judged;
  judge_documents(documents, predictor, false, judged);
  REQUIRE(judged.size() == 2);
  CHECK(judged[0].predicted == 0);
  CHECK(judged[0].truth == 1);

  const std::vector<SpokenToken> words = words_against_label(predictor, 0, 1, 0);
  REQUIRE(words.size() == 2);  // orbit is evidence for space
  CHECK(words[0].token == "bat");
  CHECK(words[1].token == "ball");
  CHECK(words[0].contribution > words[1].contribution);
  // All contributions add up to what the document changes in the difference of both logits.
  double sum = words[0].contribution + static_cast<double>(words[1].contribution);
  for (const SpokenToken& word : words_against_label(predictor, 0, 0, 1)) {
    CHECK(word.token == "orbit");
    sum -= word.contribution;
  }
  const std::span<const float> logits = predictor.score(documents).logits;
  const Explainer explainer(predictor.classifier().ensemble);
  CHECK(sum == Approx(logits[0] - logits[1] - explainer.base_logit(0) + explainer.base_logit(1)));
}

TEST_CASE("judged documents have the labels, ranks and probabilities of the predictions") {
  const auto documents = corpus({{"space", "moon"}, {"space", "ball"}, {"hockey", "bat"}});
  Predictor predictor(tiny_ensemble(), 1);
  std::vector<JudgedDocument> judged;
  judge_documents(documents, predictor, true, judged);
  const std::vector<Prediction> predictions = predictor.predict(documents, {.labels = 2});
  REQUIRE(judged.size() == 3);
  for (std::size_t d = 0; d < judged.size(); ++d) {
    CHECK(judged[d].id == documents[d].id);
    CHECK(judged[d].label == documents[d].label);
    CHECK(predictor.classifier().labels.to_label(judged[d].predicted) == predictions[d].label);
    CHECK(judged[d].certainty.predicted == Approx(predictions[d].probability));
    REQUIRE(judged[d].probabilities.size() == 2);
    CHECK(judged[d].probabilities[static_cast<std::size_t>(judged[d].predicted)] ==
          predictions[d].probability);
  }
  CHECK(judged[1].rank == 1);
  CHECK(judged[2].truth == LabelSet::kUnknown);
}
