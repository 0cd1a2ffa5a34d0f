// SPDX-License-Identifier: MIT
// Each way in which what a model holds can be malformed: points 5 to 10 of what loading checks.
#include "newsclf/model/classifier.hpp"

#include <cctype>
#include <limits>

#include "model/edited_model.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// A slot of the index, as vocabulary.hpp describes it.
std::int64_t slot_of(std::string_view token, std::uint32_t column) {
  const std::uint64_t hash = XXH3_64bits(token.data(), token.size());
  return static_cast<std::int64_t>((hash & 0xFFFFFFFF00000000u) | (column + 1));
}

/// The slots of the index that are in use, by column.
std::vector<std::size_t> slots_in_use() {
  const Classifier classifier = tiny_classifier();
  const auto index = classifier.vectorizer.vocabulary().index();
  std::vector<std::size_t> slots(4);
  for (std::size_t s = 0; s < index.size(); ++s)
    if (index[s] != 0) slots[static_cast<std::uint32_t>(index[s]) - 1] = s;
  return slots;
}

}  // namespace

// 5. The format.

TEST_CASE("a file of another format is no model") {
  refused_by_header(ModelFile().edit(R"("format":"newsclf")", R"("format":"pt")"),
                    ": format: expected newsclf, found 'pt'");
  refused_by_header(ModelFile().edit(R"("format":"newsclf",)", ""),
                    "the header's metadata has no \"format\"; this is no model of newsclf");
  refused_by_header(header_alone("{}"), "the header's metadata has no \"format\"");
}

TEST_CASE("a newer format says which version wrote it") {
  refused_by_header(ModelFile()
                        .edit(R"("format_version":"1")", R"("format_version":"2")")
                        .edit(R"("newsclf_version":"0.1.0")", R"("newsclf_version":"7.8.9")"),
                    "model format 2 is newer than 1, the one this newsclf reads; use newsclf 7.8.9 "
                    "or newer");
}

