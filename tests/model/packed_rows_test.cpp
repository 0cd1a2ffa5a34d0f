// SPDX-License-Identifier: MIT
#include "newsclf/model/packed_rows.hpp"

#include <cmath>
#include <memory>

#include "model/edited_model.hpp"
#include "model/kinds_of_models.hpp"
#include "newsclf/model/explanation.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// The same weights as floats.
Ensemble unpacked(Ensemble ensemble) {
  for (Network& network : ensemble.networks) {
    const FirstWeight floats(network);
    const auto weights = std::make_shared<Floats>(floats.floats().begin(), floats.floats().end());
    network.first_weight = *weights;
    network.packed = {};
    network.owner =
        std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(
            weights, network.owner);
  }
  return ensemble;
}

constexpr WeightForm kPacked[] = {WeightForm::kLowRank, WeightForm::kI8, WeightForm::kF16};

SparseRows three_rows() {
  SparseRows rows;
  rows.columns = {0, 1, 3, 2, 3};
  rows.values = {1, 2, 0.5f, 3, 1};
  rows.offsets = {0, 3, 3, 5};
  return rows;
}

}  // namespace

TEST_CASE("halves are the nearest ones, ties go to even") {
  const Floats numbers = {
      0,        -0.0f,   1, -2.5f, 65504, 0x1p-24f, 0x1p-14f, 1 + 0x1p-11f, 1 + 3 * 0x1p-11f,
      0x1p-26f, 1.0f / 3};
  const std::vector<std::uint16_t> expected = {0x0000, 0x8000, 0x3c00, 0xc100, 0x7bff, 0x0001,
                                               0x0400, 0x3c00, 0x3c02, 0x0000, 0x3555};
  CHECK(to_halves(numbers) == expected);
  CHECK(of_half(0x3555) == 0.333251953125f);
  CHECK(of_half(0x0001) == 0x1p-24f);
  CHECK(of_half(0xc100) == -2.5f);
  for (std::uint32_t half = 0; half < 0x7c00; ++half)
    REQUIRE(to_halves(Floats{of_half(static_cast<std::uint16_t>(half))})[0] == half);
}

TEST_CASE("the largest number of a row in size becomes the largest byte") {
  PackedArrays arrays;
  quantize(Floats{1, -2, 0.5f, 0, 0, 0, 1e-44f, 0, 0}, 3, arrays);
  CHECK(arrays.bytes == std::vector<std::int8_t>{64, -127, 32, 0, 0, 0, 0, 0, 0});
  CHECK(arrays.scale == Floats{2.0f / 127, 0, 0});
}

TEST_CASE("logits of packed weights are those of the same weights as floats") {
  for (const WeightForm form : kPacked) {
    CAPTURE(static_cast<int>(form));
    const Ensemble ensemble = tiny_packed(form).ensemble;
    CHECK(ensemble.networks[0].packed.form() == form);
    require_close(native_logits(ensemble, three_rows()),
                  native_logits(unpacked(ensemble), three_rows()), 1e-6);
  }
}

TEST_CASE("contributions of packed weights are those of the same weights as floats") {
  for (const WeightForm form : kPacked) {
    CAPTURE(static_cast<int>(form));
    const SparseRows rows = three_rows();
    Floats contributions[2];
    const Ensemble ensembles[] = {tiny_packed(form).ensemble, unpacked(tiny_packed(form).ensemble)};
    for (std::size_t i = 0; i < 2; ++i)
      for (const TokenContribution& token :
           Explainer(ensembles[i]).explain(RowsView(rows).row(0), 1))
        contributions[i].push_back(token.contribution);
    require_close(contributions[0], contributions[1], 1e-5);
  }
}

TEST_CASE("a model file keeps packed weights, and saving it again gives the same bytes") {
  for (const WeightForm form : kPacked) {
    CAPTURE(static_cast<int>(form));
    const TempDir folder;
    const Classifier classifier = tiny_packed(form);
    save_model(classifier, folder / "model");
    const Classifier loaded = load_model(folder / "model");
    CHECK(loaded.ensemble.networks[0].packed.form() == form);
    CHECK(native_logits(loaded.ensemble, three_rows()) ==
          native_logits(classifier.ensemble, three_rows()));
    save_model(loaded, folder / "again");
    CHECK(read_file(folder / "again") == read_file(folder / "model"));
  }
}

TEST_CASE("packed weights of a wrong dtype or shape are refused") {
  const auto file = [](WeightForm form) { return ModelFile(tiny_packed(form)); };
  const std::string rows = R"("hidden1.rows":{"dtype":"I8","shape":[4,2])";
  refused_by_header(
      file(WeightForm::kLowRank).edit(rows, R"("hidden1.rows":{"dtype":"I8","shape":[2,4])"),
      "expected shape [4,2] (-1: any), found [2,4]");
  refused_by_header(
      file(WeightForm::kLowRank).edit(rows, R"("hidden1.rows":{"dtype":"U8","shape":[4,2])"),
      "expected I8, found U8");
  refused_by_header(file(WeightForm::kLowRank)
                        .edit(R"("hidden1.basis":{"dtype":"F32","shape":[2,3])",
                              R"("hidden1.basis":{"dtype":"F32","shape":[3,2])"),
                    "expected shape [-1,3] (-1: any), found [3,2]");
  refused_by_header(file(WeightForm::kI8).edit(R"("hidden1.scale")", R"("hidden1.scales")"),
                    "the header has no tensor \"hidden1.scale\"");
  refused_by_header(
      file(WeightForm::kF16)
          .edit_json("config",
                     [](auto& config) { config["ensemble"]["networks"][0]["weights"] = "f32"; }),
      "expected F32, found F16");
  refused_by_header(
      file(WeightForm::kF16)
          .edit_json("config",
                     [](auto& config) { config["ensemble"]["networks"][0]["weights"] = "i4"; }),
      "expected low-rank, i8, f16 or f32, found \"i4\"");
}

TEST_CASE("a basis has at least one row and no more rows than columns") {
  // Bases of 4 rows for a width of 3.
  Classifier classifier = tiny_packed(WeightForm::kLowRank);
  Network& network = classifier.ensemble.networks[0];
  const std::vector<std::int8_t> bytes(16, 1);
  const Floats basis(12, 0.5f);
  network.packed.rank = 4;
  network.packed.bytes = bytes;
  network.packed.basis = basis;
  refused_by_header(ModelFile(classifier), ": expected 1 to 3 rows, found 4");
}

TEST_CASE("packed weights that could overflow a float are refused") {
  const std::string rule =
      ": expected finite numbers with which no sum over a document can overflow a float, found ";
  constexpr float kHuge = 3e38f, kNan = std::numeric_limits<float>::quiet_NaN();
  for (const WeightForm form : {WeightForm::kLowRank, WeightForm::kI8}) {
    refused(ModelFile(tiny_packed(form)).put("hidden1.scale", 1, kHuge), rule + "3e+38");
    refused(ModelFile(tiny_packed(form)).put("linear.scale", 0, kNan), rule + "nan");
  }
  refused(ModelFile(tiny_packed(WeightForm::kLowRank)).put("hidden1.basis", 3, -kHuge),
          rule + "-3e+38");
  refused(ModelFile(tiny_packed(WeightForm::kLowRank)).put("hidden1.bias", 1, kHuge),
          rule + "3e+38");
  for (const int infinite : {0x7c00, 0xfc00, 0x7e01})
    refused(ModelFile(tiny_packed(WeightForm::kF16))
                .put("hidden1.weight", 5, static_cast<std::uint16_t>(infinite)),
            "tensor \"hidden1.weight\"");
}
