// SPDX-License-Identifier: MIT
// Each way in which what a model holds can be malformed: points 5 to 10 of what loading checks.
#include "newsclf/model/classifier.hpp"

#include <cctype>
#include <cmath>
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

using Path = std::vector<std::string>;

/// The part of `config` or `training` to which the path leads, and how a message names it.
nlohmann::ordered_json& part_of(nlohmann::ordered_json& json, const Path& path) {
  nlohmann::ordered_json* part = &json;
  for (const std::string& step : path)
    part = part->is_array() ? &(*part)[std::stoul(step)] : &(*part)[step];
  return *part;
}
std::string place_of(const std::string& entry, const Path& path) {
  std::string place = ", " + entry;
  for (const std::string& step : path)
    if (step != "0") place += ", " + step;
  return place + ": ";
}

/// The names of the fields there.
Path fields_of(const char* entry, const Path& path) {
  Path names;
  full_model().edit_json(entry, [&](auto& json) {
    for (const auto& [name, value] : part_of(json, path).items()) names.push_back(name);
  });
  REQUIRE(names.size() > 1);
  return names;
}

/// A model without any one field of that part is refused.
void refused_without_any_of(const char* entry, const Path& path) {
  for (const std::string& field : fields_of(entry, path))
    refused_by_header(
        full_model().edit_json(entry, [&](auto& json) { part_of(json, path).erase(field); }),
        place_of(entry, path) + "the field \"" + field + "\" is missing");
}

/// A model with `{}` for any one field of that part is refused.
void refused_with_an_object_for_any_of(const char* entry, const Path& path) {
  for (const std::string& field : fields_of(entry, path)) {
    const auto file = full_model().edit_json(
        entry, [&](auto& json) { part_of(json, path)[field] = nlohmann::ordered_json::object(); });
    refused_by_header(file, place_of(entry, path) + '"' + field + "\": expected ");
    refused_by_header(file, ", found {}; the file is damaged");
  }
}

void rename_tensor(ModelFile& file, const std::string& from, const std::string& to) {
  file.edit('"' + from + R"(":{)", '"' + to + R"(":{)");
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
                        .edit(R"(}}","digest")", R"(}}]","digest")"),
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
  refused_by_header(edited(R"("min_char_ngram":0)", R"("min_char_ngram":-1)"),
                    "\"min_char_ngram\": expected an integer from 0 to 10, found -1");
  refused_by_header(edited(R"("min_char_ngram":0)", R"("min_char_ngram":11)"),
                    "\"min_char_ngram\": expected an integer from 0 to 10, found 11");
  refused_by_header(edited(R"("min_char_ngram":0)", R"("min_char_ngram":3)"),
                    "\"max_char_ngram\": expected an integer from 3 to 10, found 0");
  refused_by_header(edited(R"("min_char_ngram":0,"max_char_ngram":0)",
                           R"("min_char_ngram":3,"max_char_ngram":2)"),
                    "\"max_char_ngram\": expected an integer from 3 to 10, found 2");
  refused_by_header(edited(R"("min_char_ngram":0,"max_char_ngram":0)",
                           R"("min_char_ngram":3,"max_char_ngram":11)"),
                    "\"max_char_ngram\": expected an integer from 3 to 10, found 11");
  refused_by_header(edited(R"("max_char_ngram":0)", R"("max_char_ngram":5)"),
                    "\"max_char_ngram\": expected an integer from 0 to 0, found 5");
  refused_by_header(edited(R"("max_char_ngram":0)", R"("max_char_ngram":-1)"),
                    "\"max_char_ngram\": expected an integer from 0 to 0, found -1");
  refused_by_header(edited(R"("members":1)", R"("members":0)"),
                    ", config, network: \"members\": expected an integer from 1 to 1024, found 0");
  refused_by_header(edited(R"("members":1)", R"("members":-1)"), "found -1");
  refused_by_header(edited(R"("members":1)", R"("members":1025)"),
                    "\"members\": expected an integer from 1 to 1024, found 1025");
  refused_by_header(edited(R"("members":1)", R"("members":18446744073709551615)"),
                    "expected an integer from 1 to 1024, found 18446744073709551615");
  // 1024 are members like any others, and too many here.
  refused_by_header(edited(R"("members":1)", R"("members":1024)"), "expected shape [4,3072]");
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
  refused_by_header(
      ModelFile().edit_inner(R"(,"network":{"hidden":[3,2],"members":1,"calibrated":false})", ""),
      ", config: the field \"network\" is missing");
  // And each of all.
  refused_without_any_of("config", {});
  for (const char* part : {"text", "vocabulary", "weighting", "network"})
    refused_without_any_of("config", {part});
}

