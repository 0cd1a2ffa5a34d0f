// SPDX-License-Identifier: MIT
// How far a training came, stored in its checkpoints.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "newsclf/model/training_record.hpp"

namespace newsclf {

struct TrainingPlace {
  std::int64_t epoch = 1;           ///< the epoch being trained, from 1
  std::int64_t step = 0;            ///< its next step, from 0; the number of steps: all are taken
  std::int64_t lowered_from = 0;    ///< the first epoch at the lowered learning rate; 0: none
  double elapsed_s = 0;             ///< since the first step
  std::string device;               ///< on which it was trained: `cpu`, `cuda:0`
  std::vector<EpochRecord> epochs;  ///< the epochs that ended
};

}  // namespace newsclf
