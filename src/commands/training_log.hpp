// SPDX-License-Identifier: MIT
// The file of `train --log`: one JSON object an epoch.
#pragma once

#include <fstream>
#include <string>

#include "newsclf/training/options.hpp"

namespace newsclf {

/// {"epoch", "loss", "valid_loss", "valid_accuracy", "lr", "documents_per_s", "elapsed_s"}, and
/// "refit": true in the second training of one with validation. Lines are on their way to the disk
/// when `add` returns.
class TrainingLog {
 public:
  /// No log where `path` is empty. @throws Error if the file cannot be written
  explicit TrainingLog(const std::string& path);

  /// Adds the epoch that ended, if one did. @throws Error if it cannot be written
  void add(const TrainingProgress& progress, bool refit);

 private:
  std::string path_;
  std::ofstream file_;
};

}  // namespace newsclf
