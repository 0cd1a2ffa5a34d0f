// SPDX-License-Identifier: MIT
#include "newsclf/model/classifier.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>

#include "model/float_range.hpp"
#include "model/model_config.hpp"
#include "model/strict_json.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/safetensors.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

constexpr std::int64_t kMaxColumns = std::numeric_limits<std::int32_t>::max() - 1;

std::string place_of(const Safetensors& file, const Tensor& tensor) {
  return fmt::format("tensor \"{}\" at byte {}", tensor.name,
                     tensor.bytes.data() - file.file.data());
}

/// One of a network's arrays. With several copies of the shape, one per member, each copy is a
/// tensor: `member0.name`, `member1.name`, …
struct NetworkTensor {
  const char* name;
  std::vector<std::int64_t> shape;
  std::span<const float> Network::*values;
  std::int64_t copies;
};

/// All arrays except the weights of the first layer.
std::vector<NetworkTensor> network_tensors(const NetworkShape& shape) {
  const std::int64_t members = shape.members;
  if (shape.is_linear()) return {{"linear.bias", {shape.width()}, &Network::first_bias, 1}};
  return {{"hidden1.bias", {shape.width()}, &Network::first_bias, 1},
          {"hidden2.weight", {shape.hidden2, shape.hidden1}, &Network::hidden2_weight, members},
          {"hidden2.bias", {shape.hidden2}, &Network::hidden2_bias, members},
          {"output.weight", {shape.labels, shape.hidden2}, &Network::output_weight, members},
          {"output.bias", {shape.labels}, &Network::output_bias, members}};
}

std::string name_of_copy(const std::string& name, std::int64_t member, std::int64_t copies) {
  return copies == 1 ? name : fmt::format("member{}.{}", member, name);
}

/// The name of a tensor of the n-th network that is not linear.
std::string name_in_network(const std::string& name, std::size_t network) {
  return network == 0 ? name : fmt::format("network{}.{}", network, name);
}

/// The name of a tensor with the weights of a first layer, see `PackedRows`.
std::string first_layer_name(const Network& network, const char* part, std::size_t number) {
  return network.shape.is_linear() ? fmt::format("linear.{}", part)
                                   : name_in_network(fmt::format("hidden1.{}", part), number);
}

/// The tensors of a model file; checks the dtype and shape that each name requires.
class TensorTable {
 public:
  TensorTable(const Safetensors& file, const std::string& path) : file_(file), path_(path) {}

  /// The values of a tensor of the dtype of T, see `take`.
  template <typename T>
  std::span<const T> take_values(const std::string& name, const std::vector<std::int64_t>& shape) {
    return take(name, kDtypeOf<T>, shape).template as<T>();
  }

  /// @param shape a dimension of -1 may have any size
  const Tensor& take(std::string_view name, Dtype dtype, const std::vector<std::int64_t>& shape) {
    for (const Tensor& tensor : file_.tensors) {
      if (tensor.name != name) continue;
      ++taken_;
      if (tensor.dtype != dtype)
        refuse_file(path_, place_of(file_, tensor), std::string(name_of(kDtypes, dtype)),
                    std::string(name_of(kDtypes, tensor.dtype)));
      bool fits = tensor.shape.size() == shape.size();
      for (std::size_t d = 0; fits && d < shape.size(); ++d)
        fits = shape[d] < 0 || shape[d] == tensor.shape[d];
      if (!fits)
        refuse_file(path_, place_of(file_, tensor),
                    fmt::format("shape [{}] (-1: any)", fmt::join(shape, ",")),
                    fmt::format("[{}]", fmt::join(tensor.shape, ",")));
      return tensor;
    }
    throw Error(path_, fmt::format("the header has no tensor \"{}\"", name),
                "the file was not written by newsclf");
  }

  /// The floats of `copies` tensors (see `NetworkTensor`), which must be contiguous in the file.
  std::span<const float> take_copies(const std::string& name,
                                     const std::vector<std::int64_t>& shape, std::int64_t copies) {
    std::span<const float> all;
    for (std::int64_t m = 0; m < copies; ++m) {
      const Tensor& tensor = take(name_of_copy(name, m, copies), Dtype::kF32, shape);
      const auto values = tensor.as<float>();
      if (m == 0) all = values;
      if (m > 0 && all.data() + all.size() != values.data())
        refuse_file(path_, place_of(file_, tensor),
                    fmt::format("it directly after member {}", m - 1), "it elsewhere");
      all = {all.data(), static_cast<std::size_t>(m + 1) * values.size()};
    }
    return all;
  }

