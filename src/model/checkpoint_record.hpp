// SPDX-License-Identifier: MIT
// What a checkpoint of a training says besides its arrays: two JSON strings in the metadata of its
// file, like those of a model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/training_options.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

/// The `format` of a checkpoint in the metadata of its file, and the version.
inline constexpr const char* kCheckpointFormat = "newsclf-checkpoint";
inline constexpr const char* kCheckpointVersion = "1";

/// Which training it is: two trainings with equal identities take the same steps.
struct TrainingIdentity {
  std::string newsclf_version;
  std::string libtorch_version;
  VectorizerOptions features;
  TrainingOptions training;          ///< all values chosen
  std::vector<std::int64_t> hidden;  ///< sizes of the two hidden layers
  std::int64_t members = 1;
  bool refit = false;       ///< the second training, on all documents
  std::string rows_digest;  ///< XXH3-128 over the rows, labels and weights that are trained on
  std::optional<std::string> init = {};  ///< digest of the model that it starts from, if any
};

/// How far it came, see `TrainingState`.
struct TrainingPlace {
  std::int64_t epoch = 1;
  std::int64_t step = 0;
  std::int64_t lowered_from = 0;
  double elapsed_s = 0;
  std::string device;
  std::vector<EpochRecord> epochs;
  // Of the training before a refit:
  std::vector<EpochRecord> validation_epochs;
  std::int64_t best_epoch = 0;
  double temperature = 1;
};

std::string identity_json(const TrainingIdentity& identity);
std::string place_json(const TrainingPlace& place);

/// @throws Error at `where` as `parse_model_config`
TrainingIdentity parse_training_identity(const std::string& text, const std::string& where);
/// @throws Error as above
TrainingPlace parse_training_place(const std::string& text, const std::string& where);

}  // namespace newsclf
