// SPDX-License-Identifier: MIT
// Every way in which the metadata of a model can be malformed: checks 5 to 7 of loading.
#include <cctype>

#include "model/edited_model.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Path = std::vector<std::string>;

/// The part of `config` or `training` at `path`, and its name in messages.
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

/// The names of the fields at `path`.
Path fields_of(const char* entry, const Path& path) {
  Path names;
  full_model().edit_json(entry, [&](auto& json) {
    for (const auto& [name, value] : part_of(json, path).items()) names.push_back(name);
  });
  REQUIRE(names.size() > 1);
  return names;
}

/// Checks that a model without any one of the fields at `path` is refused.
void refused_without_any_of(const char* entry, const Path& path) {
  for (const std::string& field : fields_of(entry, path))
    refused_by_header(
        full_model().edit_json(entry, [&](auto& json) { part_of(json, path).erase(field); }),
        place_of(entry, path) + "the field \"" + field + "\" is missing");
}

/// Checks that a model with `{}` for any one of the fields at `path` is refused.
void refused_with_an_object_for_any_of(const char* entry, const Path& path) {
  for (const std::string& field : fields_of(entry, path)) {
    bool is_object = false;  // its fields are checked separately
    const auto file = full_model().edit_json(entry, [&](auto& json) {
      auto& value = part_of(json, path)[field];
      is_object = value.is_object();
      value = nlohmann::ordered_json::object();
    });
    if (is_object) continue;
    refused_by_header(file, place_of(entry, path) + '"' + field + "\": expected ");
    refused_by_header(file, ", found {}; the file is damaged");
  }
}

}  // namespace

// 5. The format.

TEST_CASE("a file of another format is refused") {
  refused_by_header(ModelFile().edit(R"("format":"newsclf")", R"("format":"pt")"),
                    ": format: expected newsclf, found 'pt'");
  refused_by_header(ModelFile().edit(R"("format":"newsclf",)", ""),
                    "the header's metadata has no \"format\"; this is not a newsclf model");
  refused_by_header(header_alone("{}"), "the header's metadata has no \"format\"");
}

TEST_CASE("the error for a newer format shows the version that wrote the file") {
  refused_by_header(ModelFile()
                        .edit(R"("format_version":"2")", R"("format_version":"3")")
                        .edit(R"("newsclf_version":"0.1.0")", R"("newsclf_version":"7.8.9")"),
                    "model format 3 is newer than 2, the one this newsclf reads; use newsclf 7.8.9 "
                    "or newer");
}

TEST_CASE("an older format version is refused with the advice to train again") {
  refused_by_header(ModelFile().edit(R"("format_version":"2")", R"("format_version":"1")"),
                    "format_version: expected 2, found 1; train the model again");
}

TEST_CASE("a malformed format version is refused") {
  for (const char* version : {"0", "01", "", "one", "1.0", " 1", "-1", "+1", "0x1"})
    refused_by_header(ModelFile().edit(R"("format_version":"2")",
                                       std::string(R"("format_version":")") + version + '"'),
                      std::string("format_version: expected 2, found '") + version + "'");
}

TEST_CASE("a missing entry of the metadata is refused") {
  refused_by_header(ModelFile().edit(R"("format_version":"2",)", ""), "has no \"format_version\"");
  refused_by_header(ModelFile().edit(R"("newsclf_version":"0.1.0",)", ""),
                    "has no \"newsclf_version\"");
  refused_by_header(ModelFile().edit("\"config\"", "\"konfig\""), "has no \"config\"");
  refused_by_header(ModelFile().edit("\"training\"", "\"schooling\""), "has no \"training\"");
  refused_by_header(ModelFile().edit("\"digest\"", "\"digits\""), "has no \"digest\"");
}

// 6. Config and training.

TEST_CASE("config follows the same JSON rules as the header") {
  const auto with = [](const std::string& edited) {
    return ModelFile().edit_inner(R"("subject_weight":5)", edited);
  };
  refused_by_header(with(R"("subject_weight":5,"subject_weight":5)"),
                    ", config: expected a JSON object that obeys the rules of model files, found "
                    "the key \"subject_weight\" twice");
  refused_by_header(with(R"("subject_weight":)"),
                    ", config: expected a JSON object that obeys the rules");
  refused_by_header(with(R"("subject_weight":null)"), "found a null");
  refused_by_header(with(R"("subject_weight":[[[[5]]]])"), "found more than 5 levels");
  refused_by_header(ModelFile()
                        .edit(R"("config":"{)", R"("config":"[{)")
                        .edit(R"(}}","digest")", R"(}}]","digest")"),
                    "found a value that is not an object");
}

