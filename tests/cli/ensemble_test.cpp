// SPDX-License-Identifier: MIT
// Models with a linear classifier beside the perceptrons: `train --linear` and what other commands
// make of its models.
#include <map>
#include <utility>
#include <vector>

#include "cli/train.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

const std::string kText =
    "the comet and the telescope\ncompost for the beans\n\nnew brake pads for the bike\nzzzz\n";

/// Labels and probabilities of five lines.
std::vector<std::pair<std::string, double>> answers_of(const std::string& model,
                                                       const std::string& backend,
                                                       const std::string& text = kText) {
  const Outcome outcome = run_newsclf({"predict", model, "--backend", backend, "-q"}, text);
  REQUIRE(outcome.status == 0);
  std::vector<std::pair<std::string, double>> answers;
  std::istringstream lines(outcome.out);
  for (std::string label, probability;
       std::getline(lines, label, '\t') && std::getline(lines, probability);)
    answers.emplace_back(label, std::stod(probability));
  REQUIRE(answers.size() == 5);
  return answers;
}

void require_agreement(const std::string& model, const std::string& text = kText) {
  const auto native = answers_of(model, "native", text), torch = answers_of(model, "torch", text);
  for (std::size_t d = 0; d < native.size(); ++d) {
    CHECK(native[d].first == torch[d].first);
    CHECK(native[d].second == Approx(torch[d].second).epsilon(1e-4));
  }
}

/// The contributions that predict --explain lists, with their sum.
std::pair<std::size_t, double> explained(const std::string& model, const std::string& text) {
  const Outcome outcome =
      run_newsclf({"predict", model, "--explain", "100", "--output-format", "jsonl"}, text);
  REQUIRE(outcome.status == 0);
  const auto explanation = nlohmann::json::parse(outcome.out)["explanation"];
  double sum = 0;
  for (const nlohmann::json& token : explanation) sum += token["contribution"].get<double>();
  return {explanation.size(), sum};
}

}  // namespace

TEST_CASE("the option --linear sets what the linear classifier reads, and none leaves it out") {
  const TempDir folder;
  std::map<std::string, ModelSummary> models;
  for (const std::string linear : {"none", "words", "bigrams"}) {
    const Outcome outcome = train(folder / linear, {"--linear", linear, "--epochs", "2"});
    REQUIRE(outcome.status == 0);
    CHECK_THAT(outcome.err,
               Contains(linear == "none" ? " (hidden layers 16,8), "
                                         : " (hidden layers 16,8) and a linear classifier, "));
    models[linear] = summarize_model(folder / linear);
  }
  const ModelSummary &none = models["none"], &words = models["words"], &pairs = models["bigrams"];
  REQUIRE(none.ensemble.networks.size() == 1);
  REQUIRE(words.ensemble.networks.size() == 2);
  REQUIRE(pairs.ensemble.networks.size() == 2);
  CHECK(none.tokens == words.tokens);
  CHECK(pairs.tokens > words.tokens);
  for (const ModelSummary& model : {none, words, pairs})
    CHECK(model.ensemble.networks[0].shape == NetworkShape{words.tokens, 16, 8, 3, 3});
  CHECK(words.ensemble.networks[1].shape == NetworkShape{words.tokens, 0, 0, 3});
  CHECK(pairs.ensemble.networks[1].shape == NetworkShape{pairs.tokens, 0, 0, 3});

  const Outcome tokens = run_newsclf({"info", folder / "bigrams", "--vocabulary"});
  CHECK_THAT(tokens.out, Contains("\nof the\t"));
  CHECK_THAT(run_newsclf({"info", folder / "words", "--vocabulary"}).out, !Contains("\nof the\t"));
  const Outcome wrong = train(folder / "wrong", {"--linear", "trigrams"});
  CHECK(wrong.status == 2);
}

TEST_CASE("info shows every network of a model") {
  const TempDir folder;
  save_model(tiny_of_all_kinds(), folder / "model");
  const Outcome text = run_newsclf({"info", folder / "model", "--json", folder / "json"});
  REQUIRE(text.status == 0);
  CHECK_THAT(text.out, Contains("network     1 x 3 - 3 - 2 - 2, weights: f32\n"
                                "            2 x 3 - 3 - 2 - 2, weights: f32\n"
                                "            linear: 4 - 2, weights: f32\n"));
  CHECK(nlohmann::json::parse(read_file(folder / "json"))["networks"] == nlohmann::json::parse(R"([
    {"members":1,"inputs":3,"hidden":[3,2],"weights":"f32","numbers_per_input":3},
    {"members":2,"inputs":3,"hidden":[3,2],"weights":"f32","numbers_per_input":6},
    {"members":1,"inputs":4,"hidden":[],"weights":"f32","numbers_per_input":2}])"));
}

