// SPDX-License-Identifier: MIT
// Documents of labels that a model does not know.
#pragma once

#include <string>

#include "commands/command_options.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/label_set.hpp"

namespace newsclf {

/// The labels that documents are scored by, and the words of messages about all others.
struct KnownLabels {
  LabelSet labels;
  std::string owner;    ///< whose they are: "the model news.safetensors"
  std::string unknown;  ///< of other labels: "that the model does not know"
  std::string effect;   ///< of documents that have one: "count as wrong"
};

/// --known-labels
void add_known_labels_option(CLI::App& app, bool& known_labels);

/// Leaves out the documents of `corpus` whose labels are not known, if `known_labels` asks for it,
/// and warns of them otherwise.
/// @throws Error if no document has a known label
void handle_unknown_labels(const KnownLabels& known, bool known_labels, const DataOptions& data,
                           const Console& console, Corpus& corpus);

}  // namespace newsclf