  void require(const Tensor& tensor, bool holds, const std::string& expected,
               const std::string& found) const {
    if (!holds) refuse_file(path_, place_of(file_, tensor), expected, found);
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
                "this is not a newsclf model");
  return entry->second;
}

void check_format(const Metadata& metadata, const std::string& path) {
  const std::string& format = entry_of(metadata, path, "format");
  if (format != "newsclf") refuse_file(path, "format", "newsclf", "'" + format + "'");
  const std::string& version = entry_of(metadata, path, "format_version");
  const std::string& writer = entry_of(metadata, path, "newsclf_version");
  const std::string ours = fmt::format("{}", kModelFormatVersion);
  if (version == ours) return;
  const bool number = !version.empty() && version.front() != '0' &&
                      version.find_first_not_of("0123456789") == std::string::npos;
  if (!number) refuse_file(path, "format_version", ours, "'" + version + "'");
  if (version.size() < ours.size() || (version.size() == ours.size() && version < ours))
    throw Error(path, fmt::format("format_version: expected {}, found {}", ours, version),
                "train the model again");
  throw Error(
      path,
      fmt::format("model format {} is newer than {}, the one this newsclf reads", version, ours),
      fmt::format("use newsclf {} or newer", writer));
}

LabelSet read_labels(const Safetensors& file, const std::string& path, const Tensor& bytes_tensor,
                     const Tensor& offsets_tensor) {
  const auto bytes = bytes_tensor.as<char>();
  const auto offsets = offsets_tensor.as<std::int64_t>();
  const std::string place = place_of(file, offsets_tensor);
  if (offsets.size() < 3)
    refuse_file(path, place, "at least two labels", fmt::format("{} offsets", offsets.size()));
  if (offsets.front() != 0 || offsets.back() != static_cast<std::int64_t>(bytes.size()))
    refuse_file(path, place, fmt::format("offsets from 0 to {}", bytes.size()),
                fmt::format("{} to {}", offsets.front(), offsets.back()));
  std::vector<std::string> labels;
  for (std::size_t c = 0; c + 1 < offsets.size(); ++c) {
    if (offsets[c] >= offsets[c + 1] || offsets[c + 1] > offsets.back())
      refuse_file(path, place, "increasing offsets",
                  fmt::format("{} before {}", offsets[c], offsets[c + 1]));
    std::string label(bytes.data() + offsets[c],
                      static_cast<std::size_t>(offsets[c + 1] - offsets[c]));
    if (find_invalid_utf8(label) != std::string::npos ||
        label.find_first_of("\t\n\r") != std::string::npos)
      refuse_file(path, place_of(file, bytes_tensor), "UTF-8 labels without tabs or line breaks",
                  fmt::format("label {}", c));
    if (!labels.empty() && labels.back() >= label)
      refuse_file(path, place_of(file, bytes_tensor), "distinct labels in byte order",
                  fmt::format("'{}' before '{}'", labels.back(), label));
    labels.push_back(std::move(label));
  }
  return LabelSet(std::move(labels));
}

/// Sets the weights of the first layer of the n-th network that is not linear, or of a linear one.
void take_first_layer(TensorTable& table, WeightForm form, std::size_t number, Network& network) {
  const auto name = [&](const char* part) { return first_layer_name(network, part, number); };
  const std::int64_t inputs = network.shape.inputs, width = network.shape.width();
  PackedRows& packed = network.packed;
  if (form != WeightForm::kF32) packed.rank = static_cast<std::size_t>(width);
  switch (form) {
    case WeightForm::kF32:
      network.first_weight = table.take_values<float>(name("weight"), {inputs, width});
      return;
    case WeightForm::kF16:
      packed.halves = table.take_values<std::uint16_t>(name("weight"), {inputs, width});
      return;
    case WeightForm::kI8:
      packed.bytes = table.take_values<std::int8_t>(name("weight"), {inputs, width});
      break;
    case WeightForm::kLowRank: {
      const Tensor& basis = table.take(name("basis"), Dtype::kF32, {-1, width});
      const std::int64_t rank = basis.shape[0];
      table.require(basis, rank >= 1 && rank <= width, fmt::format("1 to {} rows", width),
                    fmt::format("{}", rank));
      packed.rank = static_cast<std::size_t>(rank);
      packed.basis = basis.as<float>();
      packed.bytes = table.take_values<std::int8_t>(name("rows"), {inputs, rank});
    }
  }
  packed.scale = table.take_values<float>(name("scale"), {inputs});
}