TEST_CASE("an older or garbled format version is refused") {
  for (const char* version : {"0", "01", "", "one", "1.0", " 1", "-1", "+1", "0x1"})
    refused_by_header(ModelFile().edit(R"("format_version":"1")",
                                       std::string(R"("format_version":")") + version + '"'),
                      std::string("format_version: expected 1, found '") + version + "'");
}

TEST_CASE("every entry of the metadata is there") {
  refused_by_header(ModelFile().edit(R"("format_version":"1",)", ""), "has no \"format_version\"");
  refused_by_header(ModelFile().edit(R"("newsclf_version":"0.1.0",)", ""),
                    "has no \"newsclf_version\"");
  refused_by_header(ModelFile().edit("\"config\"", "\"konfig\""), "has no \"config\"");
  refused_by_header(ModelFile().edit("\"training\"", "\"schooling\""), "has no \"training\"");
  refused_by_header(ModelFile().edit("\"digest\"", "\"digits\""), "has no \"digest\"");
}

// 6. Config and training.

TEST_CASE("config is JSON by the same rules") {
  const auto with = [](const std::string& edited) {
    return ModelFile().edit_inner(R"("subject_weight":5)", edited);
  };
  refused_by_header(with(R"("subject_weight":5,"subject_weight":5)"),
                    ", config: expected a JSON object by the rules of the model file, found the "
                    "key \"subject_weight\" twice");
  refused_by_header(with(R"("subject_weight":)"), ", config: expected a JSON object by the rules");
  refused_by_header(with(R"("subject_weight":null)"), "found a null");
  refused_by_header(with(R"("subject_weight":[[[5]]])"), "found more than 4 levels");
  refused_by_header(ModelFile()
                        .edit(R"("config":"{)", R"("config":"[{)")
                        .edit(R"(]}}","digest)", R"(]}}]","digest)"),
                    "found no object");
}

TEST_CASE("a word of config is one of its enumeration") {
  refused_by_header(
      ModelFile().edit_inner(R"("token_pattern":"words")", R"("token_pattern":"Words")"),
      ", config, text: \"token_pattern\": expected words or nonspace, found "
      "\"Words\"");
  refused_by_header(ModelFile().edit_inner(R"("weighting":"count")", R"("weighting":"bm25")"),
                    ", config, weighting: \"weighting\": expected count, binary, log or tfidf, "
                    "found \"bm25\"");
  refused_by_header(ModelFile().edit_inner(R"("norm":"none")", R"("norm":"")"),
                    ", config, weighting: \"norm\": expected l2 or none, found \"\"");
  refused_by_header(ModelFile().edit_inner(R"("token_scale":"none")", R"("token_scale":"idf")"),
                    ", config, weighting: \"token_scale\": expected nb or none, found \"idf\"");
}

TEST_CASE("a number of config is in its range") {
  const auto edited = [](const char* from, const char* to) {
    return ModelFile().edit_inner(from, to);
  };
  refused_by_header(edited(R"("subject_weight":5)", R"("subject_weight":-1)"),
                    ", config, text: \"subject_weight\": expected an integer from 0 to 1000, found "
                    "-1");
  refused_by_header(edited(R"("subject_weight":5)", R"("subject_weight":1001)"), "found 1001");
  refused_by_header(edited(R"("subject_weight":5)", R"("subject_weight":18446744073709551615)"),
                    "expected an integer from 0 to 1000, found 18446744073709551615");
  refused_by_header(edited(R"("min_ngram":1)", R"("min_ngram":0)"),
                    "\"min_ngram\": expected an integer from 1 to 10, found 0");
  refused_by_header(edited(R"("max_ngram":1)", R"("max_ngram":11)"),
                    "\"max_ngram\": expected an integer from 1 to 10, found 11");
  refused_by_header(edited(R"("min_ngram":1)", R"("min_ngram":2)"),
                    "\"max_ngram\": expected an integer from 2 to 10, found 1");
  refused_by_header(edited(R"("min_df":1)", R"("min_df":0)"),
                    "\"min_df\": expected an integer from 1 to 281474976710656, found 0");
  refused_by_header(edited(R"("max_df":1.0)", R"("max_df":1.01)"),
                    "\"max_df\": expected a number from 0 to 1, found 1.01");
  refused_by_header(edited(R"("max_df":1.0)", R"("max_df":-0.5)"), "found -0.5");
  refused_by_header(edited(R"("max_features":0)", R"("max_features":-1)"),
                    "\"max_features\": expected an integer from 0 to 281474976710656, found -1");
  refused_by_header(edited(R"("input_norm":1.0)", R"("input_norm":0.0)"),
                    "\"input_norm\": expected a number from 1e-06 to 1000000, found 0.0");
  refused_by_header(edited(R"("input_norm":1.0)", R"("input_norm":1e7)"), "found 10000000.0");
}

TEST_CASE("the hidden sizes of config are in their range") {
  const auto with_hidden = [](const std::string& sizes) {
    return ModelFile().edit_inner(R"("hidden":[3,2])", R"("hidden":)" + sizes);
  };
  refused_by_header(with_hidden("[0,2]"), "expected 1 to 1048576 units, found [0,2]");
  refused_by_header(with_hidden("[3,1048577]"), "expected 1 to 1048576 units, found [3,1048577]");
  refused_by_header(with_hidden("[3]"), "\"hidden\": expected two integers, found [3]");
  refused_by_header(with_hidden("[3,2,1]"), "expected two integers, found [3,2,1]");
  refused_by_header(with_hidden("[3,-2]"), "expected two integers, found [3,-2]");
  refused_by_header(with_hidden("[3,2.0]"), "expected two integers, found [3,2.0]");
  refused_by_header(with_hidden("\"3,2\""), "\"hidden\": expected an array, found \"3,2\"");
}

TEST_CASE("every field of config is there") {
  refused_by_header(ModelFile().edit_inner(R"("keep_case":false,)", ""),
                    ", config, text: the field \"keep_case\" is missing");
  refused_by_header(ModelFile().edit_inner(R"("max_df":1.0,)", ""),
                    ", config, vocabulary: the field \"max_df\" is missing");
  refused_by_header(ModelFile().edit_inner(R"(,"network":{"hidden":[3,2]})", ""),
                    ", config: the field \"network\" is missing");
}

TEST_CASE("config has no unknown field") {
  refused_by_header(
      ModelFile().edit_inner(R"("keep_case":false,)", R"("keep_case":false,"stem":true,)"),
      ", config, text: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("min_df":1,)", R"("min_df":1,"stem":true,)"),
                    ", config, vocabulary: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("norm":"none",)", R"("norm":"none","stem":true,)"),
                    ", config, weighting: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner("[3,2]}", R"([3,2],"stem":true})"),
                    "unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner("[3,2]}", R"([3,2]},"stem":true)"),
                    ", config: unknown field \"stem\"");
}

