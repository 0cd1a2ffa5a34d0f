// SPDX-License-Identifier: MIT
// The model file format, byte by byte.
#include <xxhash.h>

#include "model/saved_model.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// Name, dtype and shape of each tensor, in the order of the header.
std::string tensors_of(const FileParts& parts) {
  std::string tensors;
  for (const auto& [name, tensor] : parts.header.items())
    if (name != "__metadata__")
      tensors += name + " " + tensor["dtype"].get<std::string>() + tensor["shape"].dump() + "\n";
  return tensors;
}

/// The bytes of a tensor.
std::string bytes_of(const FileParts& parts, const std::string& name) {
  const auto& offsets = parts.header.at(name)["data_offsets"];
  return parts.bytes.substr(parts.data_start + offsets[0].get<std::size_t>(),
                            offsets[1].get<std::size_t>() - offsets[0].get<std::size_t>());
}

}  // namespace

TEST_CASE("the header is padded with spaces so that the data starts on a multiple of 64") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  CHECK(parts.bytes[8] == '{');
  CHECK(parts.data_start % 64 == 0);
  const std::size_t end = parts.bytes.rfind('}', parts.data_start - 1) + 1;
  CHECK(parts.data_start - end < 64);
  CHECK(parts.bytes.substr(end, parts.data_start - end) ==
        std::string(parts.data_start - end, ' '));
}