void add_first_layer(const Network& network, std::size_t number, std::vector<Tensor>& tensors) {
  const std::int64_t inputs = network.shape.inputs, width = network.shape.width();
  const PackedRows& packed = network.packed;
  const auto rank = static_cast<std::int64_t>(packed.rank);
  const auto add = [&](const char* part, std::vector<std::int64_t> shape, const auto& values) {
    if (!values.empty())
      tensors.push_back(
          make_tensor(first_layer_name(network, part, number), std::move(shape), values));
  };
  add("weight", {inputs, width}, network.first_weight);
  add("weight", {inputs, width}, packed.halves);
  add(packed.basis.empty() ? "weight" : "rows", {inputs, rank}, packed.bytes);
  add("scale", {inputs}, packed.scale);
  add("basis", {rank, width}, packed.basis);
}

/// A model file with a checked header; `load_model` checks the data.
struct OpenedModel {
  Safetensors file;
  Classifier classifier;
};

OpenedModel open_model(const std::string& path) {
  OpenedModel model;
  model.file =
      map_safetensors(path, [&](const Metadata& metadata) { check_format(metadata, path); });
  const Safetensors& file = model.file;
  const std::string header = path + ", header at byte 8, ";
  const ModelConfig config =
      parse_model_config(entry_of(file.metadata, path, "config"), header + "config");

  TensorTable table(file, path);
  const Tensor& offsets = table.take("vocabulary.offsets", Dtype::kU32, {-1});
  const Tensor& label_offsets = table.take("labels.offsets", Dtype::kI64, {-1});
  const std::int64_t tokens = offsets.shape[0] - 1, label_count = label_offsets.shape[0] - 1;
  if (tokens < 1 || tokens > kMaxColumns)
    refuse_file(path, place_of(file, offsets), "at least 1 token", fmt::format("{}", tokens));
  KindCounts kinds;
  std::ranges::copy(config.kinds, kinds.begin());
  if (const auto all = std::accumulate(kinds.begin(), kinds.end(), std::int64_t{0}); all != tokens)
    refuse_file(path, "config, kinds", fmt::format("a sum of {}", tokens), fmt::format("{}", all));

  Ensemble& ensemble = model.classifier.ensemble;
  ensemble.rescales_parts = config.vectorizer.weighting.norm == Norm::kL2;
  std::size_t perceptrons = 0;
  for (const auto& [columns, hidden, members, share, form] : config.ensemble.networks) {
    if (columns[1] > tokens)
      refuse_file(path, "config, columns of a network", fmt::format("at most {}", tokens),
                  fmt::format("{}", columns[1]));
    Network& network = ensemble.networks.emplace_back();
    network.first_column = columns[0];
    network.shape = {columns[1] - columns[0], 0, 0, label_count, members};
    if (!hidden.empty()) {
      network.shape.hidden1 = hidden[0];
      network.shape.hidden2 = hidden[1];
    }
    ensemble.shares.insert(ensemble.shares.end(), static_cast<std::size_t>(members), share);
    network.owner = file.owner;
    const std::size_t number = hidden.empty() ? 0 : perceptrons++;
    take_first_layer(table, form, number, network);
    for (const auto& [name, shape, values, copies] : network_tensors(network.shape))
      network.*values = table.take_copies(name_in_network(name, number), shape, copies);
  }
  if (config.ensemble.calibrated) {
    const Tensor& temperature = table.take("temperature", Dtype::kF32, {1});
    ensemble.temperature = temperature.as<float>()[0];
    if (!(ensemble.temperature >= 0.01F && ensemble.temperature <= 100))
      refuse_file(path, place_of(file, temperature), "a number from 0.01 to 100",
                  fmt::format("{}", ensemble.temperature));
  }
  if (config.thresholds) {
    const Tensor& values = table.take("thresholds", Dtype::kF32, {label_count});
    Thresholds& thresholds = model.classifier.thresholds = *config.thresholds;
    std::ranges::copy(values.as<float>(), std::back_inserter(thresholds.values));
    for (const float value : thresholds.values)
      if (!(value >= 0 && value <= kNeverAnswered))
        refuse_file(path, place_of(file, values), "numbers from 0 to 2", fmt::format("{}", value));
  }
  ColumnFactors factors;
  if (config.vectorizer.weighting.weighting == Weighting::kTfidf)
    factors.idf = table.take_copies("features.idf", {tokens}, 1);
  if (config.vectorizer.weighting.token_scale == TokenScale::kNb)
    factors.token_scale = table.take_copies("features.token_scale", {tokens}, 1);
  const Tensor& bytes = table.take("vocabulary.bytes", Dtype::kU8, {-1});
  const Tensor& label_bytes = table.take("labels.bytes", Dtype::kU8, {-1});
  table.end();

  model.classifier.labels = read_labels(file, path, label_bytes, label_offsets);
  TrainingRecord& training = model.classifier.training;
  training = parse_training_record(entry_of(file.metadata, path, "training"), header + "training");
  if (training.label_documents.size() != static_cast<std::size_t>(label_count))
    refuse_file(path, "training, label_documents", fmt::format("{} counts", label_count),
                fmt::format("{}", training.label_documents.size()));
  const NetworkShape& shape = ensemble.networks.front().shape;
  training.options.hidden1 = shape.hidden1;
  training.options.hidden2 = shape.hidden2;
  training.options.members = shape.members;
  model.classifier.columns = config.columns;
  model.classifier.digest = entry_of(file.metadata, path, "digest");
  model.classifier.vectorizer = Vectorizer(
      config.vectorizer, Vocabulary(bytes.as<char>(), offsets.as<std::uint32_t>(), file.owner),
      kinds, factors, file.owner);
  return model;
}

