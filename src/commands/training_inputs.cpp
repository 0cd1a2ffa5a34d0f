// SPDX-License-Identifier: MIT
#include "commands/training_inputs.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "commands/encoding_warnings.hpp"

namespace newsclf {
namespace {

/// The checkpoint to go on with, if it is not also the one to write.
std::string resumed_elsewhere(const CheckpointOptions& checkpoint) {
  return checkpoint.resume == checkpoint.path ? std::string() : checkpoint.resume;
}

/// Reads DATA and then --valid; sets the options that depend on these files.
ReadCounts read_documents(const TrainCommand& command, const Console& console, Workers& workers,
                          LearningOptions& options, CollectedDocuments& collected) {
  warn_of_missing_threads(console, workers, command.threads);
  DataOptions data = command.data;
  data.read.limits.memory = options.max_memory;
  DocumentSink* const sink = collected.folder().empty() ? nullptr : &collected;
  Corpus corpus = read_data(data, console, workers, sink).corpus;
  if (!command.valid.empty()) {
    DataOptions others = data;
    for (const Document& document : corpus.documents)
      others.read.limits.memory_used += memory_of(document);
    others.data = command.valid;
    others.read.labels_may_lack = true;
    Corpus valid = read_data(others, console, workers, sink).corpus;
    options.validation.last_documents = valid.counts.read;
    std::ranges::move(valid.documents, std::back_inserter(corpus.documents));
  }
  collected.add(corpus.documents);
  warn_of_case(console, LabelSet::of(collected.stream()));
  const ColumnOptions& columns = command.data.read.columns;
  options.vectorizer.text.columns = columns.text;
  options.columns = {columns.label, columns.id};
  const TextOptions& text = options.vectorizer.text;
  if (command.stop_words == "english")
    options.vectorizer.vocabulary.stop_words = english_stop_words();
  else if (command.stop_words != "none")
    options.vectorizer.vocabulary.stop_words =
        read_stop_words(command.stop_words, {text.keep_case, text.token_pattern});
  return corpus.counts;
}

}  // namespace

std::vector<Inputs> inputs_of(const TrainCommand& command) {
  const std::string& weight = command.learning.class_weight;
  const bool named_weights = weight == "none" || weight == "balanced";
  const bool named_words = command.stop_words == "none" || command.stop_words == "english";
  return {{"read as data", command.data.data},
          {"also given to --valid", command.valid},
          {"also given to --label-names", {command.data.label_names_file()}},
          {"also given to --class-weight", {named_weights ? "" : weight}},
          {"also given to --stop-words", {named_words ? "" : command.stop_words}},
          {"also given to --config", {command.config}},
          {"also given to --resume", {resumed_elsewhere(command.checkpoint)}}};
}

TrainingInputs::TrainingInputs(const TrainCommand& command, const Console& console,
                               const std::string& folder)
    : backend(open_backend()),
      workers(command.threads),
      options(command.learning),
      collected(folder, command.cache.empty() ? options.max_memory / 2 : 0),
      counts(read_documents(command, console, workers, options, collected)) {}

}  // namespace newsclf
