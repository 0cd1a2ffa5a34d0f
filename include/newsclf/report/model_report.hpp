// SPDX-License-Identifier: MIT
// The contents of a model file as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "newsclf/model/classifier.hpp"

namespace newsclf {

/// "3 networks (hidden layers 100,100) and a linear classifier"
std::string describe_networks(const Ensemble& ensemble);
/// "3 x 130,107 - 100 - 100 - 20, weights: low-rank (40)": members, sizes of the layers and how the
/// weights of the first layer are stored, with the numbers per token if they are of low rank.
std::string describe_network(const Network& network);

/// A property of a model as `info` shows it, unescaped.
struct ModelProperty {
  std::string name;  ///< empty: more values of the previous property
  std::vector<std::string> values;
};

/// The options of the model, its size and its training. Does not use the members of `model` that
/// `summarize` does not set.
std::vector<ModelProperty> describe_model(const ModelSummary& model);

/// Size, digest, options, training and labels; with `with_record`, also each epoch of training.
std::string text_summary(const ModelSummary& model, bool with_record);

/// One JSON object: file {bytes, digest, format_version, newsclf_version}, text, columns,
/// vocabulary, weighting, networks [{members, inputs, hidden}], labels [{label, documents}],
/// training (all of the record), temperature; "verified": true if `verified`, that is after
/// `load_model`.
std::string json_summary(const ModelSummary& model, bool verified);

}  // namespace newsclf