TEST_CASE("tensors are aligned and stored without holes: I64, then F32 and U32, then U8") {
  const TempDir folder;
  const bool extreme = GENERATE(false, true);
  save_model(extreme ? extreme_classifier() : tiny_ensemble(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  std::size_t end = 0, last_size = 8;
  for (const auto& [name, tensor] : parts.header.items()) {
    if (name == "__metadata__") continue;
    CAPTURE(name);
    const std::string dtype = tensor["dtype"];
    const std::size_t size = dtype == "I64" ? 8 : dtype == "U8" ? 1 : 4;
    CHECK((size > 1 || dtype == "U8"));
    CHECK(size <= last_size);
    std::size_t bytes = size;
    for (const std::size_t dimension : tensor["shape"]) bytes *= dimension;
    CHECK(tensor["data_offsets"][0] == end);
    CHECK(tensor["data_offsets"][1] == end + bytes);
    CHECK(end % size == 0);
    end += bytes;
    last_size = size;
  }
  CHECK(parts.data_start + end == parts.bytes.size());
}

TEST_CASE("the header names each tensor with its dtype and shape") {
  const TempDir folder;
  save_model(extreme_classifier(), folder / "model");
  CHECK(tensors_of(parts_of(folder / "model")) ==
        "labels.offsets I64[5]\n"
        "hidden1.weight F32[2,2]\n"
        "hidden1.bias F32[2]\n"
        "hidden2.weight F32[1,2]\n"
        "hidden2.bias F32[1]\n"
        "output.weight F32[4,1]\n"
        "output.bias F32[4]\n"
        "temperature F32[1]\n"
        "features.idf F32[2]\n"
        "features.token_scale F32[2]\n"
        "vocabulary.offsets U32[3]\n"
        "vocabulary.bytes U8[30]\n"
        "labels.bytes U8[27]\n");
}

TEST_CASE("members of an ensemble share the first layer and have their own other tensors") {
  const TempDir folder;
  save_model(tiny_ensemble(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  CHECK(tensors_of(parts) ==
        "labels.offsets I64[3]\n"
        "hidden1.weight F32[4,6]\n"
        "hidden1.bias F32[6]\n"
        "member0.hidden2.weight F32[2,3]\n"
        "member1.hidden2.weight F32[2,3]\n"
        "member0.hidden2.bias F32[2]\n"
        "member1.hidden2.bias F32[2]\n"
        "member0.output.weight F32[2,2]\n"
        "member1.output.weight F32[2,2]\n"
        "member0.output.bias F32[2]\n"
        "member1.output.bias F32[2]\n"
        "temperature F32[1]\n"
        "vocabulary.offsets U32[5]\n"
        "vocabulary.bytes U8[16]\n"
        "labels.bytes U8[13]\n");
  // The output bias of the second member is 0 0.5; 0.5 is 0x3f000000, and 2 is 0x40000000.
  CHECK(bytes_of(parts, "member0.output.bias") == std::string("\0\0\x80\x3e\0\0\0\0", 8));
  CHECK(bytes_of(parts, "member1.output.bias") == std::string("\0\0\0\0\0\0\0\x3f", 8));
  CHECK(bytes_of(parts, "temperature") == std::string("\0\0\0\x40", 4));
}

TEST_CASE("a temperature of 1 is not stored") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  CHECK_FALSE(parts_of(folder / "model").header.contains("temperature"));
  CHECK(load_model(folder / "model").ensemble.temperature == 1);
  CHECK(summarize_model(folder / "model").ensemble.temperature == 1);
}

TEST_CASE("config and training are stored as the documented JSON") {
  const TempDir folder;
  Classifier classifier = tiny_ensemble();
  classifier.training.set_by_data = {"epochs", "batch-size"};
  classifier.training.validation_epochs = {{1, 0.75, 0.5, 0.25, 1}};
  save_model(classifier, folder / "model");
  const ordered_json metadata = parts_of(folder / "model").header["__metadata__"];
  CHECK(
      metadata["config"].get<std::string>() ==
      R"({"text":{"post_headers":true,"strip_quotes":false,"strip_footers":false,)"
      R"("subject_weight":5,"keep_case":false,"token_pattern":"text","min_script_ngram":1,)"
      R"("max_script_ngram":3,"min_ngram":1,"max_ngram":1,"min_char_ngram":0,)"
      R"("max_char_ngram":0,"max_long_ngram":0,"columns":[]},)"
      R"("vocabulary":{"min_df":1,"min_char_df":1,"min_long_df":2,"max_df":1.0,)"
      R"("max_features":0,"stop_words":"none"},)"
      R"("weighting":{"weighting":"count","norm":"none","input_norm":1.0,"token_scale":"none",)"
      R"("nb_smoothing":0.3},)"
      R"("kinds":[0,4,0],)"
      R"("columns":{"label":"","id":""},)"
      R"("ensemble":{"networks":[{"columns":[0,4],"hidden":[3,2],"members":2,"share":0.5,"weights":"f32"}],)"
      R"("calibrated":true}})");
  CHECK(
      metadata["training"].get<std::string>() ==
      R"({"options":{"preset":"default","inputs":["words"],"linear":"none","optimizer":"row-rmsprop",)"
      R"("epochs":1,"batch_size":4,"lr":0.001,)"
      R"("lr_schedule":"linear","dropout":0.5,"word_dropout":0.0,"weight_decay":0.0,)"
      R"("label_smoothing":0.0,"patience":0,"seed":0},"set_by_preset":[],"set_by_data":["epochs","batch-size"],)"
      R"("class_weight":"none","documents":4,"held_out":0,"left_out":0,"empty":0,"repaired":0,)"
      R"("label_documents":[2,2],"data_digest":"","libtorch_version":"","best_epoch":1,)"
      R"("epochs":[{"epoch":1,"loss":0.5,"lr":0.001}],)"
      R"("validation_epochs":[{"epoch":1,"loss":0.75,"lr":0.5,"valid_loss":0.25,)"
      R"("valid_accuracy":1.0}]})");
}

TEST_CASE("numbers are stored in little-endian C order") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  // 0.25 is 0x3e800000.
  CHECK(bytes_of(parts, "output.bias") == std::string("\0\0\x80\x3e\0\0\0\0", 8));
  // Row by row: 1 0 1, 0 1 1.
  CHECK(bytes_of(parts, "hidden2.weight") == std::string("\0\0\x80\x3f\0\0\0\0\0\0\x80\x3f"
                                                         "\0\0\0\0\0\0\x80\x3f\0\0\x80\x3f",
                                                         24));
  CHECK(bytes_of(parts, "labels.offsets") == std::string("\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0"
                                                         "\x0d\0\0\0\0\0\0\0",
                                                         24));
  CHECK(bytes_of(parts, "labels.bytes") == "baseballspace");
}

TEST_CASE("the digest is XXH3-128 over every byte of the file except its own digits") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  std::string bytes = parts_of(folder / "model").bytes;
  const std::string digest = parts_of(folder / "model").header["__metadata__"]["digest"];
  REQUIRE(digest.size() == 32);
  bytes.erase(bytes.find(digest), digest.size());
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::string expected;
  for (const unsigned char byte : canonical.digest) {
    expected += "0123456789abcdef"[byte >> 4];
    expected += "0123456789abcdef"[byte & 15];
  }
  CHECK(digest == expected);
}

TEST_CASE("the tensors of further perceptrons and of a linear network have their own names") {
  const TempDir folder;
  save_model(tiny_of_all_kinds(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  std::string networks;
  for (const char* line :
       {"hidden1.weight F32[3,3]\n", "hidden1.bias F32[3]\n", "hidden2.weight F32[2,3]\n",
        "hidden2.bias F32[2]\n", "output.weight F32[2,2]\n", "output.bias F32[2]\n",
        "network1.hidden1.weight F32[3,6]\n", "network1.hidden1.bias F32[6]\n",
        "member0.network1.hidden2.weight F32[2,3]\n", "member1.network1.hidden2.weight F32[2,3]\n",
        "member0.network1.hidden2.bias F32[2]\n", "member1.network1.hidden2.bias F32[2]\n",
        "member0.network1.output.weight F32[2,2]\n", "member1.network1.output.weight F32[2,2]\n",
        "member0.network1.output.bias F32[2]\n", "member1.network1.output.bias F32[2]\n",
        "linear.weight F32[4,2]\n", "linear.bias F32[2]\n"})
    networks += line;
  CHECK_THAT(tensors_of(parts), Catch::Matchers::Contains("]\n" + networks + "temperature"));
  const auto config =
      ordered_json::parse(parts.header["__metadata__"]["config"].get<std::string>());
  CHECK(config["kinds"] == ordered_json::parse("[1,2,1]"));
  CHECK(config["ensemble"]["networks"] == ordered_json::parse(R"([
    {"columns":[0,3],"hidden":[3,2],"members":1,"share":0.125,"weights":"f32"},
    {"columns":[1,4],"hidden":[3,2],"members":2,"share":0.25,"weights":"f32"},
    {"columns":[0,4],"hidden":[],"members":1,"share":0.375,"weights":"f32"}])"));
  // The first weight is -1, 0xbf800000.
  CHECK(bytes_of(parts, "linear.weight").substr(0, 4) == std::string("\0\0\x80\xbf", 4));
}