TEST_CASE("config has no unknown field") {
  refused_by_header(
      ModelFile().edit_inner(R"("keep_case":false,)", R"("keep_case":false,"stem":true,)"),
      ", config, text: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("min_df":1,)", R"("min_df":1,"stem":true,)"),
                    ", config, vocabulary: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("norm":"none",)", R"("norm":"none","stem":true,)"),
                    ", config, weighting: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner("[3,2],", R"([3,2],"stem":true,)"),
                    ", config, network: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("network":)", R"("stem":true,"network":)"),
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
  refused_by_header(edited(R"("min_char_ngram":0)", R"("min_char_ngram":false)"),
                    "\"min_char_ngram\": expected an integer from 0 to 10, found false");
  refused_by_header(edited(R"("members":1)", R"("members":1.0)"),
                    "\"members\": expected an integer from 1 to 1024, found 1.0");
  refused_by_header(edited(R"("members":1)", R"("members":"1")"), "found \"1\"");
  refused_by_header(edited(R"("calibrated":false)", R"("calibrated":0)"),
                    ", config, network: \"calibrated\": expected true or false, found 0");
  refused_by_header(edited(R"("calibrated":false)", R"("calibrated":"false")"),
                    "expected true or false, found \"false\"");
  refused_by_header(edited(R"({"hidden":[3,2],"members":1,"calibrated":false})", "7"),
                    ", config, network: \"\": expected an object, found 7");
  // And each of all.
  for (const char* part : {"text", "vocabulary", "weighting", "network"})
    refused_with_an_object_for_any_of("config", {part});
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
  refused_by_header(edited(R"({"epoch":1,"loss":0.5,"lr":0.001})", "1"),
                    "expected an object, found 1");
  refused_by_header(edited(R"("loss":0.5)", R"("loss":0.5,"elapsed_s":1)"),
                    ", training, epochs: unknown field \"elapsed_s\"");
  refused_by_header(edited(R"("seed":0)", R"("seed":0,"host":"x")"),
                    ", training: unknown field \"host\"");
}

TEST_CASE("the numbers of the training record are in their range") {
  const auto edited = [](const char* from, const char* to) {
    return ModelFile().edit_inner(from, to);
  };
  refused_by_header(edited(R"("weight_decay":0.0)", R"("weight_decay":-1e-9)"),
                    ", training: \"weight_decay\": expected a number from 0 to 1e+300, found "
                    "-1e-09");
  refused_by_header(edited(R"("weight_decay":0.0)", R"("weight_decay":1e301)"),
                    "\"weight_decay\": expected ");
  refused_by_header(edited(R"("label_smoothing":0.0)", R"("label_smoothing":-0.5)"),
                    "\"label_smoothing\": expected a number from 0 to 1, found -0.5");
  refused_by_header(edited(R"("label_smoothing":0.0)", R"("label_smoothing":1.01)"),
                    "\"label_smoothing\": expected a number from 0 to 1, found 1.01");
  refused_by_header(edited(R"("class_weight":"none")", R"("class_weight":1)"),
                    "\"class_weight\": expected a string, found 1");
  refused_by_header(edited(R"("class_weight":"none")", R"("class_weight":["none"])"),
                    "\"class_weight\": expected a string, found [\"none\"]");
  refused_by_header(edited(R"("best_epoch":1)", R"("best_epoch":-1)"),
                    "\"best_epoch\": expected an integer from 0 to 281474976710656, found -1");
  refused_by_header(edited(R"("best_epoch":1)", R"("best_epoch":281474976710657)"),
                    "\"best_epoch\": expected ");
  refused_by_header(edited(R"("best_epoch":1)", R"("best_epoch":1.0)"),
                    "\"best_epoch\": expected an integer ");
}