TEST_CASE("the fields of config have their types") {
  const auto edited = [](const char* from, const char* to) {
    return ModelFile().edit_inner(from, to);
  };
  refused_by_header(edited(R"("keep_case":false)", R"("keep_case":0)"),
                    "\"keep_case\": expected true or false, found 0");
  refused_by_header(edited(R"("subject_weight":5)", R"("subject_weight":5.0)"),
                    "\"subject_weight\": expected an integer from 0 to 1000, found 5.0");
  refused_by_header(edited(R"("subject_weight":5)", R"("subject_weight":"5")"), "found \"5\"");
  refused_by_header(edited(R"("max_df":1.0)", R"("max_df":"1")"),
                    "\"max_df\": expected a number from 0 to 1, found \"1\"");
  refused_by_header(edited(R"("token_pattern":"words")", R"("token_pattern":1)"),
                    "\"token_pattern\": expected words or nonspace, found 1");
  refused_by_header(edited(R"({"hidden":[3,2]})", "7"), "expected an object, found 7");
}

TEST_CASE("the training record is read by the same rules") {
  const auto edited = [](const char* from, const char* to) {
    return ModelFile().edit_inner(from, to);
  };
  refused_by_header(edited(R"("seed":0)", R"("seed":-1)"),
                    ", training: \"seed\": expected an integer from 0 to 2^64-1, found -1");
  refused_by_header(edited(R"("documents":4,)", ""), "the field \"documents\" is missing");
  refused_by_header(edited(R"("documents":4)", R"("documents":-4)"), "\"documents\": expected ");
  refused_by_header(edited(R"("batch_size":4)", R"("batch_size":0)"), "\"batch_size\": expected ");
  refused_by_header(edited(R"("dropout":0.0)", R"("dropout":1.5)"), "\"dropout\": expected ");
  refused_by_header(edited(R"("optimizer":"lazy-adam")", R"("optimizer":7)"),
                    "\"optimizer\": expected a string, found 7");
  refused_by_header(edited(R"("loss":0.5)", R"("loss":0.5,"valid_accuracy":1.5)"),
                    ", training, epochs: \"valid_accuracy\": expected a number from 0 to 1, found "
                    "1.5");
  refused_by_header(edited(R"({"epoch":1,"loss":0.5})", "1"), "expected an object, found 1");
  refused_by_header(edited(R"("loss":0.5)", R"("loss":0.5,"elapsed_s":1)"),
                    ", training, epochs: unknown field \"elapsed_s\"");
  refused_by_header(edited(R"("seed":0)", R"("seed":0,"host":"x")"),
                    ", training: unknown field \"host\"");
}

TEST_CASE("the documents of each label are counts") {
  const auto with_counts = [](const std::string& counts) {
    return ModelFile().edit_inner(R"("label_documents":[2,2])", R"("label_documents":)" + counts);
  };
  refused_by_header(with_counts("[2,-2]"), "\"label_documents\": expected ");
  refused_by_header(with_counts("[2,2.0]"), "\"label_documents\": expected ");
  refused_by_header(with_counts("[2,18446744073709551615]"), "\"label_documents\": expected ");
}

// 7. The digest.

TEST_CASE("a file whose bytes are not those of its digest is damaged") {
  std::string bytes = ModelFile().bytes();
  const std::string digest =
      nlohmann::json::parse(ModelFile().header)["__metadata__"]["digest"].get<std::string>();
  bytes.back() = 'E';
  refused(bytes, ", digest: expected " + digest + ", found ");
}

