// SPDX-License-Identifier: MIT
// How a model was made, kept in its file: nothing that differs between two runs of the same
// training (no times, speeds, thread counts, devices or paths).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "newsclf/model/training_options.hpp"

namespace newsclf {

struct EpochRecord {
  std::int64_t epoch = 0;  ///< from 1
  double loss = 0;  ///< what was minimised, mean over training documents and members, in nats
  double lr = 0;    ///< rate of the epoch's first step
  std::optional<double> valid_loss = {};  ///< mean cross-entropy of the held-out documents, in nats
  std::optional<double> valid_accuracy = {};  ///< share of the held-out documents labelled right

  bool operator==(const EpochRecord&) const = default;
};

struct TrainingRecord {
  TrainingOptions options;               ///< as they were used: nothing is left to the data
  std::vector<std::string> set_by_data;  ///< options that were left to the size of the data
  std::string class_weight = "none";     ///< none, balanced or file
  std::int64_t documents = 0;            ///< trained on
  std::int64_t held_out = 0;             ///< for `valid_accuracy`; learnt from by a refit alone
  std::int64_t empty = 0;                ///< documents of white space alone
  std::int64_t repaired = 0;             ///< documents that were not UTF-8
  std::vector<std::int64_t> label_documents;  ///< trained on, for each label
  std::string data_digest;                    ///< XXH3-128 over labels and texts
  std::string libtorch_version;
  std::int64_t best_epoch = 0;  ///< after which training was stopped; the last one without patience
  std::vector<EpochRecord> epochs;  ///< of the training that the weights come from
  /// Where the weights were refitted on all documents, held-out ones too: the epochs of the
  /// training before that, which had them held out. Empty otherwise.
  std::vector<EpochRecord> validation_epochs;

  bool operator==(const TrainingRecord&) const = default;
};

/// The epochs in which held-out documents were scored, if any were.
inline const std::vector<EpochRecord>& scored_epochs(const TrainingRecord& record) {
  return record.validation_epochs.empty() ? record.epochs : record.validation_epochs;
}

}  // namespace newsclf