TEST_CASE("the epochs of the training record are read by the same rules") {
  const bool validation = GENERATE(false, true);
  const std::string name = validation ? "validation_epochs" : "epochs";
  const auto with_epochs = [&](const std::string& epochs) {
    return ModelFile().edit_json("training", [&](auto& training) {
      training[name] = nlohmann::ordered_json::parse(epochs);
    });
  };
  const auto with_one = [&](const std::string& fields) {
    return with_epochs(R"([{"epoch":1,"loss":0,"lr":1,"valid_loss":0,"valid_accuracy":1},{)" +
                       fields + "}]");
  };
  const std::string where = ", training, " + name + ": ";
  refused_by_header(with_epochs("{}"), ", training: \"" + name + "\": expected an array, found {}");
  refused_by_header(with_epochs("7"), ", training: \"" + name + "\": expected an array, found 7");
  refused_by_header(with_epochs("[[]]"), where + "\"\": expected an object, found []");
  refused_by_header(with_one(""), where + "the field \"epoch\" is missing");
  refused_by_header(with_one(R"("epoch":2,"lr":1)"), where + "the field \"loss\" is missing");
  refused_by_header(with_one(R"("epoch":2,"loss":1)"), where + "the field \"lr\" is missing");
  refused_by_header(with_one(R"("epoch":0,"loss":1,"lr":1)"),
                    where + "\"epoch\": expected an integer from 1 to 281474976710656, found 0");
  refused_by_header(with_one(R"("epoch":2.0,"loss":1,"lr":1)"),
                    where + "\"epoch\": expected an integer ");
  refused_by_header(with_one(R"("epoch":2,"loss":-1,"lr":1)"),
                    where + "\"loss\": expected a number from 0 to 1e+300, found -1");
  refused_by_header(with_one(R"("epoch":2,"loss":1,"lr":-1)"),
                    where + "\"lr\": expected a number from 0 to 1e+300, found -1");
  refused_by_header(with_one(R"("epoch":2,"loss":1,"lr":"1")"),
                    where + "\"lr\": expected a number from 0 to 1e+300, found \"1\"");
  refused_by_header(with_one(R"("epoch":2,"loss":1,"lr":1,"valid_loss":-0.25)"),
                    where + "\"valid_loss\": expected a number from 0 to 1e+300, found -0.25");
  refused_by_header(with_one(R"("epoch":2,"loss":1,"lr":1,"valid_loss":true)"),
                    where + "\"valid_loss\": expected a number from 0 to 1e+300, found true");
  refused_by_header(with_one(R"("epoch":2,"loss":1,"lr":1,"valid_loss":1e301)"),
                    where + "\"valid_loss\": expected ");
  refused_by_header(with_one(R"("epoch":2,"loss":1,"lr":1,"valid_accuracy":1.5)"),
                    where + "\"valid_accuracy\": expected a number from 0 to 1, found 1.5");
  refused_by_header(with_one(R"("epoch":2,"loss":1,"lr":1,"elapsed_s":1)"),
                    where + "unknown field \"elapsed_s\"");
}

TEST_CASE("every field of the training record is there and has its type") {
  refused_without_any_of("training", {});
  refused_with_an_object_for_any_of("training", {});
  refused_with_an_object_for_any_of("training", {"validation_epochs", "0"});
}