TEST_CASE("a digest of other than 32 digits is refused") {
  const std::string key = R"("digest":")";
  std::string bytes = ModelFile().bytes();
  // A digit moves out, a space takes its place behind the string.
  std::size_t end = bytes.find('"', bytes.find(key) + key.size());
  std::swap(bytes[end], bytes[end - 1]);
  bytes[end] = ' ';
  refused(bytes, "__metadata__: expected a digest of 32 digits, found none");
}

TEST_CASE("a digest in upper case is refused") {
  std::string bytes = ModelFile().bytes();
  const std::size_t digits = bytes.find(R"("digest":")") + 10;
  for (std::size_t i = digits; i < digits + 32; ++i)
    bytes[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(bytes[i])));
  refused(bytes, ", digest: expected ");
}

// 8. Vocabulary and labels.

TEST_CASE("the offsets of the tokens rise from 0 to the end of their bytes") {
  const auto with_offset = [](std::size_t i, std::int64_t offset) {
    return ModelFile().put("vocabulary.offsets", i, offset);
  };
  refused(with_offset(0, 1), "vocabulary: the first offset is 1, not 0");
  refused(with_offset(4, 15), "vocabulary: the last offset is 15, not the 16 bytes there are");
  refused(with_offset(4, 17), "vocabulary: the last offset is 17, not the 16 bytes there are");
  refused(with_offset(1, 10), "vocabulary: token 1 has no bytes: offsets 10 and 9");
  refused(with_offset(1, -1), "vocabulary: token 0 has no bytes: offsets 0 and -1");
  refused(with_offset(2, std::int64_t{1} << 62), "vocabulary: token 2 has no bytes");
}

TEST_CASE("no token is empty") {
  refused(ModelFile().put("vocabulary.offsets", 1, std::int64_t{0}),
          "vocabulary: token 0 has no bytes: offsets 0 and 0");
}

TEST_CASE("no token stands twice in the vocabulary") {
  // moon orbit ball bat -> moon orbit moon bat, also in the index: behind the first one.
  const std::vector<std::size_t> slots = slots_in_use();
  ModelFile file;
  for (std::size_t i = 0; i < 4; ++i) file.put("vocabulary.bytes", 9 + i, "moon"[i]);
  file.put("vocabulary.index", slots[2], std::int64_t{0});
  file.put("vocabulary.index", slots[0] + 1, slot_of("moon", 2));
  refused(file, "vocabulary: token 2 is not found through the index, or stands there twice");
}

TEST_CASE("tokens are UTF-8, each for itself") {
  refused(ModelFile().put("vocabulary.bytes", 5, '\xff'), "vocabulary: byte 5 is not UTF-8");
  // The last byte of moon and the first of orbit make one character.
  refused(ModelFile().put("vocabulary.bytes", 3, '\xc3').put("vocabulary.bytes", 4, '\xa9'),
          "vocabulary: token 1 begins inside a character");
}

TEST_CASE("the index of the vocabulary has a power of two of slots, twice as many as tokens") {
  refused(with_index({}), "vocabulary: an index of 0 slots for 4 tokens");
  refused(with_index(std::vector<std::int64_t>(4)), "vocabulary: an index of 4 slots for 4 tokens");
  refused(with_index(std::vector<std::int64_t>(1000)),
          "vocabulary: an index of 1000 slots for 4 tokens");
}

TEST_CASE("the index of the vocabulary holds every token once, where it is looked for") {
  const std::vector<std::size_t> slots = slots_in_use();
  const auto with_slot = [](std::size_t slot, std::int64_t value) {
    return ModelFile().put("vocabulary.index", slot, value);
  };
  refused(with_slot(slots[3], 0), "vocabulary: the index holds 3 of 4 tokens");
  refused(with_slot(slots[3] ^ 1, slot_of("bat", 3)), "vocabulary: the index holds 5 of 4 tokens");
  refused(with_slot(slots[3], slot_of("bat", 4)),
          "vocabulary: a slot of the index names token 4 of 4");
  refused(with_slot(slots[3], slot_of("bat", 0xFFFFFFFF)),
          "vocabulary: a slot of the index names token -1 of 4");
  refused(with_slot(slots[3], slot_of("bat", 2)), "vocabulary: token 3 is not found");
  refused(with_slot(slots[3], slot_of("bad", 3)), "vocabulary: token 3 is not found");
  refused(with_slot(slots[3], 0).put("vocabulary.index", slots[3] ^ 512, slot_of("bat", 3)),
          "vocabulary: token 3 is not found");
  refused(with_index(std::vector<std::int64_t>(8, slot_of("moon", 0))),
          "vocabulary: the index holds 8 of 4 tokens");
}

