// SPDX-License-Identifier: MIT
// The two JSON strings in a model file's metadata: `config` (the options of text, features and
// network) and `training` (how the model was trained). option_fields.hpp lists their fields in the
// order of the file, with the allowed values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/packed_rows.hpp"
#include "newsclf/model/thresholds.hpp"
#include "newsclf/model/training_record.hpp"

namespace newsclf {

struct NetworkConfig {
  std::vector<std::int32_t> columns;  ///< first and one past the last column that it reads
  std::vector<std::int64_t> hidden;   ///< sizes of the two hidden layers; empty: linear
  std::int64_t members = 1;
  double share = 1;                       ///< of each member in the mean
  WeightForm weights = WeightForm::kF32;  ///< of the first layer
};
struct EnsembleConfig {
  std::vector<NetworkConfig> networks;
  bool calibrated = false;  ///< whether the file has a temperature
};
struct ModelConfig {
  VectorizerOptions vectorizer;
  std::vector<std::int32_t> kinds;  ///< number of tokens of each kind
  NamedColumns columns;
  EnsembleConfig ensemble;
  std::optional<Thresholds> thresholds = {};  ///< without the values, which are a tensor
};

std::string config_json(const ModelConfig& config);
std::string record_json(const TrainingRecord& record);

/// @throws Error at `where` for a missing or unknown field, a wrong type, an unknown enumeration
/// value or a number out of range
ModelConfig parse_model_config(const std::string& text, const std::string& where);
/// @throws Error as above
TrainingRecord parse_training_record(const std::string& text, const std::string& where);

}  // namespace newsclf
