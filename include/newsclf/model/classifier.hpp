// SPDX-License-Identifier: MIT
// A trained classifier: vectorizer, labels and network, and the file that holds them. `Predictor`
// labels documents with it.
#pragma once

#include <cstdint>
#include <string>

#include "newsclf/corpus/label_set.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/io/atomic_file.hpp"
#include "newsclf/model/network.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// The version of the model file that this newsclf writes, and the only one it reads.
inline constexpr std::int64_t kModelFormatVersion = 1;

/// Everything that labels a document. `network.shape` fits the vocabulary and the labels. Several
/// threads may call const members of one classifier at once; copies share the arrays.
struct Classifier {
  Vectorizer vectorizer;
  LabelSet labels;
  Network network;
  TrainingRecord training;

  std::string digest = {};  ///< of the file it was loaded from, see `check_digest`; empty: of none

  /// The model at `path`, see `load_model`.
  static Classifier load(const std::string& path);
};

/// What stands in the header of a model file.
struct ModelSummary {
  std::string newsclf_version;  ///< of the program that wrote it
  std::string digest;           ///< 32 hex digits over the file
  std::int64_t file_bytes = 0;
  NetworkShape shape;
  float temperature = 1;
  VectorizerOptions options;
  LabelSet labels;
  TrainingRecord training;
};

/// Writes `classifier` to `path` as one safetensors file (see safetensors.hpp); whatever stood
/// there is untouched until the new file is whole. Returns the size in bytes.
/// @throws Error if it cannot be written, or has numbers for which `load_model` would refuse it; as
///     `AtomicFile` where it is not to replace what is there
std::int64_t save_model(const Classifier& classifier, const std::string& path,
                        Replace replace = Replace::kAllow);

/// Maps the model at `path` and checks all of it.
/// @throws Error naming the place in the file, what was expected and what was found
Classifier load_model(const std::string& path);

/// Reads and checks the header, and the labels; the weights are not touched.
/// @throws Error as `load_model`
ModelSummary summarize_model(const std::string& path);

/// The same with the vocabulary and the weights of its tokens, which are checked too. The weights
/// of the network are not touched, and so the digest is not checked.
/// @throws Error as `load_model`
Vectorizer load_vectorizer(const std::string& path);

}  // namespace newsclf
