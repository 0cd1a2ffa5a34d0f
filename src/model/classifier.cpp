// SPDX-License-Identifier: MIT
#include "newsclf/model/classifier.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>

#include "model/float_range.hpp"
#include "model/model_config.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/safetensors.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

constexpr std::int64_t kMaxColumns = std::numeric_limits<std::int32_t>::max() - 1;

[[noreturn]] void refuse(const std::string& path, const std::string& place,
                         const std::string& expected, const std::string& found) {
  throw Error(path, fmt::format("{}: expected {}, found {}", place, expected, found),
              "the file is damaged or was not written by newsclf");
}

std::string place_of(const Safetensors& file, const Tensor& tensor) {
  return fmt::format("tensor \"{}\" at byte {}", tensor.name,
                     tensor.bytes.data() - file.file.data());
}

std::string member_name(std::int64_t member, const char* name) {
  return fmt::format("member{}.{}", member, name);
}

/// The tensors of a model file, each of the dtype and rank that its name asks for.
class TensorTable {
 public:
  TensorTable(const Safetensors& file, const std::string& path) : file_(file), path_(path) {}

  /// A dimension of -1 may have any size.
  const Tensor& take(std::string_view name, Dtype dtype, const std::vector<std::int64_t>& shape) {
    for (const Tensor& tensor : file_.tensors) {
      if (tensor.name != name) continue;
      ++taken_;
      if (tensor.dtype != dtype)
        refuse(path_, place_of(file_, tensor), std::string(name_of(kDtypes, dtype)),
               std::string(name_of(kDtypes, tensor.dtype)));
      bool fits = tensor.shape.size() == shape.size();
      for (std::size_t d = 0; fits && d < shape.size(); ++d)
        fits = shape[d] < 0 || shape[d] == tensor.shape[d];
      if (!fits)
        refuse(path_, place_of(file_, tensor),
               fmt::format("shape [{}] (-1: any)", fmt::join(shape, ",")),
               fmt::format("[{}]", fmt::join(tensor.shape, ",")));
      return tensor;
    }
    throw Error(path_, fmt::format("the header names no tensor \"{}\"", name),
                "the file was not written by newsclf");
  }

  /// The floats of `name`; in an ensemble, those of `member0.name`, `member1.name`, …, which must
  /// stand one behind the other.
  std::span<const float> take_members(const char* name, const std::vector<std::int64_t>& shape,
                                      std::int64_t members) {
    if (members == 1) return take(name, Dtype::kF32, shape).as<float>();
    std::span<const float> all;
    for (std::int64_t m = 0; m < members; ++m) {
      const Tensor& tensor = take(member_name(m, name), Dtype::kF32, shape);
      const auto values = tensor.as<float>();
      if (m == 0) all = values;
      if (m > 0 && all.data() + all.size() != values.data())
        refuse(path_, place_of(file_, tensor), fmt::format("it behind that of member {}", m - 1),
               "it elsewhere");
      all = {all.data(), static_cast<std::size_t>(m + 1) * values.size()};
    }
    return all;
  }

  void end() const {
    if (taken_ != file_.tensors.size())
      throw Error(path_, fmt::format("expected {} tensors, found {}", taken_, file_.tensors.size()),
                  "the file was not written by this version of newsclf");
  }

 private:
  const Safetensors& file_;
  const std::string& path_;
  std::size_t taken_ = 0;
};

using Metadata = std::map<std::string, std::string>;

const std::string& entry_of(const Metadata& metadata, const std::string& path, const char* key) {
  const auto entry = metadata.find(key);
  if (entry == metadata.end())
    throw Error(path, fmt::format("the header's metadata has no \"{}\"", key),
                "this is no model of newsclf");
  return entry->second;
}

