// SPDX-License-Identifier: MIT
#include "commands/training_inputs.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "commands/encoding_warnings.hpp"
#include "newsclf/io/same_file.hpp"

namespace newsclf {
namespace {

/// The checkpoint to go on with, if it is not also the one to write.
std::string resumed_elsewhere(const CheckpointOptions& checkpoint) {
  return checkpoint.resume == checkpoint.path ? std::string() : checkpoint.resume;
}

/// The model to start from, if it is not also the one to write.
std::string replaced_init(const TrainCommand& command) {
  const bool is_output =
      !command.init.empty() && identify_file(command.init) == identify_file(command.output);
  return is_output ? std::string() : command.init;
}

/// Appends the documents of `places`, which are not in `data`; returns their number.
std::int64_t read_more(const std::vector<std::string>& places, DataOptions data,
                       const Console& console, Workers& workers, Corpus& corpus,
                       DocumentSink* sink) {
  if (places.empty()) return 0;
  for (const std::string& place : places)
    for (const std::string& earlier : data.data)
      if (identify_file(place) == identify_file(earlier))
        throw Error(place, "this is already read as data", "give it once");
  for (const Document& document : corpus.documents)
    data.read.limits.memory_used += memory_of(document);
  data.data = places;
  data.read.labels_may_lack = true;
  Corpus more = read_data(data, console, workers, sink).corpus;
  std::ranges::move(more.documents, std::back_inserter(corpus.documents));
  corpus.counts.repaired += more.counts.repaired;
  return more.counts.read;
}

/// Reads DATA, then --replay, then --valid; sets the options that depend on these files.
ReadCounts read_documents(const TrainCommand& command, const Console& console, Workers& workers,
                          LearningOptions& options, CollectedDocuments& collected) {
  warn_of_missing_threads(console, workers, command.threads);
  DataOptions data = command.data;
  data.read.limits.memory = options.max_memory;
  if (options.init != nullptr) data.read = suit_columns(std::move(data.read), *options.init);
  DocumentSink* const sink = collected.folder().empty() ? nullptr : &collected;
  Corpus corpus = read_data(data, console, workers, sink).corpus;
  options.replayed = read_more(command.replay, data, console, workers, corpus, sink);
  options.validation.last_documents =
      read_more(command.valid, data, console, workers, corpus, sink);
  collected.add(corpus.documents);
  LabelSet labels = LabelSet::of(collected.stream());
  if (options.init != nullptr) labels = all_labels(labels, options.init->labels);
  warn_of_case(console, labels);
  const ColumnOptions& columns = data.read.columns;
  options.vectorizer.text.columns = columns.text;
  options.columns = {columns.label, columns.id};
  const TextOptions& text = options.vectorizer.text;
  // With --init, the model may have decided on the English ones.
  if (command.stop_words == "english" ||
      options.vectorizer.vocabulary.stop_words.source == "english")
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
          {"also given to --replay", command.replay},
          {"also given to --valid", command.valid},
          {"also given to --init", {replaced_init(command)}},
          {"also given to --label-names", {command.data.label_names_file()}},
          {"also given to --class-weight", {named_weights ? "" : weight}},
          {"also given to --stop-words", {named_words ? "" : command.stop_words}},
          {"also given to --config", {command.config}},
          {"also given to --resume", {resumed_elsewhere(command.checkpoint)}}};
}

TrainingInputs::TrainingInputs(const TrainCommand& command, const Console& console,
                               const Classifier* init, const std::string& folder)
    : backend(open_backend()),
      workers(command.threads),
      options(init == nullptr ? command.learning : options_to_continue(command.learning, *init)),
      collected(folder, command.cache.empty() ? options.max_memory / 2 : 0),
      counts(read_documents(command, console, workers, options, collected)) {}

}  // namespace newsclf
