// SPDX-License-Identifier: MIT
// How a model was trained, stored in its file. The record has no value that differs between two
// runs of the same training (no times, speeds, thread counts, devices or paths).
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "newsclf/model/training_options.hpp"

namespace newsclf {

struct EpochRecord {
  std::int64_t epoch = 0;  ///< from 1
  double loss = 0;         ///< minimized loss, mean over training documents and members, in nats
  double lr = 0;           ///< learning rate of the epoch's first step
  std::optional<double> valid_loss = {};  ///< mean cross-entropy of the held-out documents, in nats
  std::optional<double> valid_accuracy = {};  ///< share of held-out documents labelled correctly

  bool operator==(const EpochRecord&) const = default;
};

/// The model that a training started from.
struct InitRecord {
  std::string digest;          ///< of its file; empty: it was never in one
  std::int64_t documents = 0;  ///< that it was trained on, with those of the models before it
  /// Of these, those that the new training did not learn from, per label of the new model.
  std::vector<std::int64_t> other_documents = {};

  bool operator==(const InitRecord&) const = default;
};

inline std::int64_t replayed_documents(const InitRecord& init) {
  return std::accumulate(init.other_documents.begin(), init.other_documents.end(), init.documents,
                         std::minus());
}

struct TrainingRecord {
  TrainingOptions options;                 ///< as used, with all unset values chosen
  std::vector<std::string> set_by_preset;  ///< options chosen by the preset
  std::vector<std::string> set_by_data;    ///< options chosen from the size of the data
  std::string class_weight = "none";       ///< none, balanced or file
  std::int64_t documents = 0;              ///< trained on
  std::int64_t held_out = 0;               ///< for `valid_accuracy`; only a refit trains on them
  std::int64_t left_out = 0;  ///< documents that fitted the temperature: some members left them out
  std::int64_t empty = 0;     ///< documents with only white space
  std::int64_t repaired = 0;  ///< documents that were not valid UTF-8
  std::vector<std::int64_t> label_documents;  ///< trained on, per label
  std::string data_digest;                    ///< XXH3-128 over labels and texts
  std::string libtorch_version;
  std::int64_t best_epoch = 0;      ///< epoch that was kept; the last one without patience
  std::vector<EpochRecord> epochs;  ///< of the training that produced the weights
  /// If the weights were refitted on all documents, including held-out ones: the epochs of the
  /// first training, which held them out. Empty otherwise.
  std::vector<EpochRecord> validation_epochs;
  std::optional<InitRecord> init = {};  ///< unset: the training started from random weights

  bool operator==(const TrainingRecord&) const = default;
};

/// The numbers of documents of a training and of those that it started from, per label.
inline std::vector<std::int64_t> label_documents_of_all_trainings(const TrainingRecord& record) {
  std::vector<std::int64_t> documents = record.label_documents;
  if (record.init)
    std::ranges::transform(documents, record.init->other_documents, documents.begin(), std::plus());
  return documents;
}
inline std::int64_t documents_of_all_trainings(const TrainingRecord& record) {
  return record.documents +
         (record.init ? record.init->documents - replayed_documents(*record.init) : 0);
}

/// The epochs that scored held-out documents, if there are any.
inline const std::vector<EpochRecord>& scored_epochs(const TrainingRecord& record) {
  return record.validation_epochs.empty() ? record.epochs : record.validation_epochs;
}

}  // namespace newsclf