void check_format(const Metadata& metadata, const std::string& path) {
  const std::string& format = entry_of(metadata, path, "format");
  if (format != "newsclf") refuse(path, "format", "newsclf", "'" + format + "'");
  const std::string& version = entry_of(metadata, path, "format_version");
  const std::string ours = fmt::format("{}", kModelFormatVersion);
  if (version == ours) return;
  const bool number = !version.empty() && version.front() != '0' &&
                      version.find_first_not_of("0123456789") == std::string::npos;
  if (!number) refuse(path, "format_version", ours, "'" + version + "'");
  throw Error(
      path,
      fmt::format("model format {} is newer than {}, the one this newsclf reads", version, ours),
      fmt::format("use newsclf {} or newer", entry_of(metadata, path, "newsclf_version")));
}

LabelSet read_labels(const Safetensors& file, const std::string& path, const Tensor& bytes_tensor,
                     const Tensor& offsets_tensor) {
  const auto bytes = bytes_tensor.as<char>();
  const auto offsets = offsets_tensor.as<std::int64_t>();
  const std::string place = place_of(file, offsets_tensor);
  if (offsets.size() < 3)
    refuse(path, place, "two labels or more", fmt::format("{} offsets", offsets.size()));
  if (offsets.front() != 0 || offsets.back() != static_cast<std::int64_t>(bytes.size()))
    refuse(path, place, fmt::format("offsets from 0 to {}", bytes.size()),
           fmt::format("{} to {}", offsets.front(), offsets.back()));
  std::vector<std::string> labels;
  for (std::size_t c = 0; c + 1 < offsets.size(); ++c) {
    if (offsets[c] >= offsets[c + 1] || offsets[c + 1] > offsets.back())
      refuse(path, place, "rising offsets",
             fmt::format("{} before {}", offsets[c], offsets[c + 1]));
    std::string label(bytes.data() + offsets[c],
                      static_cast<std::size_t>(offsets[c + 1] - offsets[c]));
    if (find_invalid_utf8(label) != std::string::npos ||
        label.find_first_of("\t\n\r") != std::string::npos)
      refuse(path, place_of(file, bytes_tensor), "labels of UTF-8 without tabs and line ends",
             fmt::format("label {}", c));
    if (!labels.empty() && labels.back() >= label)
      refuse(path, place_of(file, bytes_tensor), "distinct labels in byte order",
             fmt::format("'{}' before '{}'", labels.back(), label));
    labels.push_back(std::move(label));
  }
  return LabelSet(std::move(labels));
}

/// A model file of which the header is checked; the data is checked by `load_model`.
struct OpenedModel {
  Safetensors file;
  ModelSummary summary;
  Classifier classifier;
};

