// SPDX-License-Identifier: MIT
// A loaded model gives finite numbers for every document: check 9 of loading.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "model/edited_model.hpp"
#include "newsclf/features/weighting.hpp"
#include "newsclf/model/explanation.hpp"
#include "newsclf/parallel/random.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Floats = std::vector<float>;

/// `classifier` with tokens weighted by tfidf and nb, all factors 1.
Classifier with_factors(Classifier classifier, Norm norm = Norm::kNone) {
  VectorizerOptions options = classifier.vectorizer.options();
  options.weighting = {Weighting::kTfidf, norm, 30, TokenScale::kNb};
  const auto factors = std::make_shared<const Floats>(4, 1.0f);
  classifier.vectorizer =
      Vectorizer(options, classifier.vectorizer.vocabulary(), {*factors, *factors}, factors);
  return classifier;
}

std::size_t numbers_of(const ModelFile& file, const std::string& tensor) {
  const auto offsets = nlohmann::json::parse(file.header)[tensor]["data_offsets"];
  return (offsets[1].get<std::size_t>() - offsets[0].get<std::size_t>()) / sizeof(float);
}

/// Sets all numbers of the tensor to `size`, alternating in sign.
ModelFile with_alternating(ModelFile file, const char* tensor, float size) {
  Floats numbers(numbers_of(file, tensor), size);
  for (std::size_t i = 1; i < numbers.size(); i += 2) numbers[i] = -size;
  return file.put_all(tensor, numbers);
}

void refused_for(const ModelFile& file, const std::string& tensor, const std::string& number) {
  refused(file, "tensor \"" + tensor + "\" at byte ");
  refused(file,
          ": expected finite numbers with which no sum over a document can overflow "
          "a float, found " +
              number + "; the file is damaged");
}

bool is_accepted(const ModelFile& file) {
  const TempDir folder;
  try {
    load_model(folder.write("model", file.bytes()));
  } catch (const Error&) {
    return false;
  }
  return true;
}

const char* const kWeights[] = {"hidden1.weight", "hidden2.weight", "output.weight"};
const char* const kBiases[] = {"hidden1.bias", "hidden2.bias", "output.bias"};

}  // namespace

TEST_CASE("a token factor that can leave the range of a float is refused") {
  for (const Norm norm : {Norm::kNone, Norm::kL2})
    for (const std::string tensor : {"features.idf", "features.token_scale"}) {
      const ModelFile whole(with_factors(tiny_classifier(), norm));
      for (const float number : {3e38f, -3e38f, 1e30f}) {
        const ModelFile file = ModelFile(whole).put(tensor.c_str(), 2, number);
        refused_for(file, tensor, fmt::format("{}", number));
        const TempDir folder;
        const std::string path = folder.write("model", file.bytes());
        CHECK_THAT(error_of([&] { load_vectorizer(path); }), Catch::Matchers::Contains(tensor));
      }
      CHECK(is_accepted(ModelFile(whole).put(tensor.c_str(), 2, 1e6f)));
    }
}

TEST_CASE("two factors whose product can leave the range of a float are refused") {
  const ModelFile whole(with_factors(tiny_classifier(), Norm::kL2));
  CHECK(is_accepted(ModelFile(whole).put("features.idf", 0, 1e20f)));
  CHECK(is_accepted(ModelFile(whole).put("features.token_scale", 0, 1e20f)));
  refused_for(ModelFile(whole).put("features.idf", 0, 1e20f).put("features.token_scale", 1, 1e20f),
              "features.idf", "1e+20");
  // The product of the first two would be in range, but the idf is applied first.
  refused_for(
      with_alternating(ModelFile(whole).put("features.idf", 0, 3e38f), "features.token_scale", 0),
      "features.idf", "3e+38");
}