TEST_CASE("an unknown enumeration value in config is refused") {
  refused_by_header(
      ModelFile().edit_inner(R"("token_pattern":"text")", R"("token_pattern":"Words")"),
      ", config, text: \"token_pattern\": expected text, words or nonspace, found "
      "\"Words\"");
  refused_by_header(ModelFile().edit_inner(R"("weighting":"count")", R"("weighting":"bm25")"),
                    ", config, weighting: \"weighting\": expected count, binary, log or tfidf, "
                    "found \"bm25\"");
  refused_by_header(ModelFile().edit_inner(R"("norm":"none")", R"("norm":"")"),
                    ", config, weighting: \"norm\": expected l2 or none, found \"\"");
  refused_by_header(ModelFile().edit_inner(R"("token_scale":"none")", R"("token_scale":"idf")"),
                    ", config, weighting: \"token_scale\": expected nb or none, found \"idf\"");
}

TEST_CASE("a number in config that is out of range is refused") {
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
  refused_by_header(edited(R"("min_script_ngram":1)", R"("min_script_ngram":0)"),
                    "\"min_script_ngram\": expected an integer from 1 to 10, found 0");
  refused_by_header(edited(R"("max_script_ngram":3)", R"("max_script_ngram":11)"),
                    "\"max_script_ngram\": expected an integer from 1 to 10, found 11");
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
  refused_by_header(
      edited(R"("members":1)", R"("members":0)"),
      ", config, ensemble, networks: \"members\": expected an integer from 1 to 1024, found 0");
  refused_by_header(edited(R"("members":1)", R"("members":-1)"), "found -1");
  refused_by_header(edited(R"("members":1)", R"("members":1025)"),
                    "\"members\": expected an integer from 1 to 1024, found 1025");
  refused_by_header(edited(R"("members":1)", R"("members":18446744073709551615)"),
                    "expected an integer from 1 to 1024, found 18446744073709551615");
  // 1024 members are allowed, but too many here.
  refused_by_header(edited(R"("members":1,"share":1.0)", R"("members":1024,"share":0.0009765625)"),
                    "expected shape [4,3072]");
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

TEST_CASE("hidden sizes in config that are out of range are refused") {
  const auto with_hidden = [](const std::string& sizes) {
    return ModelFile().edit_inner(R"("hidden":[3,2])", R"("hidden":)" + sizes);
  };
  refused_by_header(with_hidden("[0,2]"),
                    "\"hidden\": expected an integer from 1 to 1048576, found 0");
  refused_by_header(with_hidden("[3,1048577]"),
                    "expected an integer from 1 to 1048576, found 1048577");
  refused_by_header(with_hidden("[3]"),
                    "the \"hidden\" of a network: expected none or two integers, found [3]");
  refused_by_header(with_hidden("[3,2,1]"), "expected none or two integers, found [3,2,1]");
  refused_by_header(with_hidden("[3,-2]"), "expected an integer from 1 to 1048576, found -2");
  refused_by_header(with_hidden("[3,2.0]"), "expected an integer from 1 to 1048576, found 2.0");
  refused_by_header(with_hidden("\"3,2\""), "\"hidden\": expected an array, found \"3,2\"");
}

TEST_CASE("a missing field of config is refused") {
  refused_by_header(ModelFile().edit_inner(R"("keep_case":false,)", ""),
                    ", config, text: the field \"keep_case\" is missing");
  refused_by_header(ModelFile().edit_inner(R"("max_df":1.0,)", ""),
                    ", config, vocabulary: the field \"max_df\" is missing");
  refused_by_header(ModelFile().edit_json("config", [](auto& config) { config.erase("ensemble"); }),
                    ", config: the field \"ensemble\" is missing");
  // Every other field too.
  refused_without_any_of("config", {});
  for (const char* part : {"text", "columns", "vocabulary", "weighting", "ensemble"})
    refused_without_any_of("config", {part});
  refused_without_any_of("config", {"ensemble", "networks", "0"});
}

TEST_CASE("an unknown field of config is refused") {
  refused_by_header(
      ModelFile().edit_inner(R"("keep_case":false,)", R"("keep_case":false,"stem":true,)"),
      ", config, text: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("min_df":1,)", R"("min_df":1,"stem":true,)"),
                    ", config, vocabulary: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("norm":"none",)", R"("norm":"none","stem":true,)"),
                    ", config, weighting: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("id":"")", R"("id":"","stem":true)"),
                    ", config, columns: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner("[3,2],", R"([3,2],"stem":true,)"),
                    ", config, ensemble, networks: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("calibrated":)", R"("stem":true,"calibrated":)"),
                    ", config, ensemble: unknown field \"stem\"");
  refused_by_header(ModelFile().edit_inner(R"("ensemble":)", R"("stem":true,"ensemble":)"),
                    ", config: unknown field \"stem\"");
}