OpenedModel open_model(const std::string& path) {
  OpenedModel model;
  model.file =
      map_safetensors(path, [&](const Metadata& metadata) { check_format(metadata, path); });
  const Safetensors& file = model.file;
  const Metadata& metadata = file.metadata;
  const std::string header = path + ", header at byte 8, ";
  const ModelConfig config =
      parse_model_config(entry_of(metadata, path, "config"), header + "config");

  TensorTable table(file, path);
  const Tensor& index = table.take("vocabulary.index", Dtype::kI64, {-1});
  const Tensor& offsets = table.take("vocabulary.offsets", Dtype::kI64, {-1});
  const Tensor& label_offsets = table.take("labels.offsets", Dtype::kI64, {-1});
  NetworkShape& shape = model.summary.shape;
  shape.hidden1 = config.hidden1;
  shape.hidden2 = config.hidden2;
  shape.inputs = offsets.shape[0] - 1;
  shape.labels = label_offsets.shape[0] - 1;
  if (shape.inputs < 1 || shape.inputs > kMaxColumns)
    refuse(path, place_of(file, offsets), "1 token or more", fmt::format("{}", shape.inputs));

  shape.members = config.members;
  Network& network = model.classifier.network;
  network.shape = shape;
  network.owner = file.owner;
  const std::int64_t wide = shape.members * shape.hidden1;
  network.hidden1_weight =
      table.take("hidden1.weight", Dtype::kF32, {shape.inputs, wide}).as<float>();
  network.hidden1_bias = table.take("hidden1.bias", Dtype::kF32, {wide}).as<float>();
  const auto take_members = [&](const char* name, const std::vector<std::int64_t>& member_shape) {
    return table.take_members(name, member_shape, shape.members);
  };
  network.hidden2_weight = take_members("hidden2.weight", {shape.hidden2, shape.hidden1});
  network.hidden2_bias = take_members("hidden2.bias", {shape.hidden2});
  network.output_weight = take_members("output.weight", {shape.labels, shape.hidden2});
  network.output_bias = take_members("output.bias", {shape.labels});
  if (config.calibrated) {
    const Tensor& temperature = table.take("temperature", Dtype::kF32, {1});
    network.temperature = temperature.as<float>()[0];
    if (!(network.temperature >= 0.01F && network.temperature <= 100))
      refuse(path, place_of(file, temperature), "a number from 0.01 to 100",
             fmt::format("{}", network.temperature));
  }
  ColumnFactors factors;
  if (config.vectorizer.weighting.weighting == Weighting::kTfidf)
    factors.idf = table.take("features.idf", Dtype::kF32, {shape.inputs}).as<float>();
  if (config.vectorizer.weighting.token_scale == TokenScale::kNb)
    factors.token_scale =
        table.take("features.token_scale", Dtype::kF32, {shape.inputs}).as<float>();
  const Tensor& bytes = table.take("vocabulary.bytes", Dtype::kU8, {-1});
  const Tensor& label_bytes = table.take("labels.bytes", Dtype::kU8, {-1});
  table.end();

  model.classifier.labels = read_labels(file, path, label_bytes, label_offsets);
  model.classifier.training =
      parse_training_record(entry_of(metadata, path, "training"), header + "training");
  if (model.classifier.training.label_documents.size() != static_cast<std::size_t>(shape.labels))
    refuse(path, "training, label_documents", fmt::format("{} counts", shape.labels),
           fmt::format("{}", model.classifier.training.label_documents.size()));
  TrainingOptions& options = model.classifier.training.options;
  options.hidden1 = shape.hidden1;
  options.hidden2 = shape.hidden2;
  options.members = shape.members;
  model.classifier.digest = entry_of(metadata, path, "digest");
  model.classifier.vectorizer = Vectorizer(config.vectorizer,
                                           Vocabulary(bytes.as<char>(), offsets.as<std::int64_t>(),
                                                      index.as<std::int64_t>(), file.owner),
                                           factors, file.owner);

  model.summary.temperature = network.temperature;
  model.summary.newsclf_version = entry_of(metadata, path, "newsclf_version");
  model.summary.digest = model.classifier.digest;
  model.summary.file_bytes = static_cast<std::int64_t>(file.file.size());
  model.summary.options = config.vectorizer;
  model.summary.labels = model.classifier.labels;
  model.summary.training = model.classifier.training;
  return model;
}

/// Checks the vocabulary, and refuses the file for a number of its tensors that is `too_large`.
void check_data(const OpenedModel& model, const std::string& path, const float* too_large) {
  if (const std::string wrong = model.classifier.vectorizer.vocabulary().check(); !wrong.empty())
    throw Error(path, "vocabulary: " + wrong, "the file is damaged or was not written by newsclf");
  if (too_large == nullptr) return;
  const auto* const place = reinterpret_cast<const std::byte*>(too_large);
  const auto tensor = std::ranges::find_if(model.file.tensors, [&](const Tensor& candidate) {
    return place < candidate.bytes.data() + candidate.bytes.size();
  });
  refuse(path, place_of(model.file, *tensor),
         "finite numbers, with which no sum over a document can leave the range of a float",
         fmt::format("{}", *too_large));
}

template <typename T>
Tensor text_tensor(const char* name, std::span<const T> text) {
  return make_tensor(name, Dtype::kU8, {static_cast<std::int64_t>(text.size())}, text);
}

}  // namespace

