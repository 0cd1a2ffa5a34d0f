// SPDX-License-Identifier: MIT
// Reads what the commands that train need.
#pragma once

#include <vector>

#include "commands/outputs.hpp"
#include "commands/train_options.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// All files and folders that a training reads.
std::vector<Inputs> inputs_of(const TrainCommand& command);

/// Reads DATA, then --replay, then --valid, which is held out; sets the options that depend on
/// these files. Columns are those of `LearningOptions::init` where none are given.
Corpus read_documents(const TrainCommand& command, const Console& console, Workers& workers,
                      LearningOptions& options);

}  // namespace newsclf