TEST_CASE("the options that the data set are names") {
  const auto with_names = [](const std::string& names) {
    return ModelFile().edit_inner(R"("set_by_data":[])", R"("set_by_data":)" + names);
  };
  refused_by_header(with_names("\"epochs\""),
                    "\"set_by_data\": expected an array, found \"epochs\"");
  refused_by_header(with_names(R"(["epochs",7])"),
                    "\"set_by_data\": expected names of options, found 7");
  refused_by_header(with_names(R"([["epochs"]])"),
                    "\"set_by_data\": expected names of options, found [\"epochs\"]");
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
              ": expected finite numbers, with which no sum over a document can leave the range of a "
              "float, found " +
                  std::string(std::isnan(value) ? "" : value > 0 ? "inf;" : "-inf;"));
    }
}

TEST_CASE("no idf is infinite or NaN") {
  const std::vector<float> idf = {1, 1, 1, 1};
  Classifier classifier = tiny_classifier();
  VectorizerOptions options = classifier.vectorizer.options();
  options.weighting.weighting = Weighting::kTfidf;
  classifier.vectorizer =
      Vectorizer(options, classifier.vectorizer.vocabulary(), {idf, {}}, nullptr);
  refused(ModelFile(classifier).put("features.idf", 3, std::numeric_limits<float>::infinity()),
          "tensor \"features.idf\" at byte ");
}

TEST_CASE("no weight of a member is infinite or NaN") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const char* tensor :
       {"hidden1.weight", "member0.hidden2.weight", "member1.hidden2.weight",
        "member1.hidden2.bias", "member1.output.weight", "member1.output.bias"})
    for (const float value : {kInfinity, std::numeric_limits<float>::quiet_NaN()})
      refused(ModelFile(tiny_ensemble()).put(tensor, 1, value),
              std::string("tensor \"") + tensor + "\" at byte ");
}

// The members of an ensemble, and the temperature.

TEST_CASE("a model has the tensors of as many members as its config says") {
  // One network, of which the config says that it is two.
  refused_by_header(ModelFile().edit_inner(R"("members":1)", R"("members":2)"),
                    ": expected shape [4,6] (-1: any), found [4,3]");
  refused_by_header(
      with_network(tiny_classifier(), R"({"hidden":[1,2],"members":3,"calibrated":false})"),
      "the header names no tensor \"member0.hidden2.weight\"");
  // Two, of which it says that they are one, or three.
  refused_by_header(ModelFile(tiny_ensemble()).edit_inner(R"("members":2)", R"("members":1)"),
                    ": expected shape [4,3] (-1: any), found [4,6]");
  refused_by_header(
      with_network(tiny_ensemble(), R"({"hidden":[6,2],"members":1,"calibrated":true})"),
      "the header names no tensor \"hidden2.weight\"");
  refused_by_header(ModelFile(tiny_ensemble()).edit_inner(R"("members":2)", R"("members":3)"),
                    ": expected shape [4,9] (-1: any), found [4,6]");
  refused_by_header(
      with_network(tiny_ensemble(), R"({"hidden":[2,2],"members":3,"calibrated":true})"),
      "tensor \"member0.hidden2.weight\" at byte ");
}

TEST_CASE("no tensor of a member is missing") {
  for (const int member : {0, 1})
    for (const std::string name :
         {"hidden2.weight", "hidden2.bias", "output.weight", "output.bias"}) {
      const std::string tensor = "member" + std::to_string(member) + '.' + name;
      for (const std::string other : {"", "member.", "member2.", "member00.", "Member0."}) {
        ModelFile file(tiny_ensemble());
        rename_tensor(file, tensor, other + name);
        refused_by_header(file, "the header names no tensor \"" + tensor + '"');
      }
    }
  // Not only under another name: gone, with its bytes.
  ModelFile file(tiny_ensemble());
  file.edit(R"("member1.output.bias":{"dtype":"F32","shape":[2],"data_offsets":[8480,8488]},)", "")
      .edit("[8488,8492]", "[8480,8484]")
      .edit("[8492,8508]", "[8484,8500]")
      .edit("[8508,8521]", "[8500,8513]");
  file.data.erase(8480, 8);
  refused_by_header(file, "the header names no tensor \"member1.output.bias\"");
}