TEST_CASE("weights that can leave the range of a float are refused") {
  for (const char* tensor : kWeights) {
    refused_for(with_alternating(ModelFile(), tensor, 3e38f), tensor, "3e+38");
    refused_for(with_alternating(ModelFile(), tensor, -3e38f), tensor, "-3e+38");
    refused_for(ModelFile().put(tensor, 5 % numbers_of(ModelFile(), tensor), -1e30f), tensor,
                "-1e+30");
    CHECK(is_accepted(with_alternating(ModelFile(), tensor, 1e6f)));
  }
  for (const char* tensor : {"hidden1.weight", "member0.hidden2.weight", "member1.hidden2.weight",
                             "member0.output.weight", "member1.output.weight"})
    refused_for(with_alternating(ModelFile(tiny_ensemble()), tensor, 3e38f), tensor, "3e+38");
  for (const char* tensor : {"linear.weight", "network1.hidden1.weight", "hidden1.weight"})
    refused_for(with_alternating(ModelFile(tiny_of_all_kinds()), tensor, 3e38f), tensor, "3e+38");
  refused_for(ModelFile(tiny_with_linear()).put("linear.weight", 5, -1e30f), "linear.weight",
              "-1e+30");
  CHECK(is_accepted(with_alternating(ModelFile(tiny_with_linear()), "linear.weight", 1e6f)));
}

TEST_CASE("biases that can leave the range of a float are refused") {
  for (const char* tensor : kBiases) {
    refused_for(with_alternating(ModelFile(), tensor, 3e38f), tensor, "3e+38");
    refused_for(ModelFile().put(tensor, 1, -3e38f), tensor, "-3e+38");
    CHECK(is_accepted(with_alternating(ModelFile(), tensor, 1e9f)));
  }
  for (const char* tensor : {"hidden1.bias", "member0.hidden2.bias", "member1.hidden2.bias",
                             "member0.output.bias", "member1.output.bias"})
    refused_for(with_alternating(ModelFile(tiny_ensemble()), tensor, 3e38f), tensor, "3e+38");
  refused_for(ModelFile(tiny_with_linear()).put("linear.bias", 1, 3e38f), "linear.bias", "3e+38");
}

TEST_CASE("weights that are each in range are refused if their product is too large") {
  ModelFile file;
  for (const char* tensor : kWeights) file = with_alternating(file, tensor, 1e7f);
  CHECK(is_accepted(with_alternating(file, "output.weight", 1)));
  refused_for(file, "hidden1.weight", "10000000");
}

TEST_CASE("the check takes the temperature into account") {
  const auto with_temperature = [](float temperature, float weight) {
    return with_alternating(ModelFile(tiny_ensemble()), "member1.output.weight", weight)
        .put("temperature", 0, temperature);
  };
  CHECK(is_accepted(with_temperature(1, 1e20f)));
  CHECK(is_accepted(with_temperature(100, 1e20f)));
  refused_for(with_temperature(0.01f, 1e20f), "member1.output.weight", "1e+20");
  CHECK(is_accepted(with_temperature(0.01f, 1e18f)));
}

TEST_CASE("the check takes the norm of the rows into account") {
  const auto with_norm = [](const char* norm) {
    return with_alternating(ModelFile(with_factors(tiny_classifier(), Norm::kL2)), "hidden1.weight",
                            1e30f)
        .edit_inner(R"("input_norm":30.0)", norm);
  };
  CHECK(is_accepted(with_norm(R"("input_norm":1.0)")));
  refused_for(with_norm(R"("input_norm":1000000.0)"), "hidden1.weight", "1e+30");
}

