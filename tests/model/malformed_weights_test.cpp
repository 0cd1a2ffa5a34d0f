// SPDX-License-Identifier: MIT
// Every way in which the weights of a model can be malformed: checks 9 and 10 of loading.
#include <bit>
#include <cmath>
#include <limits>

#include "model/edited_model.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

void rename_tensor(ModelFile& file, const std::string& from, const std::string& to) {
  file.edit('"' + from + R"(":{)", '"' + to + R"(":{)");
}

}  // namespace

// 9. The weights.

TEST_CASE("an infinite or NaN weight is refused") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const char* tensor : {"hidden1.weight", "hidden1.bias", "hidden2.weight", "hidden2.bias",
                             "output.weight", "output.bias"})
    for (const float value : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(),
                              std::bit_cast<float>(0xFF800001u)}) {
      refused(ModelFile().put(tensor, 1, value), std::string("tensor \"") + tensor + "\" at byte ");
      refused(ModelFile().put(tensor, 1, value),
              ": expected finite numbers with which no sum over a document can overflow a "
              "float, found " +
                  std::string(std::isnan(value) ? ""
                              : value > 0       ? "inf;"
                                                : "-inf;"));
    }
}

TEST_CASE("an infinite or NaN idf is refused") {
  const std::vector<float> idf = {1, 1, 1, 1};
  Classifier classifier = tiny_classifier();
  VectorizerOptions options = classifier.vectorizer.options();
  options.weighting.weighting = Weighting::kTfidf;
  classifier.vectorizer =
      Vectorizer(options, classifier.vectorizer.vocabulary(), {idf, {}}, nullptr);
  refused(ModelFile(classifier).put("features.idf", 3, std::numeric_limits<float>::infinity()),
          "tensor \"features.idf\" at byte ");
}

TEST_CASE("an infinite or NaN weight of a member is refused") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const char* tensor :
       {"hidden1.weight", "member0.hidden2.weight", "member1.hidden2.weight",
        "member1.hidden2.bias", "member1.output.weight", "member1.output.bias"})
    for (const float value : {kInfinity, std::numeric_limits<float>::quiet_NaN()})
      refused(ModelFile(tiny_ensemble()).put(tensor, 1, value),
              std::string("tensor \"") + tensor + "\" at byte ");
}

// The members of an ensemble and the temperature.

TEST_CASE("the number of members in config must match the tensors") {
  // One network that config describes as two or three members.
  refused_by_header(
      ModelFile().edit_inner(R"("members":1,"share":1.0)", R"("members":2,"share":0.5)"),
      ": expected shape [4,6] (-1: any), found [4,3]");
  refused_by_header(
      with_network(tiny_classifier(),
                   R"({"columns":[0,4],"hidden":[1,2],"members":3,"share":0.3333333})"),
      "the header has no tensor \"member0.hidden2.weight\"");
  // Two members that config describes as one or three.
  refused_by_header(ModelFile(tiny_ensemble())
                        .edit_inner(R"("members":2,"share":0.5)", R"("members":1,"share":1)"),
                    ": expected shape [4,3] (-1: any), found [4,6]");
  refused_by_header(
      with_network(tiny_ensemble(), R"({"columns":[0,4],"hidden":[6,2],"members":1,"share":1})"),
      "the header has no tensor \"hidden2.weight\"");
  refused_by_header(
      ModelFile(tiny_ensemble())
          .edit_inner(R"("members":2,"share":0.5)", R"("members":3,"share":0.3333333)"),
      ": expected shape [4,9] (-1: any), found [4,6]");
  refused_by_header(
      with_network(tiny_ensemble(),
                   R"({"columns":[0,4],"hidden":[2,2],"members":3,"share":0.3333333})"),
      "tensor \"member0.hidden2.weight\" at byte ");
}

TEST_CASE("a missing tensor of a member is refused") {
  for (const int member : {0, 1})
    for (const std::string name :
         {"hidden2.weight", "hidden2.bias", "output.weight", "output.bias"}) {
      const std::string tensor = "member" + std::to_string(member) + '.' + name;
      for (const std::string other : {"", "member.", "member2.", "member00.", "Member0."}) {
        ModelFile file(tiny_ensemble());
        rename_tensor(file, tensor, other + name);
        refused_by_header(file, "the header has no tensor \"" + tensor + '"');
      }
    }
  // Removes the tensor with its bytes instead of renaming it.
  ModelFile file(tiny_ensemble());
  file.edit(R"("member1.output.bias":{"dtype":"F32","shape":[2],"data_offsets":[248,256]},)", "")
      .edit("[256,260]", "[248,252]")
      .edit("[260,280]", "[252,272]")
      .edit("[280,296]", "[272,288]")
      .edit("[296,309]", "[288,301]");
  file.data.erase(248, 8);
  refused_by_header(file, "the header has no tensor \"member1.output.bias\"");
}

