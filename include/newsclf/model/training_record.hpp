// SPDX-License-Identifier: MIT
// How a model was made, kept in its file: nothing that differs between two runs of the same
// training (no times, speeds, thread counts, devices or paths).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace newsclf {

struct EpochRecord {
  std::int64_t epoch = 0;                ///< from 1
  double loss = 0;                       ///< mean cross-entropy of the training documents, in nats
  std::optional<double> valid_accuracy;  ///< share of the held-out documents labelled right
};

struct TrainingRecord {
  std::uint64_t seed = 0;
  std::int64_t documents = 0;                 ///< trained on
  std::int64_t held_out = 0;                  ///< not trained on, for `valid_accuracy`
  std::int64_t empty = 0;                     ///< documents of white space alone
  std::int64_t repaired = 0;                  ///< documents that were not UTF-8
  std::vector<std::int64_t> label_documents;  ///< trained on, for each label
  std::string data_digest;                    ///< XXH3-128 over labels and texts
  std::string libtorch_version;
  std::string optimizer;
  std::int64_t batch_size = 0;
  double lr = 0;
  std::string lr_schedule;
  double dropout = 0;
  std::vector<EpochRecord> epochs;
};

}  // namespace newsclf
