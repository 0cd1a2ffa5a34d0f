// SPDX-License-Identifier: MIT
// Reads a model file and checks everything in it.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "model/checkpoint_record.hpp"
#include "model/float_range.hpp"
#include "model/model_config.hpp"
#include "model/strict_json.hpp"
#include "model/tensor_names.hpp"
#include "model/tensor_table.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/safetensors.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {
namespace {

constexpr std::int64_t kMaxColumns = std::numeric_limits<std::int32_t>::max() - 1;

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
  if (format == kCheckpointFormat)
    throw Error(path, "this is a checkpoint of a training, not a model", "finish the training");
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
    if (const std::string problem = label_problem(label); !problem.empty())
      refuse_file(path, place_of(file, bytes_tensor), "UTF-8 labels without control characters",
                  fmt::format("'{}', which {}", label, problem));
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

/// The networks and how their answers are combined.
Ensemble take_ensemble(const Safetensors& file, const std::string& path, const ModelConfig& config,
                       std::int64_t tokens, std::int64_t labels, TensorTable& table) {
  Ensemble ensemble;
  ensemble.rescales_parts = config.vectorizer.weighting.norm == Norm::kL2;
  std::size_t perceptrons = 0;
  for (const auto& [columns, hidden, members, share, form] : config.ensemble.networks) {
    if (columns[1] > tokens)
      refuse_file(path, "config, columns of a network", fmt::format("at most {}", tokens),
                  fmt::format("{}", columns[1]));
    Network& network = ensemble.networks.emplace_back();
    network.first_column = columns[0];
    network.shape = {columns[1] - columns[0], 0, 0, labels, members};
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
  if (!config.ensemble.calibrated) return ensemble;
  const Tensor& temperature = table.read("temperature", Dtype::kF32, {1});
  ensemble.temperature = temperature.as<float>()[0];
  table.require(temperature, ensemble.temperature >= 0.01F && ensemble.temperature <= 100,
                "a number from 0.01 to 100", fmt::format("{}", ensemble.temperature));
  return ensemble;
}

Thresholds take_thresholds(const ModelConfig& config, std::int64_t labels, TensorTable& table) {
  if (!config.thresholds) return {};
  Thresholds thresholds = *config.thresholds;
  const Tensor& values = table.read("thresholds", Dtype::kF32, {labels});
  std::ranges::copy(values.as<float>(), std::back_inserter(thresholds.values));
  for (const float value : thresholds.values)
    table.require(values, value >= 0 && value <= kNeverAnswered, "numbers from 0 to 2",
                  fmt::format("{}", value));
  return thresholds;
}

/// A model file with a checked header; `load_model` checks the data.
struct OpenedModel {
  Safetensors file;
  Classifier classifier;
};

/// @param source the path, or the name and bytes, of the file
template <typename... Source>
Safetensors open_file(const std::string& path, const Source&... source) {
  return open_safetensors(path, source...,
                          [&](const Metadata& metadata) { check_format(metadata, path); });
}

OpenedModel open_model(const std::string& path, Safetensors opened) {
  OpenedModel model{std::move(opened), {}};
  const Safetensors& file = model.file;
  const std::string header = path + ", header at byte 8, ";
  const ModelConfig config =
      parse_model_config(entry_of(file.metadata, path, "config"), header + "config");

  TensorTable table(file, path);
  const Tensor& offsets = table.take("vocabulary.offsets", Dtype::kU32, {-1});
  const Tensor& label_offsets = table.read("labels.offsets", Dtype::kI64, {-1});
  const std::int64_t tokens = offsets.shape[0] - 1, label_count = label_offsets.shape[0] - 1;
  table.require(offsets, tokens >= 1 && tokens <= kMaxColumns, "at least 1 token",
                fmt::format("{}", tokens));
  KindCounts kinds;
  std::ranges::copy(config.kinds, kinds.begin());
  if (const auto all = std::accumulate(kinds.begin(), kinds.end(), std::int64_t{0}); all != tokens)
    refuse_file(path, "config, kinds", fmt::format("a sum of {}", tokens), fmt::format("{}", all));

  Ensemble& ensemble = model.classifier.ensemble;
  ensemble = take_ensemble(file, path, config, tokens, label_count, table);
  model.classifier.thresholds = take_thresholds(config, label_count, table);
  ColumnFactors factors;
  if (config.vectorizer.weighting.weighting == Weighting::kTfidf)
    factors.idf = table.take_copies("features.idf", {tokens}, 1);
  if (config.vectorizer.weighting.token_scale == TokenScale::kNb)
    factors.token_scale = table.take_copies("features.token_scale", {tokens}, 1);
  const Tensor& bytes = table.take("vocabulary.bytes", Dtype::kU8, {-1});
  const Tensor& label_bytes = table.read("labels.bytes", Dtype::kU8, {-1});
  table.end();

  model.classifier.labels = read_labels(file, path, label_bytes, label_offsets);
  TrainingRecord& training = model.classifier.training;
  training = parse_training_record(entry_of(file.metadata, path, "training"), header + "training");
  const auto check_counts = [&](const char* name, const std::vector<std::int64_t>& per_label) {
    if (per_label.size() != static_cast<std::size_t>(label_count))
      refuse_file(path, fmt::format("training, {}", name), fmt::format("{} counts", label_count),
                  fmt::format("{}", per_label.size()));
  };
  check_counts("label_documents", training.label_documents);
  if (const auto& init = training.init) {
    check_counts("init, other_documents", init->other_documents);
    const double sum =
        std::accumulate(init->other_documents.begin(), init->other_documents.end(), 0.0);
    if (sum > static_cast<double>(init->documents))
      refuse_file(path, "training, init, other_documents",
                  fmt::format("{} documents at most", init->documents), fmt::format("{}", sum));
  }
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

/// Reads all tensors, large ones on two threads: copying takes longer than most checks.
void read_data(const Safetensors& file) {
  constexpr std::size_t kLarge = 1 << 20;
  const std::span<const std::byte> data = file.data;
  const std::size_t half = data.size() / 2;
  std::future<void> first = run_aside([&] { file.read(data.first(half)); }, half > kLarge);
  file.read(data.subspan(half));
  first.get();
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

/// The bytes of the file by purpose, largest first.
std::vector<FilePart> parts_of(const Safetensors& file) {
  constexpr std::pair<std::string_view, const char*> kPurposes[] = {
      {"hidden1.", "first layers"},  {"hidden2.", "other layers"},
      {"output.", "other layers"},   {"linear.", "linear classifier"},
      {"vocabulary.", "vocabulary"}, {"features.", "token weights"}};
  constexpr const char* kRest = "header and labels";
  std::map<std::string, std::int64_t> bytes = {{kRest, std::ssize(file.file)}};
  for (const Tensor& tensor : file.tensors)
    for (const auto& [part, purpose] : kPurposes)
      if (tensor.name.find(part) != std::string::npos) {
        bytes[purpose] += std::ssize(tensor.bytes);
        bytes[kRest] -= std::ssize(tensor.bytes);
      }
  std::vector<FilePart> parts;
  for (const auto& [purpose, size] : bytes) parts.push_back({purpose, size});
  std::ranges::stable_sort(parts, std::greater(), &FilePart::bytes);
  return parts;
}

/// Reads the data and checks the whole file.
OpenedModel load(const std::string& path, Safetensors file) {
  OpenedModel model = open_model(path, std::move(file));
  read_data(model.file);
  Vectorizer& vectorizer = model.classifier.vectorizer;
  std::future<std::optional<TooLarge>> checks = run_aside([&] {
    check_digest(model.file, path);
    return find_too_large(vectorizer, &model.classifier.ensemble);
  });
  const std::string wrong = vectorizer.build_index();
  check_range(model, path, checks.get());  // a wrong digest explains best what else is wrong
  check_index(wrong, path);
  return model;
}

ModelSummary summary_of(const OpenedModel& opened) {
  ModelSummary model = summarize(opened.classifier);
  model.newsclf_version = opened.file.metadata.at("newsclf_version");
  model.file_bytes = std::ssize(opened.file.file);
  model.parts = parts_of(opened.file);
  return model;
}

WholeModel whole_model(OpenedModel model) {
  ModelSummary summary = summary_of(model);
  return {std::move(model.classifier), std::move(summary), model.file.file};
}

}  // namespace

Classifier load_model(const std::string& path) { return load(path, open_file(path)).classifier; }

WholeModel load_whole_model(const std::string& path) {
  return whole_model(load(path, open_file(path)));
}

WholeModel load_whole_model(const std::string& name, std::span<const std::byte> bytes) {
  return whole_model(load(name, open_file(name, bytes)));
}

ModelSummary summarize(const Classifier& classifier) {
  return {.newsclf_version = {},
          .digest = classifier.digest,
          .file_bytes = 0,
          .parts = {},
          .tokens = classifier.vectorizer.vocabulary().size(),
          .ensemble = classifier.ensemble,
          .options = classifier.vectorizer.options(),
          .columns = classifier.columns,
          .labels = classifier.labels,
          .training = classifier.training,
          .thresholds = classifier.thresholds};
}

ModelSummary summarize_model(const std::string& path) {
  return summary_of(open_model(path, open_file(path)));
}

Classifier Classifier::load(const std::string& path) { return load_model(path); }

Vectorizer load_vectorizer(const std::string& path) {
  OpenedModel model = open_model(path, open_file(path));
  for (const Tensor& tensor : model.file.tensors)
    if (tensor.name.starts_with("vocabulary.") || tensor.name.starts_with("features."))
      model.file.read(tensor.bytes);
  check_range(model, path, find_too_large(model.classifier.vectorizer));
  check_index(model.classifier.vectorizer.build_index(), path);
  return std::move(model.classifier.vectorizer);
}

}  // namespace newsclf