TEST_CASE("an unexpected tensor of a member is refused") {
  ModelFile file(tiny_ensemble());
  file.edit_inner(R"("calibrated":true)", R"("calibrated":false)");
  rename_tensor(file, "temperature", "member2.output.bias");
  refused_by_header(file, "expected 14 tensors, found 15");
}

TEST_CASE("the tensors of a member must have the dtype and shape expected for their names") {
  const auto edited = [](const std::string& tensor, const std::string& from,
                         const std::string& to) {
    const std::string begin = '"' + tensor + R"(":{"dtype":)";
    return ModelFile(tiny_ensemble()).edit(begin + from, begin + to);
  };
  const std::string kF32 = R"("F32","shape":)";
  refused_by_header(edited("member1.hidden2.weight", kF32 + "[2,3]", kF32 + "[3,2]"),
                    ": expected shape [2,3] (-1: any), found [3,2]");
  refused_by_header(edited("member1.hidden2.weight", kF32 + "[2,3]", kF32 + "[3,2]"),
                    ": tensor \"member1.hidden2.weight\" at byte ");
  refused_by_header(edited("member0.hidden2.weight", kF32 + "[2,3]", kF32 + "[6]"),
                    ": expected shape [2,3] (-1: any), found [6]");
  refused_by_header(edited("member1.hidden2.bias", kF32 + "[2]", kF32 + "[1,2]"),
                    ": expected shape [2] (-1: any), found [1,2]");
  refused_by_header(edited("member1.output.weight", kF32 + "[2,2]", kF32 + "[1,4]"),
                    ": expected shape [2,2] (-1: any), found [1,4]");
  refused_by_header(edited("member0.output.bias", kF32 + "[2]", R"("U8","shape":[8])"),
                    ": expected F32, found U8");
  // Moves one number from a tensor to the next.
  refused_by_header(ModelFile(tiny_ensemble())
                        .edit(R"([2],"data_offsets":[240,248])", R"([1],"data_offsets":[240,244])")
                        .edit(R"([2],"data_offsets":[248,256])", R"([3],"data_offsets":[244,256])"),
                    ": expected shape [2] (-1: any), found [1]");
}

TEST_CASE("the first layer must be as wide as all members together") {
  refused_by_header(ModelFile(tiny_ensemble()).edit("[4,6]", "[6,4]"),
                    ": expected shape [4,6] (-1: any), found [6,4]");
  refused_by_header(
      ModelFile(tiny_ensemble())
          .edit(R"([6],"data_offsets":[120,144])", R"([3],"data_offsets":[120,132])")
          .edit(R"([2,3],"data_offsets":[144,168])", R"([9],"data_offsets":[132,168])"),
      ": expected shape [6] (-1: any), found [3]");
}

TEST_CASE("tensors of the same name must be stored in the order of the members") {
  for (const std::string name :
       {"hidden2.weight", "hidden2.bias", "output.weight", "output.bias"}) {
    ModelFile file(tiny_ensemble());
    rename_tensor(file, "member1." + name, "other");
    rename_tensor(file, "member0." + name, "member1." + name);
    rename_tensor(file, "other", "member0." + name);
    refused_by_header(file, ": tensor \"member1." + name + "\" at byte ");
    refused_by_header(file, ": expected it directly after member 0, found it elsewhere");
  }
  // Grouped by member instead of by tensor.
  const std::string f32 = R"("dtype":"F32","shape":)";
  refused_by_header(
      ModelFile(tiny_ensemble())
          .edit(R"("member1.hidden2.weight":{)" + f32 + R"([2,3],"data_offsets":[168,192]},)" +
                    R"("member0.hidden2.bias":{)" + f32 + R"([2],"data_offsets":[192,200]},)",
                R"("member0.hidden2.bias":{)" + f32 + R"([2],"data_offsets":[168,176]},)" +
                    R"("member1.hidden2.weight":{)" + f32 + R"([2,3],"data_offsets":[176,200]},)"),
      "expected it directly after member 0, found it elsewhere");
}

