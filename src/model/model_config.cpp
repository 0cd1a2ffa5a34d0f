// SPDX-License-Identifier: MIT
#include "model/model_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "model/strict_json.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/names/choice.hpp"

namespace newsclf {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::int64_t kMaxCount = std::int64_t{1} << 48;
constexpr std::uint64_t kMaxUnits = 1 << 20;
constexpr std::int64_t kMaxMembers = 1 << 10;

/// One object of the JSON, read field by field; every field must be asked for.
class Fields {
 public:
  Fields(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) refuse("", "an object", object);
  }

  std::int64_t integer(const char* name, std::int64_t low, std::int64_t high) {
    const json& value = get(name);
    const bool fits = value.is_number_integer() && value.get<std::int64_t>() >= low &&
                      value.get<std::int64_t>() <= high;
    if (!fits) refuse(name, fmt::format("an integer from {} to {}", low, high), value);
    return value.get<std::int64_t>();
  }
  std::uint64_t seed(const char* name) {
    const json& value = get(name);
    if (!value.is_number_unsigned()) refuse(name, "an integer from 0 to 2^64-1", value);
    return value.get<std::uint64_t>();
  }
  double real(const char* name, double low, double high) {
    const json& value = get(name);
    const bool fits =
        value.is_number() && value.get<double>() >= low && value.get<double>() <= high;
    if (!fits) refuse(name, fmt::format("a number from {} to {}", low, high), value);
    return value.get<double>();
  }
  bool flag(const char* name) {
    const json& value = get(name);
    if (!value.is_boolean()) refuse(name, "true or false", value);
    return value.get<bool>();
  }
  std::string text(const char* name) {
    const json& value = get(name);
    if (!value.is_string()) refuse(name, "a string", value);
    return value.get<std::string>();
  }
  std::string one_of(const char* name, std::initializer_list<std::string_view> words) {
    std::string word = text(name);
    if (std::ranges::find(words, word) == words.end())
      refuse(name, fmt::format("{}", fmt::join(words, " or ")), get(name));
    return word;
  }
  template <typename T, std::size_t N>
  T choice(const char* name, const Choice<T> (&choices)[N]) {
    const json& value = get(name);
    const auto chosen =
        value.is_string() ? value_of(choices, value.get<std::string>()) : std::nullopt;
    if (!chosen) refuse(name, names_of(choices), value);
    return *chosen;
  }
  const json& array(const char* name) {
    const json& value = get(name);
    if (!value.is_array()) refuse(name, "an array", value);
    return value;
  }
  Fields object(const char* name) { return Fields(get(name), where_ + ", " + name); }
  bool has(const char* name) const { return object_.contains(name); }
  const std::string& where() const { return where_; }

  /// Call after the last field: refuses what nobody asked for.
  void end() const {
    for (const auto& [name, value] : object_.items())
      if (!asked_.contains(name))
        throw Error(where_, fmt::format("unknown field \"{}\"", name),
                    "the file was not written by this version of newsclf");
  }

  [[noreturn]] void refuse(const char* name, const std::string& expected, const json& found) const {
    throw Error(where_, fmt::format("\"{}\": expected {}, found {}", name, expected, found.dump()),
                "the file is damaged or was not written by newsclf");
  }

 private:
  const json& get(const char* name) {
    asked_.insert(name);
    const auto place = object_.find(name);
    if (place == object_.end())
      throw Error(where_, fmt::format("the field \"{}\" is missing", name),
                  "the file was not written by this version of newsclf");
    return *place;
  }

  const json& object_;
  std::string where_;
  std::set<std::string> asked_;
};

json parse(const std::string& text, const std::string& where) {
  check_json(text, 4, false, where);
  return json::parse(text);
}

TextOptions parse_text_options(Fields fields) {
  TextOptions text;
  text.post_headers = fields.flag("post_headers");
  text.strip_quotes = fields.flag("strip_quotes");
  text.strip_footers = fields.flag("strip_footers");
  text.subject_weight = static_cast<int>(fields.integer("subject_weight", 0, 1000));
  text.keep_case = fields.flag("keep_case");
  text.token_pattern = fields.choice("token_pattern", kTokenPatterns);
  text.min_ngram = static_cast<int>(fields.integer("min_ngram", 1, 10));
  text.max_ngram = static_cast<int>(fields.integer("max_ngram", text.min_ngram, 10));
  text.min_char_ngram = static_cast<int>(fields.integer("min_char_ngram", 0, 10));
  text.max_char_ngram = static_cast<int>(
      fields.integer("max_char_ngram", text.min_char_ngram, text.min_char_ngram == 0 ? 0 : 10));
  for (const json& entry : fields.array("columns")) {
    Fields column(entry, fields.where() + ", columns");
    text.columns.push_back(
        {column.text("column"), static_cast<int>(column.integer("weight", 1, 1000))});
    column.end();
  }
  fields.end();
  return text;
}