/// @param wrong from `Vocabulary::build_index`
void check_index(const std::string& wrong, const std::string& path) {
  if (!wrong.empty())
    throw Error(path, "vocabulary: " + wrong, "the file is damaged or was not written by newsclf");
}

/// Refuses the file if it has a number that is too large.
void check_range(const OpenedModel& model, const std::string& path,
                 const std::optional<TooLarge>& too_large) {
  if (!too_large) return;
  const auto* const place = static_cast<const std::byte*>(too_large->place);
  const auto tensor = std::ranges::find_if(model.file.tensors, [&](const Tensor& candidate) {
    return place < candidate.bytes.data() + candidate.bytes.size();
  });
  refuse_file(path, place_of(model.file, *tensor),
              "finite numbers with which no sum over a document can overflow a float",
              fmt::format("{}", too_large->number));
}

template <typename T>
Tensor list_tensor(const char* name, std::span<const T> values) {
  return make_tensor(name, {static_cast<std::int64_t>(values.size())}, values);
}

}  // namespace

namespace {

/// What a model file contains; the tensors refer to `classifier` and to the other members.
struct ModelContents {
  std::string labels;
  std::vector<std::int64_t> label_offsets{0};
  std::vector<Tensor> tensors;
  std::map<std::string, std::string> metadata;