TEST_CASE("a model that can leave the range of a float is not written") {
  for (const float number : {3e38f, std::numeric_limits<float>::quiet_NaN()}) {
    const TempDir folder;
    Classifier classifier = tiny_classifier();
    const Floats bias{0, number};
    classifier.ensemble.networks[0].output_bias = bias;
    CHECK(error_of([&] { save_model(classifier, folder / "model"); }) ==
          (folder / "model") + ": not written: the model contains " + fmt::format("{}", number) +
              ", with which a sum over a document could overflow a float; train again at a lower "
              "learning rate");
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}

TEST_CASE("models with the largest accepted numbers give finite answers for hostile documents") {
  const ModelFile kinds[] = {ModelFile(),
                             ModelFile(tiny_ensemble()),
                             ModelFile(with_factors(tiny_classifier())),
                             ModelFile(with_factors(tiny_ensemble(), Norm::kL2)),
                             ModelFile(with_factors(tiny_ensemble())).put("temperature", 0, 0.01f),
                             ModelFile(tiny_with_linear()),
                             ModelFile(with_factors(tiny_with_linear(), Norm::kL2)),
                             ModelFile(tiny_of_all_kinds()).put("temperature", 0, 0.01f)};
  const Floats documents[] = {{},
                              {1, 1, 1, 1},
                              {0x1p46f, 0x1p46f, 0x1p46f, 0x1p46f},
                              {0x1p48f, 0, 0, 0},
                              {0, 0x1p47f, 1, 0x1p47f}};
  Random random(3);
  for (const ModelFile& kind : kinds)
    for (int draw = 0; draw < 3; ++draw) {
      // Draws numbers of all magnitudes, then scales them up as long as the model is accepted.
      std::vector<std::pair<std::string, Floats>> drawn;
      const auto header = nlohmann::json::parse(kind.header);
      for (const auto& [name, entry] : header.items())
        if (name != "__metadata__" && name != "temperature" && entry["dtype"] == "F32") {
          Floats numbers(numbers_of(kind, name));
          const float spread = 12 * random.uniform();
          for (float& number : numbers)
            number = (random.below(2) == 0 ? 1.0f : -1.0f) *
                     std::pow(10.0f, spread * (random.uniform() - 1));
          drawn.emplace_back(name, numbers);
        }
      const auto scaled = [&](float scale) {
        ModelFile file = kind;
        for (auto [name, numbers] : drawn) {
          for (float& number : numbers) number *= scale;
          file.put_all(name, numbers);
        }
        return file;
      };
      float scale = 1;
      while (is_accepted(scaled(scale * 8))) scale *= 8;
      const TempDir folder;
      const Classifier classifier = load_model(folder.write("model", scaled(scale).bytes()));
      const Explainer explainer(classifier.ensemble);
      for (const Floats& counts : documents) {
        CAPTURE(kind.header, draw, scale, counts);
        const std::vector<std::int32_t> columns = {0, 1, 2, 3};
        Floats values = counts;
        const std::span<const std::int32_t> present(columns.data(), values.size());
        weigh_row(present, values, classifier.vectorizer.factors(),
                  classifier.vectorizer.options().weighting);
        const Floats logits = logits_of(classifier.ensemble, {present, values});
        for (const float logit : logits) REQUIRE(std::isfinite(logit));
        const RankedLabel prediction = rank_labels(logits).front();
        CHECK(prediction.probability >= 0.5f);
        CHECK(prediction.probability <= 1);
        const double other = std::exp(static_cast<double>(logits[1 - prediction.label]) -
                                      static_cast<double>(logits[prediction.label]));
        CHECK(prediction.probability + other / (1 + other) == Approx(1));
        for (const TokenContribution& token :
             explainer.explain({present, values}, prediction.label))
          REQUIRE(std::isfinite(token.contribution));
      }
    }
}

TEST_CASE("explaining a NaN logit terminates") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<std::int32_t> columns = {0, 1};
  const Floats values = {kInfinity, -kInfinity};
  const Ensemble ensemble = tiny_ensemble().ensemble;
  CHECK(Explainer(ensemble).explain({columns, values}, 0).size() == 2);
  CHECK_THAT(error_of([&] { rank_labels(logits_of(ensemble, {columns, values})); }),
             Catch::Matchers::Contains("a logit of a document is NaN"));
}