TEST_CASE("the offsets of the labels rise from 0 to the end of their bytes") {
  const auto with_offset = [](std::size_t i, std::int64_t offset) {
    return ModelFile().put("labels.offsets", i, offset);
  };
  refused_by_header(with_offset(0, 1), ": expected offsets from 0 to 13, found 1 to 13");
  refused_by_header(with_offset(2, 14), ": expected offsets from 0 to 13, found 0 to 14");
  refused_by_header(with_offset(1, 14), ": expected rising offsets, found 0 before 14");
  refused_by_header(with_offset(1, -1), ": expected rising offsets, found 0 before -1");
}

TEST_CASE("labels are distinct, in byte order and not empty") {
  refused_by_header(with_labels("space", "space"),
                    ": expected distinct labels in byte order, found 'space' before 'space'");
  refused_by_header(with_labels("space", "baseball"),
                    ": expected distinct labels in byte order, found 'space' before 'baseball'");
  refused_by_header(with_labels("", "space"), ": expected rising offsets, found 0 before 0");
}

TEST_CASE("labels are UTF-8 without tabs and line ends") {
  const std::string rule = ": expected labels of UTF-8 without tabs and line ends, found label ";
  refused_by_header(with_labels("base\tball", "space"), rule + "0");
  refused_by_header(with_labels("baseball", "spa\nce"), rule + "1");
  refused_by_header(with_labels("baseball", "spa\rce"), rule + "1");
  refused_by_header(with_labels("base\xff", "space"), rule + "0");
  refused_by_header(with_labels("a\xc3", "\xa9"), rule + "0");
}

TEST_CASE("a model has two labels or more") {
  Classifier classifier = tiny_classifier();
  classifier.labels = LabelSet({"space"});
  classifier.network.shape.labels = 1;
  classifier.network.output_weight = classifier.network.output_weight.first(2);
  classifier.network.output_bias = classifier.network.output_bias.first(1);
  refused_by_header(ModelFile(classifier), ": expected two labels or more, found 2 offsets");
}

// 9. The weights.

TEST_CASE("no weight is infinite or NaN") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const char* tensor : {"hidden1.weight", "hidden1.bias", "hidden2.weight", "hidden2.bias",
                             "output.weight", "output.bias"})
    for (const float value : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(),
                              std::bit_cast<float>(0xFF800001u)}) {
      refused(ModelFile().put(tensor, 1, value), std::string("tensor \"") + tensor + "\" at byte ");
      refused(ModelFile().put(tensor, 1, value),
              ": expected finite numbers, found an infinity or NaN");
    }
}

TEST_CASE("no idf is infinite or NaN") {
  const std::vector<float> idf = {1, 1, 1, std::numeric_limits<float>::infinity()};
  Classifier classifier = tiny_classifier();
  VectorizerOptions options = classifier.vectorizer.options();
  options.weighting.weighting = Weighting::kTfidf;
  classifier.vectorizer =
      Vectorizer(options, classifier.vectorizer.vocabulary(), {idf, {}}, nullptr);
  refused(ModelFile(classifier), "tensor \"features.idf\" at byte ");
}

// Whatever is wrong.

TEST_CASE("what is wrong is told in one line, whatever the file holds") {
  refused_by_header(ModelFile().edit("\"newsclf\"", R"("news\nclf\u001b[31m")"),
                    "format: expected");
  refused_by_header(ModelFile().edit(R"([8388,8401])", R"([8388,8401],"a\nb":[1])"), "the field");
  refused_by_header(header_alone(R"({"a\nb":1,"a\nb":1})"), "twice");
  refused_by_header(ModelFile().edit(R"([8388,8401]})", R"([8388,8401]},"a\nb":1)"),
                    "expected an object");
}
