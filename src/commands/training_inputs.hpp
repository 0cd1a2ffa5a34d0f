// SPDX-License-Identifier: MIT
// Reads what the commands that train need.
#pragma once

#include <memory>
#include <vector>

#include "commands/outputs.hpp"
#include "commands/train_options.hpp"
#include "newsclf/corpus/collected_documents.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/backend.hpp"

namespace newsclf {

/// All files and folders that a training reads.
std::vector<Inputs> inputs_of(const TrainCommand& command);

/// Loads LibTorch, and meanwhile reads DATA, then --replay, then --valid, which is held out.
struct TrainingInputs {
  /// @param init the model to start from, null: none; its columns are used where none are given.
  ///     It must live as long as `options` are used
  /// @param folder where documents go that take more than half of the memory; empty: such documents
  ///     are refused
  TrainingInputs(const TrainCommand& command, const Console& console,
                 const Classifier* init = nullptr, const std::string& folder = {});

  std::unique_ptr<Backend> backend;
  Workers workers;
  LearningOptions options;  ///< also those that depend on the files
  CollectedDocuments collected;
  ReadCounts counts;  ///< of DATA; `repaired` also of --replay and --valid

  DocumentStream& documents() { return collected.stream(); }
};

}  // namespace newsclf