std::int64_t save_model(const Classifier& classifier, const std::string& path, Replace replace) {
  if (const float* const too_large = find_too_large(classifier))
    throw Error(path,
                fmt::format("not written: with {} among the numbers of the model, a sum over a "
                            "document could leave the range of a float",
                            *too_large),
                "train again at a lower learning rate");
  const Network& network = classifier.network;
  const NetworkShape& shape = network.shape;
  const Vectorizer& vectorizer = classifier.vectorizer;
  const Vocabulary& vocabulary = vectorizer.vocabulary();

  std::string labels;
  std::vector<std::int64_t> label_offsets{0};
  for (const std::string& label : classifier.labels.labels()) {
    labels += label;
    label_offsets.push_back(static_cast<std::int64_t>(labels.size()));
  }
  const auto count = [](const auto& values) { return static_cast<std::int64_t>(values.size()); };
  std::vector<Tensor> tensors = {
      make_tensor("vocabulary.index", Dtype::kI64, {count(vocabulary.index())}, vocabulary.index()),
      make_tensor("vocabulary.offsets", Dtype::kI64, {shape.inputs + 1}, vocabulary.offsets()),
      make_tensor("labels.offsets", Dtype::kI64, {shape.labels + 1},
                  std::span<const std::int64_t>(label_offsets)),
      make_tensor("hidden1.weight", Dtype::kF32, {shape.inputs, shape.members * shape.hidden1},
                  network.hidden1_weight),
      make_tensor("hidden1.bias", Dtype::kF32, {shape.members * shape.hidden1},
                  network.hidden1_bias),
  };
  const auto add_members = [&](const char* name, const std::vector<std::int64_t>& member_shape,
                               std::span<const float> values) {
    const std::size_t size = values.size() / static_cast<std::size_t>(shape.members);
    for (std::int64_t m = 0; m < shape.members; ++m)
      tensors.push_back(make_tensor(shape.members == 1 ? name : member_name(m, name), Dtype::kF32,
                                    member_shape,
                                    values.subspan(static_cast<std::size_t>(m) * size, size)));
  };
  add_members("hidden2.weight", {shape.hidden2, shape.hidden1}, network.hidden2_weight);
  add_members("hidden2.bias", {shape.hidden2}, network.hidden2_bias);
  add_members("output.weight", {shape.labels, shape.hidden2}, network.output_weight);
  add_members("output.bias", {shape.labels}, network.output_bias);
  const bool calibrated = network.temperature != 1;
  if (calibrated)
    tensors.push_back(
        make_tensor("temperature", Dtype::kF32, {1}, std::span(&network.temperature, 1)));
  const auto [idf, token_scale] = vectorizer.factors();
  if (!idf.empty())
    tensors.push_back(make_tensor("features.idf", Dtype::kF32, {shape.inputs}, idf));
  if (!token_scale.empty())
    tensors.push_back(
        make_tensor("features.token_scale", Dtype::kF32, {shape.inputs}, token_scale));
  tensors.push_back(text_tensor("vocabulary.bytes", vocabulary.bytes()));
  tensors.push_back(text_tensor("labels.bytes", std::span<const char>(labels)));

  return write_safetensors(
      path,
      {{"format", "newsclf"},
       {"format_version", fmt::format("{}", kModelFormatVersion)},
       {"newsclf_version", NEWSCLF_VERSION},
       {"config", config_json({vectorizer.options(), shape.hidden1, shape.hidden2, shape.members,
                               calibrated})},
       {"training", record_json(classifier.training)}},
      tensors, replace);
}

Classifier load_model(const std::string& path) {
  OpenedModel model = open_model(path);
  read_ahead(model.file);
  check_digest(model.file, path);
  check_data(model, path, find_too_large(model.classifier));
  return std::move(model.classifier);
}

ModelSummary summarize_model(const std::string& path) { return open_model(path).summary; }

Classifier Classifier::load(const std::string& path) { return load_model(path); }

Vectorizer load_vectorizer(const std::string& path) {
  OpenedModel model = open_model(path);
  read_ahead(model.file);
  check_data(model, path, find_too_large(model.classifier.vectorizer));
  return std::move(model.classifier.vectorizer);
}

}  // namespace newsclf
