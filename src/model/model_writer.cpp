// SPDX-License-Identifier: MIT
// Writes a model file.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/float_range.hpp"
#include "model/model_config.hpp"
#include "model/tensor_names.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/safetensors.hpp"

namespace newsclf {
namespace {

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

template <typename T>
Tensor list_tensor(const char* name, std::span<const T> values) {
  return make_tensor(name, {static_cast<std::int64_t>(values.size())}, values);
}

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

}  // namespace newsclf