TEST_CASE("a temperature must be a number from 0.01 to 100") {
  const auto with_temperature = [](float temperature) {
    return ModelFile(tiny_ensemble()).put("temperature", 0, temperature);
  };
  const TempDir folder;
  CHECK(load_model(folder.write("model", with_temperature(0.5f).bytes())).ensemble.temperature ==
        0.5f);
  const std::string rule = ": expected a number from 0.01 to 100, found ";
  refused_by_header(with_temperature(0), rule + "0");
  refused_by_header(with_temperature(0), ": tensor \"temperature\" at byte ");
  refused_by_header(with_temperature(-0.0f), rule + "-0");
  refused_by_header(with_temperature(-1.5f), rule + "-1.5");
  refused_by_header(with_temperature(-std::numeric_limits<float>::infinity()), rule + "-inf");
  refused_by_header(with_temperature(std::numeric_limits<float>::quiet_NaN()), rule + "nan");
  refused_by_header(with_temperature(std::numeric_limits<float>::infinity()), rule + "inf");
  refused_by_header(with_temperature(0.009f), rule + "0.009");
  refused_by_header(with_temperature(101), rule + "101");
}

TEST_CASE("a temperature must be one number") {
  const auto with_shape = [](const std::string& shape) {
    const std::string begin = R"("temperature":{"dtype":"F32","shape":)";
    return ModelFile(tiny_ensemble()).edit(begin + "[1]", begin + shape);
  };
  refused_by_header(with_shape("[]"), ": expected shape [1] (-1: any), found []");
  refused_by_header(with_shape("[1,1]"), ": expected shape [1] (-1: any), found [1,1]");
  refused_by_header(ModelFile(tiny_ensemble())
                        .edit(R"("temperature":{"dtype":"F32","shape":[1])",
                              R"("temperature":{"dtype":"U8","shape":[4])"),
                    ": expected F32, found U8");
}

TEST_CASE("a temperature is required in calibrated models and refused in others") {
  refused_by_header(ModelFile().edit_inner(R"("calibrated":false)", R"("calibrated":true)"),
                    "the header has no tensor \"temperature\"");
  refused_by_header(ModelFile(tiny_ensemble()).edit(R"("temperature":)", R"("temperatures":)"),
                    "the header has no tensor \"temperature\"");
  refused_by_header(
      ModelFile(tiny_ensemble()).edit_inner(R"("calibrated":true)", R"("calibrated":false)"),
      "expected 14 tensors, found 15");
}

// The weights of a linear network and of further perceptrons.

TEST_CASE("an infinite or NaN weight of a linear network or a further perceptron is refused") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const char* tensor :
       {"linear.weight", "linear.bias", "network1.hidden1.weight", "network1.hidden1.bias",
        "member1.network1.hidden2.weight", "member0.network1.output.bias"})
    for (const float value : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()})
      refused(ModelFile(tiny_of_all_kinds()).put(tensor, 1, value),
              std::string("tensor \"") + tensor + "\" at byte ");
}

TEST_CASE("the weights of a linear network must have a row per column and a number per label") {
  const ModelFile whole(tiny_of_all_kinds());
  const std::string begin = R"("linear.weight":{"dtype":"F32","shape":)";
  refused_by_header(ModelFile(whole).edit(begin + "[4,2]", begin + "[2,4]"),
                    ": expected shape [4,2] (-1: any), found [2,4]");
  refused_by_header(ModelFile(whole).edit(begin + "[4,2]", begin + "[8]"),
                    ": tensor \"linear.weight\" at byte ");
  for (const std::string tensor : {"linear.weight", "linear.bias", "network1.hidden1.weight",
                                   "member1.network1.output.weight"}) {
    ModelFile file = whole;
    rename_tensor(file, tensor, "other");
    refused_by_header(file, "the header has no tensor \"" + tensor + '"');
  }
}

TEST_CASE("a model that does not mention its linear network is refused") {
  refused_by_header(ModelFile(tiny_of_all_kinds())
                        .edit_json("config",
                                   [](auto& config) {
                                     config["ensemble"]["networks"].erase(2);
                                     config["ensemble"]["networks"][0]["share"] = 0.5;
                                   }),
                    "expected 21 tensors, found 23");
}