  explicit ModelContents(const Classifier& classifier);
  ModelContents(const ModelContents&) = delete;
  ModelContents& operator=(const ModelContents&) = delete;
};

ModelContents::ModelContents(const Classifier& classifier) {
  const Ensemble& ensemble = classifier.ensemble;
  const Vectorizer& vectorizer = classifier.vectorizer;
  const Vocabulary& vocabulary = vectorizer.vocabulary();

  for (const std::string& label : classifier.labels.labels()) {
    labels += label;
    label_offsets.push_back(static_cast<std::int64_t>(labels.size()));
  }
  tensors = {list_tensor("vocabulary.offsets", vocabulary.offsets()),
             list_tensor("labels.offsets", std::span<const std::int64_t>(label_offsets))};
  EnsembleConfig config{{}, ensemble.temperature != 1};
  const std::vector<double> shares = ensemble.all_shares();
  std::size_t member = 0;
  std::size_t perceptrons = 0;
  for (const Network& network : ensemble.networks) {
    const NetworkShape& shape = network.shape;
    const ColumnRange columns = network.columns();
    NetworkConfig& of_network = config.networks.emplace_back();
    of_network.columns = {columns.first, columns.last};
    if (!shape.is_linear()) of_network.hidden = {shape.hidden1, shape.hidden2};
    of_network.members = shape.members;
    of_network.share = shares[member];
    member += static_cast<std::size_t>(shape.members);
    of_network.weights = network.packed.form();
    const std::size_t number = shape.is_linear() ? 0 : perceptrons++;
    add_first_layer(network, number, tensors);
    for (const auto& [name, tensor_shape, values, copies] : network_tensors(shape)) {
      const std::span<const float> all = network.*values;
      const std::size_t size = all.size() / static_cast<std::size_t>(copies);
      for (std::int64_t m = 0; m < copies; ++m)
        tensors.push_back(make_tensor(name_of_copy(name_in_network(name, number), m, copies),
                                      tensor_shape,
                                      all.subspan(static_cast<std::size_t>(m) * size, size)));
    }
  }
  if (config.calibrated)
    tensors.push_back(list_tensor("temperature", std::span(&ensemble.temperature, 1)));
  const Thresholds& thresholds = classifier.thresholds;
  if (!thresholds.is_empty())
    tensors.push_back(list_tensor("thresholds", std::span<const float>(thresholds.values)));
  const auto [idf, token_scale] = vectorizer.factors();
  if (!idf.empty()) tensors.push_back(list_tensor("features.idf", idf));
  if (!token_scale.empty()) tensors.push_back(list_tensor("features.token_scale", token_scale));
  tensors.push_back(list_tensor("vocabulary.bytes", vocabulary.bytes()));
  tensors.push_back(list_tensor("labels.bytes", std::span<const char>(labels)));
  std::ranges::stable_sort(tensors, {}, &Tensor::dtype);  // by decreasing size of the elements

  metadata = {
      {"format", "newsclf"},
      {"format_version", fmt::format("{}", kModelFormatVersion)},
      {"newsclf_version", NEWSCLF_VERSION},
      {"config", config_json({vectorizer.options(),
                              {vectorizer.counts().begin(), vectorizer.counts().end()},
                              classifier.columns,
                              config,
                              thresholds.is_empty() ? std::nullopt : std::optional(thresholds)})},
      {"training", record_json(classifier.training)}};
}

}  // namespace

std::int64_t model_bytes(const Classifier& classifier) {
  const ModelContents contents(classifier);
  return safetensors_bytes(contents.metadata, contents.tensors);
}

std::int64_t save_model(const Classifier& classifier, const std::string& path, Replace replace) {
  if (const auto too_large = find_too_large(classifier.vectorizer, &classifier.ensemble))
    throw Error(path,
                fmt::format("not written: the model contains {}, with which a sum over a document "
                            "could overflow a float",
                            too_large->number),
                "train again at a lower learning rate");
  const ModelContents contents(classifier);
  return write_safetensors(path, contents.metadata, contents.tensors, replace);
}

Classifier load_model(const std::string& path) {
  OpenedModel model = open_model(path);
  read_ahead(model.file);
  std::future<void> digest = run_aside([&] { check_digest(model.file, path); });
  const auto too_large = find_too_large(model.classifier.vectorizer, &model.classifier.ensemble);
  const std::string wrong = model.classifier.vectorizer.build_index();
  digest.get();  // explains best what else is wrong with a damaged file
  check_range(model, path, too_large);
  check_index(wrong, path);
  return std::move(model.classifier);
}

ModelSummary summarize(const Classifier& classifier) {
  return {.newsclf_version = {},
          .digest = classifier.digest,
          .file_bytes = 0,
          .tokens = classifier.vectorizer.vocabulary().size(),
          .ensemble = classifier.ensemble,
          .options = classifier.vectorizer.options(),
          .columns = classifier.columns,
          .labels = classifier.labels,
          .training = classifier.training,
          .thresholds = classifier.thresholds};
}

ModelSummary summarize_model(const std::string& path) {
  const auto [file, classifier] = open_model(path);
  ModelSummary model = summarize(classifier);
  model.newsclf_version = file.metadata.at("newsclf_version");
  model.file_bytes = std::ssize(file.file);
  return model;
}

Classifier Classifier::load(const std::string& path) { return load_model(path); }

Vectorizer load_vectorizer(const std::string& path) {
  OpenedModel model = open_model(path);
  read_ahead(model.file);
  check_range(model, path, find_too_large(model.classifier.vectorizer));
  check_index(model.classifier.vectorizer.build_index(), path);
  return std::move(model.classifier.vectorizer);
}

}  // namespace newsclf
