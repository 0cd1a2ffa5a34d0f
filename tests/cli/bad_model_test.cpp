// SPDX-License-Identifier: MIT
// A malicious model with a valid digest ends every command with a one-line error.
#include "model/edited_model.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

TEST_CASE("a model whose numbers can leave the range of a float is refused by every command") {
  std::vector<float> idf(4, 1);
  Classifier classifier = tiny_ensemble();
  VectorizerOptions options = classifier.vectorizer.options();
  options.weighting.weighting = Weighting::kTfidf;
  classifier.vectorizer =
      Vectorizer(options, classifier.vectorizer.vocabulary(), {idf, {}}, nullptr);
  ModelFile steep(classifier), alternating(classifier);
  for (std::size_t i = 0; i < 4; ++i) steep.put("features.idf", i, 3e38f);
  for (std::size_t i = 0; i < 24; ++i)
    alternating.put("hidden1.weight", i, i % 2 == 0 ? 3e38f : -3e38f);

  const TempDir folder;
  folder.write("data/space/1", "moon orbit");
  folder.write("data/baseball/1", "ball bat");
  for (const auto& [file, tensor] :
       {std::pair(&steep, "features.idf"), std::pair(&alternating, "hidden1.weight")}) {
    const std::string model = folder.write("model", file->bytes());
    const std::vector<std::string> commands[] = {
        {"predict", model, "--explain", "3"},
        {"predict", model, "--output-format", "jsonl"},
        {"eval", model, folder / "data"},
        {"eval", model, folder / "data", "--report", folder / "page.html"},
        {"compare", model, model, folder / "data"},
        {"info", model, "--verify"}};
    for (const auto& command : commands) {
      CAPTURE(command);
      const Outcome outcome = run_newsclf(command, "moon ball\n");
      CHECK(outcome.status == 1);
      CHECK(outcome.out.empty());
      CHECK_THAT(outcome.err, Contains("newsclf: " + model + ": tensor \"" + tensor) &&
                                  Contains(", found 3e+38; the file is damaged"));
    }
  }
}