VocabularyOptions parse_vocabulary_options(Fields fields) {
  VocabularyOptions vocabulary;
  vocabulary.min_df = fields.integer("min_df", 1, kMaxCount);
  vocabulary.max_df = fields.real("max_df", 0, 1);
  vocabulary.max_features = fields.integer("max_features", 0, kMaxCount);
  vocabulary.stop_words.source = fields.one_of("stop_words", {"none", "english", "file"});
  fields.end();
  return vocabulary;
}

WeightingOptions parse_weighting_options(Fields fields) {
  WeightingOptions weighting;
  weighting.weighting = fields.choice("weighting", kWeightings);
  weighting.norm = fields.choice("norm", kNorms);
  weighting.input_norm = static_cast<float>(fields.real("input_norm", 1e-6, 1e6));
  weighting.token_scale = fields.choice("token_scale", kTokenScales);
  fields.end();
  return weighting;
}

EpochRecord parse_epoch(Fields fields) {
  EpochRecord epoch;
  epoch.epoch = fields.integer("epoch", 1, kMaxCount);
  epoch.loss = fields.real("loss", 0, 1e300);
  epoch.lr = fields.real("lr", 0, 1e300);
  if (fields.has("valid_loss")) epoch.valid_loss = fields.real("valid_loss", 0, 1e300);
  if (fields.has("valid_accuracy")) epoch.valid_accuracy = fields.real("valid_accuracy", 0, 1);
  fields.end();
  return epoch;
}

std::vector<EpochRecord> parse_epochs(Fields& fields, const char* name, const std::string& where) {
  std::vector<EpochRecord> epochs;
  for (const json& epoch : fields.array(name))
    epochs.push_back(parse_epoch(Fields(epoch, where + ", " + name)));
  return epochs;
}