TEST_CASE("a field of config with the wrong type is refused") {
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
  refused_by_header(edited(R"("token_pattern":"text")", R"("token_pattern":1)"),
                    "\"token_pattern\": expected text, words or nonspace, found 1");
  refused_by_header(edited(R"("min_char_ngram":0)", R"("min_char_ngram":false)"),
                    "\"min_char_ngram\": expected an integer from 0 to 10, found false");
  refused_by_header(edited(R"("members":1)", R"("members":1.0)"),
                    "\"members\": expected an integer from 1 to 1024, found 1.0");
  refused_by_header(edited(R"("members":1)", R"("members":"1")"), "found \"1\"");
  refused_by_header(edited(R"("calibrated":false)", R"("calibrated":0)"),
                    ", config, ensemble: \"calibrated\": expected true or false, found 0");
  refused_by_header(edited(R"("calibrated":false)", R"("calibrated":"false")"),
                    "expected true or false, found \"false\"");
  refused_by_header(
      edited(R"({"columns":[0,4],"hidden":[3,2],"members":1,"share":1.0,"weights":"f32"})", "7"),
      ", config, ensemble, networks: \"\": expected an object, found 7");
  // Every other field too.
  for (const char* part : {"text", "columns", "vocabulary", "weighting", "ensemble"})
    refused_with_an_object_for_any_of("config", {part});
  refused_with_an_object_for_any_of("config", {"ensemble", "networks", "0"});
}

TEST_CASE("the training record follows the same rules as config") {
  const auto edited = [](const char* from, const char* to) {
    return ModelFile().edit_inner(from, to);
  };
  refused_by_header(
      edited(R"("seed":0)", R"("seed":-1)"),
      ", training, options: \"seed\": expected an integer from 0 to 2^64-1, found -1");
  refused_by_header(edited(R"("documents":4,)", ""), "the field \"documents\" is missing");
  refused_by_header(edited(R"("documents":4)", R"("documents":-4)"), "\"documents\": expected ");
  refused_by_header(edited(R"("batch_size":4)", R"("batch_size":0)"), "\"batch_size\": expected ");
  refused_by_header(edited(R"("dropout":0.5)", R"("dropout":1.5)"), "\"dropout\": expected ");
  refused_by_header(edited(R"("optimizer":"row-rmsprop")", R"("optimizer":7)"),
                    "\"optimizer\": expected adam or row-rmsprop, found 7");
  refused_by_header(edited(R"("loss":0.5)", R"("loss":0.5,"valid_accuracy":1.5)"),
                    ", training, epochs: \"valid_accuracy\": expected a number from 0 to 1, found "
                    "1.5");
  refused_by_header(edited(R"({"epoch":1,"loss":0.5,"lr":0.001})", "1"),
                    "expected an object, found 1");
  refused_by_header(edited(R"("loss":0.5)", R"("loss":0.5,"elapsed_s":1)"),
                    ", training, epochs: unknown field \"elapsed_s\"");
  refused_by_header(edited(R"("seed":0)", R"("seed":0,"host":"x")"),
                    ", training, options: unknown field \"host\"");
}

