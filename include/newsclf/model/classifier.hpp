// SPDX-License-Identifier: MIT
// A trained classifier (vectorizer, labels and ensemble) and its model file. `Predictor` labels
// documents with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/label_set.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/io/atomic_file.hpp"
#include "newsclf/model/network.hpp"
#include "newsclf/model/thresholds.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// The model file version that this newsclf writes, and the only one that it reads.
inline constexpr std::int64_t kModelFormatVersion = 2;

/// Everything needed to label a document. The networks fit the vocabulary and the labels.
/// Several threads may call const members of one classifier concurrently; copies share the arrays.
struct Classifier {
  Vectorizer vectorizer;
  LabelSet labels;
  Ensemble ensemble;
  TrainingRecord training;
  NamedColumns columns = {};  ///< as named in training
  Thresholds thresholds = {};

  std::string digest = {};  ///< of the file it was loaded from, see `check_digest`; empty: no file

  /// The model at `path`, see `load_model`.
  static Classifier load(const std::string& path);
};

/// What some of the bytes of a model file are for.
struct FilePart {
  std::string name;  ///< such as "first layers"
  std::int64_t bytes;
};

/// The contents of a model file's header.
struct ModelSummary {
  std::string newsclf_version;  ///< version that wrote the file
  std::string digest;           ///< 32 hex digits over the file
  std::int64_t file_bytes = 0;
  std::vector<FilePart> parts;  ///< of the file, largest first
  std::int64_t tokens = 0;      ///< in the vocabulary
  Ensemble ensemble;            ///< its weights are not checked
  VectorizerOptions options;
  NamedColumns columns;
  LabelSet labels;
  TrainingRecord training;
  Thresholds thresholds;
};

/// Writes `classifier` to `path` as one safetensors file (see safetensors.hpp); an existing file
/// stays untouched until the new one is complete. Returns the size in bytes.
/// @throws Error if the file cannot be written, or if `load_model` would refuse the numbers in it;
///     as `AtomicFile` if `replace` forbids replacing an existing file
std::int64_t save_model(const Classifier& classifier, const std::string& path,
                        Replace replace = Replace::kAllow);

/// The size in bytes of the file that `save_model` writes.
std::int64_t model_bytes(const Classifier& classifier);

/// Reads the model at `path` into memory and checks the whole file.
/// @throws Error with the position in the file, the expected and the found value
Classifier load_model(const std::string& path);

/// A model and what only its file has.
struct WholeModel {
  Classifier classifier;
  ModelSummary summary;
  std::span<const std::byte> bytes;  ///< of the whole file; `classifier` keeps them alive
};

/// As `load_model`.
WholeModel load_whole_model(const std::string& path);
/// The same from the bytes of a model file, which are copied. @param name in messages
WholeModel load_whole_model(const std::string& name, std::span<const std::byte> bytes);

/// The summary of a loaded model, without the values that only its file has: version, size and
/// parts.
ModelSummary summarize(const Classifier& classifier);

/// Reads and checks the header and the labels, but not the weights.
/// @throws Error as `load_model`
ModelSummary summarize_model(const std::string& path);

/// Reads and checks the header, the labels, the vocabulary and the weights of its tokens, but not
/// the weights of the network; therefore the digest is not checked.
/// @throws Error as `load_model`
Vectorizer load_vectorizer(const std::string& path);

}  // namespace newsclf