ordered_json to_json(const std::vector<EpochRecord>& epochs) {
  auto out = ordered_json::array();
  for (const EpochRecord& epoch : epochs) {
    ordered_json entry = {{"epoch", epoch.epoch}, {"loss", epoch.loss}, {"lr", epoch.lr}};
    if (epoch.valid_loss) entry["valid_loss"] = *epoch.valid_loss;
    if (epoch.valid_accuracy) entry["valid_accuracy"] = *epoch.valid_accuracy;
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

std::string to_json(const ModelConfig& config) {
  const auto& [text, vocabulary, weighting] = config.vectorizer;
  ordered_json out;
  out["text"] = {{"post_headers", text.post_headers},
                 {"strip_quotes", text.strip_quotes},
                 {"strip_footers", text.strip_footers},
                 {"subject_weight", text.subject_weight},
                 {"keep_case", text.keep_case},
                 {"token_pattern", name_of(kTokenPatterns, text.token_pattern)},
                 {"min_ngram", text.min_ngram},
                 {"max_ngram", text.max_ngram},
                 {"min_char_ngram", text.min_char_ngram},
                 {"max_char_ngram", text.max_char_ngram},
                 {"columns", ordered_json::array()}};
  for (const TextColumn& column : text.columns)
    out["text"]["columns"].push_back({{"column", column.column}, {"weight", column.weight}});
  out["vocabulary"] = {{"min_df", vocabulary.min_df},
                       {"max_df", vocabulary.max_df},
                       {"max_features", vocabulary.max_features},
                       {"stop_words", vocabulary.stop_words.source}};
  out["weighting"] = {{"weighting", name_of(kWeightings, weighting.weighting)},
                      {"norm", name_of(kNorms, weighting.norm)},
                      {"input_norm", weighting.input_norm},
                      {"token_scale", name_of(kTokenScales, weighting.token_scale)}};
  out["network"] = {{"hidden", {config.hidden1, config.hidden2}},
                    {"members", config.members},
                    {"calibrated", config.calibrated}};
  return out.dump();
}

std::string to_json(const TrainingRecord& record) {
  ordered_json out = {{"seed", record.seed},
                      {"documents", record.documents},
                      {"held_out", record.held_out},
                      {"empty", record.empty},
                      {"repaired", record.repaired},
                      {"label_documents", record.label_documents},
                      {"data_digest", record.data_digest},
                      {"libtorch_version", record.libtorch_version},
                      {"optimizer", record.optimizer},
                      {"batch_size", record.batch_size},
                      {"lr", record.lr},
                      {"lr_schedule", record.lr_schedule},
                      {"dropout", record.dropout},
                      {"word_dropout", record.word_dropout},
                      {"set_by_data", record.set_by_data},
                      {"weight_decay", record.weight_decay},
                      {"label_smoothing", record.label_smoothing},
                      {"class_weight", record.class_weight},
                      {"best_epoch", record.best_epoch},
                      {"epochs", to_json(record.epochs)},
                      {"validation_epochs", to_json(record.validation_epochs)}};
  return out.dump();
}

ModelConfig parse_model_config(const std::string& text, const std::string& where) {
  const json parsed = parse(text, where);
  Fields fields(parsed, where);
  ModelConfig config;
  config.vectorizer.text = parse_text_options(fields.object("text"));
  config.vectorizer.vocabulary = parse_vocabulary_options(fields.object("vocabulary"));
  config.vectorizer.weighting = parse_weighting_options(fields.object("weighting"));
  Fields network = fields.object("network");
  const json& hidden = network.array("hidden");
  const bool two_sizes =
      hidden.size() == 2 && hidden[0].is_number_unsigned() && hidden[1].is_number_unsigned();
  if (!two_sizes) network.refuse("hidden", "two integers", hidden);
  const auto units = [&](const json& value) {
    const auto count = value.get<std::uint64_t>();
    if (count < 1 || count > kMaxUnits)
      network.refuse("hidden", fmt::format("1 to {} units", kMaxUnits), hidden);
    return static_cast<std::int64_t>(count);
  };
  config.hidden1 = units(hidden[0]);
  config.hidden2 = units(hidden[1]);
  config.members = network.integer("members", 1, kMaxMembers);
  config.calibrated = network.flag("calibrated");
  network.end();
  fields.end();
  return config;
}

TrainingRecord parse_training_record(const std::string& text, const std::string& where) {
  const json parsed = parse(text, where);
  Fields fields(parsed, where);
  TrainingRecord record;
  record.seed = fields.seed("seed");
  record.documents = fields.integer("documents", 0, kMaxCount);
  record.held_out = fields.integer("held_out", 0, kMaxCount);
  record.empty = fields.integer("empty", 0, kMaxCount);
  record.repaired = fields.integer("repaired", 0, kMaxCount);
  for (const json& count : fields.array("label_documents")) {
    const bool fits = count.is_number_unsigned() &&
                      count.get<std::uint64_t>() <= static_cast<std::uint64_t>(kMaxCount);
    if (!fits) fields.refuse("label_documents", "counts up to 2^48", count);
    record.label_documents.push_back(count.get<std::int64_t>());
  }
  record.data_digest = fields.text("data_digest");
  record.libtorch_version = fields.text("libtorch_version");
  record.optimizer = fields.text("optimizer");
  record.batch_size = fields.integer("batch_size", 1, kMaxCount);
  record.lr = fields.real("lr", 0, 1e300);
  record.lr_schedule = fields.text("lr_schedule");
  record.dropout = fields.real("dropout", 0, 1);
  record.word_dropout = fields.real("word_dropout", 0, 1);
  for (const json& option : fields.array("set_by_data")) {
    if (!option.is_string()) fields.refuse("set_by_data", "names of options", option);
    record.set_by_data.push_back(option.get<std::string>());
  }
  record.weight_decay = fields.real("weight_decay", 0, 1e300);
  record.label_smoothing = fields.real("label_smoothing", 0, 1);
  record.class_weight = fields.text("class_weight");
  record.best_epoch = fields.integer("best_epoch", 0, kMaxCount);
  record.epochs = parse_epochs(fields, "epochs", where);
  record.validation_epochs = parse_epochs(fields, "validation_epochs", where);
  fields.end();
  return record;
}

}  // namespace newsclf