TEST_CASE("a number in the training record that is out of range is refused") {
  const auto edited = [](const char* from, const char* to) {
    return ModelFile().edit_inner(from, to);
  };
  refused_by_header(
      edited(R"("weight_decay":0.0)", R"("weight_decay":-1e-9)"),
      ", training, options: \"weight_decay\": expected a number from 0 to 1e+300, found "
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

TEST_CASE("the epochs of the training record follow the same rules") {
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

TEST_CASE("a training record with a missing field or a wrong type is refused") {
  refused_without_any_of("training", {});
  refused_without_any_of("training", {"options"});
  refused_with_an_object_for_any_of("training", {});
  refused_with_an_object_for_any_of("training", {"options"});
  refused_with_an_object_for_any_of("training", {"validation_epochs", "0"});
}

TEST_CASE("options set by the data must be names") {
  const auto with_names = [](const std::string& names) {
    return ModelFile().edit_inner(R"("set_by_data":[])", R"("set_by_data":)" + names);
  };
  refused_by_header(with_names("\"epochs\""),
                    "\"set_by_data\": expected an array, found \"epochs\"");
  refused_by_header(with_names(R"(["epochs",7])"), "\"set_by_data\": expected a string, found 7");
  refused_by_header(with_names(R"([["epochs"]])"),
                    "\"set_by_data\": expected a string, found [\"epochs\"]");
}

TEST_CASE("the documents of each label must be counts") {
  const auto with_counts = [](const std::string& counts) {
    return ModelFile().edit_inner(R"("label_documents":[2,2])", R"("label_documents":)" + counts);
  };
  refused_by_header(with_counts("[2,-2]"), "\"label_documents\": expected ");
  refused_by_header(with_counts("[2,2.0]"), "\"label_documents\": expected ");
  refused_by_header(with_counts("[2,18446744073709551615]"), "\"label_documents\": expected ");
}

TEST_CASE("the documents of earlier trainings must be counts per label, with a sum that fits") {
  const auto with_counts = [](const std::string& counts) {
    return ModelFile().edit_inner(
        R"("label_documents":[2,2])",
        R"("label_documents":[2,2],"init":{"digest":"","documents":3,"other_documents":)" + counts +
            "}");
  };
  refused_by_header(with_counts("[3]"), "training, init, other_documents: expected 2 counts");
  refused_by_header(with_counts("[2,-1]"), "\"other_documents\": expected ");
  refused_by_header(with_counts("[2,2]"),
                    "training, init, other_documents: expected 3 documents at most, found 4");
}

// 7. The digest.

TEST_CASE("a file whose bytes do not match its digest is refused") {
  std::string bytes = ModelFile().bytes();
  const std::string digest =
      nlohmann::json::parse(ModelFile().header)["__metadata__"]["digest"].get<std::string>();
  bytes.back() = 'E';
  refused(bytes, ", digest: expected " + digest + ", found ");
}

TEST_CASE("a digest that does not have 32 digits is refused") {
  const std::string key = R"("digest":")";
  std::string bytes = ModelFile().bytes();
  // Removes the last digit and adds a space after the string, which keeps the length.
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

// Any error.

TEST_CASE("errors are one line, whatever the file contains") {
  refused_by_header(ModelFile().edit("\"newsclf\"", R"("news\nclf\u001b[31m")"),
                    "format: expected");
  refused_by_header(ModelFile().edit(R"([176,189])", R"([176,189],"a\nb":[1])"), "the field");
  refused_by_header(header_alone(R"({"a\nb":1,"a\nb":1})"), "twice");
  refused_by_header(ModelFile().edit(R"([176,189]})", R"([176,189]},"a\nb":1)"),
                    "expected an object");
}

// The networks of an ensemble.

namespace {

/// The file of a model with four networks' members, with an edited list of networks.
template <typename Edit>
ModelFile with_networks(const Edit& edit) {
  return ModelFile(tiny_of_all_kinds()).edit_json("config", [&](auto& config) {
    edit(config["ensemble"]["networks"]);
  });
}

}  // namespace

TEST_CASE("the columns of a network must be in the vocabulary") {
  const auto with_columns = [](const std::string& columns) {
    return with_networks(
        [&](auto& networks) { networks[2]["columns"] = nlohmann::ordered_json::parse(columns); });
  };
  refused_by_header(with_columns("[0,5]"),
                    "config, columns of a network: expected at most 4, found 5");
  const std::string rule = "the \"columns\" of a network: expected two increasing integers, found ";
  for (const std::string columns : {"[2,2]", "[3,1]", "[]", "[1]", "[0,2,4]"})
    refused_by_header(with_columns(columns), rule + columns);
  refused_by_header(with_columns("[-1,4]"), "expected an integer from 0 to 2147483646, found -1");
  refused_by_header(with_columns("[0,2147483647]"), "found 2147483647");
  refused_by_header(with_columns("[0,4.0]"), "found 4.0");
  refused_by_header(with_columns("[1,4]"), "expected shape [3,2] (-1: any), found [4,2]");
}

TEST_CASE("the numbers of tokens of each kind must add up to the vocabulary") {
  const auto with_kinds = [](const std::string& kinds) {
    return ModelFile(tiny_of_all_kinds()).edit_inner(R"("kinds":[1,2,1])", R"("kinds":)" + kinds);
  };
  refused_by_header(with_kinds("[1,2,2]"), "config, kinds: expected a sum of 4, found 5");
  refused_by_header(with_kinds("[0,0,0]"), "config, kinds: expected a sum of 4, found 0");
  refused_by_header(with_kinds("[2147483646,2147483646,2147483646]"), "found 6442450938");
  refused_by_header(with_kinds("[4]"), "\"kinds\": expected three integers, found [4]");
  refused_by_header(with_kinds("[1,2,1,0]"), "expected three integers, found [1,2,1,0]");
  refused_by_header(with_kinds("[5,-2,1]"), "expected an integer from 0 to 2147483646, found -2");
}

TEST_CASE("the shares of all members must add up to 1") {
  const std::string rule = "the \"share\" of all members: expected a sum of 1, found ";
  const auto with_share = [](double share) {
    return with_networks([&](auto& networks) { networks[1]["share"] = share; });
  };
  refused_by_header(with_share(0.5), rule + "1.5");
  refused_by_header(with_share(0.125), rule + "0.75");
  refused_by_header(with_share(0), "\"share\": expected a number from 1e-06 to 1, found 0");
  refused_by_header(with_share(-0.25), "found -0.25");
  refused_by_header(with_share(1.5), "found 1.5");
}

TEST_CASE("there must be a network, and at most one linear network of one member") {
  refused_by_header(with_networks([](auto& networks) { networks.clear(); }),
                    "expected at least one, at most one of them linear, found []");
  refused_by_header(with_networks([](auto& networks) {
                      networks[0]["hidden"] = nlohmann::ordered_json::array();
                    }),
                    "\"networks\": expected at least one, at most one of them linear, found [");
  refused_by_header(with_networks([](auto& networks) { networks[1]["hidden"] = {3}; }),
                    "the \"hidden\" of a network: expected none or two integers, found [3]");
  refused_by_header(with_networks([](auto& networks) {
                      networks[2]["members"] = 3;
                      networks[2]["share"] = 0.125;
                    }),
                    "the \"members\" of a linear network: expected 1, found 3");
}
