// SPDX-License-Identifier: MIT
// What a checkpoint of a training says besides its arrays: the JSON string `checkpoint` in the
// metadata of its file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/training_options.hpp"
#include "newsclf/model/training_place.hpp"

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
  bool refit = false;  ///< the second training, on all documents
  std::int64_t processes = 1;
  std::string rows_digest;  ///< XXH3-128 over the rows, labels and weights that are trained on
  std::optional<std::string> init = {};  ///< digest of the model that it starts from, if any
};

/// The result of the training before a refit.
struct FirstTraining {
  std::vector<EpochRecord> epochs;
  std::int64_t best_epoch = 0;
  float temperature = 1;
};

struct CheckpointRecord {
  TrainingIdentity identity;
  TrainingPlace place;
  std::optional<FirstTraining> first;  ///< of a refit
};

std::string identity_json(const TrainingIdentity& identity);
std::string checkpoint_json(const CheckpointRecord& record);

/// @throws Error at `where` as `parse_model_config`, or if a refit lacks the training before it
CheckpointRecord parse_checkpoint_record(const std::string& text, const std::string& where);

}  // namespace newsclf