TEST_CASE("both backends agree on models with and without a linear classifier") {
  const TempDir folder;
  for (const std::string linear : {"none", "words", "bigrams"})
    for (const std::string norm : {"l2", "none"}) {
      INFO(linear << ", norm " << norm);
      const std::string model = folder / "model";
      REQUIRE(train(model, {"--linear", linear, "--norm", norm, "--force", "-q"}).status == 0);
      require_agreement(model);
    }
}

TEST_CASE("both backends agree on a model with several perceptron networks") {
  const TempDir folder;
  save_model(tiny_of_all_kinds(), folder / "model");
  require_agreement(folder / "model", "moon\nball bat\nmoon ball bat\nball\n\n");
}

TEST_CASE("a model with a linear classifier learns the corpus, and its answers are explained") {
  const TempDir folder;
  for (const std::string linear : {"words", "bigrams"}) {
    INFO(linear);
    const std::string model = folder / linear;
    REQUIRE(train(model, {"--linear", linear, "--epochs", "20", "-q"}).status == 0);
    CHECK(accuracy_of(model) >= 0.65);
    const auto [count, sum] = explained(model, "compost for the beans\n");
    CHECK(count > 2);
    // The logit of the label minus that of an empty document.
    const Classifier classifier = load_model(model);
    const SparseRows rows =
        transform(classifier.vectorizer, corpus({{"", "compost for the beans"}}));
    const std::vector<float> logits = logits_of(classifier.ensemble, rows.row(0)),
                             base = logits_of(classifier.ensemble, {});
    const auto best = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
    CHECK(sum == Approx(logits[best] - base[best]).epsilon(1e-3));
  }
}

TEST_CASE("a model is calibrated without held-out documents unless --no-calibration is given") {
  const TempDir folder;
  const auto temperature = [&](const std::vector<std::string>& more) {
    std::vector<std::string> options = {"--force", "-q"};
    options.insert(options.end(), more.begin(), more.end());
    REQUIRE(train(folder / "model", options).status == 0);
    return load_model(folder / "model").ensemble.temperature;
  };
  CHECK(temperature({}) != 1);
  CHECK(temperature({"--linear", "none"}) != 1);
  CHECK(temperature({"--members", "1"}) != 1);
  CHECK(temperature({"--members", "1", "--linear", "none"}) != 1);
  CHECK(temperature({"--no-calibration"}) == 1);
}

TEST_CASE("of few documents, calibration leaves none out of the final training") {
  const TempDir folder;
  const auto weights = [&](const std::vector<std::string>& more) {
    std::vector<std::string> options = {"--force", "-q"};
    options.insert(options.end(), more.begin(), more.end());
    REQUIRE(train(folder / "model", options).status == 0);
    const Classifier classifier = load_model(folder / "model");
    std::vector<float> all(classifier.vectorizer.factors().token_scale.begin(),
                           classifier.vectorizer.factors().token_scale.end());
    for (const Network& network : classifier.ensemble.networks)
      all.insert(all.end(), network.first_weight.begin(), network.first_weight.end());
    return std::pair(all, classifier.training.left_out);
  };
  const auto [calibrated, left_out] = weights({});
  const auto [plain, none] = weights({"--no-calibration"});
  CHECK(calibrated == plain);
  CHECK(left_out > 0);
  CHECK(none == 0);
}

TEST_CASE("a model with a linear classifier has the same bytes for any number of threads") {
  const TempDir folder;
  for (const std::string optimizer : {"adam", "row-rmsprop"}) {
    std::string bytes;
    for (const std::string threads : {"1", "2", "3"}) {
      INFO(optimizer << ", " << threads << " threads");
      REQUIRE(train(folder / "model", {"--optimizer", optimizer, "--threads", threads, "--force",
                                       "--epochs", "3", "-q"})
                  .status == 0);
      if (bytes.empty()) bytes = read_file(folder / "model");
      CHECK(read_file(folder / "model") == bytes);
    }
  }
}