TEST_CASE("no member has a tensor too many") {
  ModelFile file(tiny_ensemble());
  file.edit_inner(R"("calibrated":true)", R"("calibrated":false)");
  rename_tensor(file, "temperature", "member2.output.bias");
  refused_by_header(file, "expected 15 tensors, found 16");
}

TEST_CASE("the tensors of a member have the dtype and shape of their names") {
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
  // Sizes that are taken from a neighbour.
  refused_by_header(
      ModelFile(tiny_ensemble())
          .edit(R"([2],"data_offsets":[8472,8480])", R"([1],"data_offsets":[8472,8476])")
          .edit(R"([2],"data_offsets":[8480,8488])", R"([3],"data_offsets":[8476,8488])"),
      ": expected shape [2] (-1: any), found [1]");
}

TEST_CASE("the first layer is as wide as all members together") {
  refused_by_header(ModelFile(tiny_ensemble()).edit("[4,6]", "[6,4]"),
                    ": expected shape [4,6] (-1: any), found [6,4]");
  refused_by_header(
      ModelFile(tiny_ensemble())
          .edit(R"([6],"data_offsets":[8352,8376])", R"([3],"data_offsets":[8352,8364])")
          .edit(R"([2,3],"data_offsets":[8376,8400])", R"([9],"data_offsets":[8364,8400])"),
      ": expected shape [6] (-1: any), found [3]");
}

TEST_CASE("the tensors of members stand one behind the other, in the order of the members") {
  for (const std::string name :
       {"hidden2.weight", "hidden2.bias", "output.weight", "output.bias"}) {
    ModelFile file(tiny_ensemble());
    rename_tensor(file, "member1." + name, "other");
    rename_tensor(file, "member0." + name, "member1." + name);
    rename_tensor(file, "other", "member0." + name);
    refused_by_header(file, ": tensor \"member1." + name + "\" at byte ");
    refused_by_header(file, ": expected it behind that of member 0, found it elsewhere");
  }
  // Network by network instead of tensor by tensor.
  const std::string f32 = R"("dtype":"F32","shape":)";
  refused_by_header(
      ModelFile(tiny_ensemble())
          .edit(R"("member1.hidden2.weight":{)" + f32 + R"([2,3],"data_offsets":[8400,8424]},)" +
                    R"("member0.hidden2.bias":{)" + f32 + R"([2],"data_offsets":[8424,8432]},)",
                R"("member0.hidden2.bias":{)" + f32 + R"([2],"data_offsets":[8400,8408]},)" +
                    R"("member1.hidden2.weight":{)" + f32 +
                    R"([2,3],"data_offsets":[8408,8432]},)"),
      "expected it behind that of member 0, found it elsewhere");
}

TEST_CASE("a temperature is a number from 0.01 to 100") {
  const auto with_temperature = [](float temperature) {
    return ModelFile(tiny_ensemble()).put("temperature", 0, temperature);
  };
  const TempDir folder;
  CHECK(load_model(folder.write("model", with_temperature(0.5f).bytes())).network.temperature ==
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

TEST_CASE("a temperature is one number") {
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

TEST_CASE("there is a temperature where the model is calibrated, and there alone") {
  refused_by_header(ModelFile().edit_inner(R"("calibrated":false)", R"("calibrated":true)"),
                    "the header names no tensor \"temperature\"");
  refused_by_header(ModelFile(tiny_ensemble()).edit(R"("temperature":)", R"("temperatures":)"),
                    "the header names no tensor \"temperature\"");
  refused_by_header(
      ModelFile(tiny_ensemble()).edit_inner(R"("calibrated":true)", R"("calibrated":false)"),
      "expected 15 tensors, found 16");
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
