// SPDX-License-Identifier: MIT
// Trains a classifier on labelled documents:
//
//   newsclf::StoredDocuments stream(documents);
//   const newsclf::Classifier classifier =
//       newsclf::learn(stream, {}, *newsclf::open_backend());
//   newsclf::save_model(classifier, "news.safetensors");
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/learning/compact.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/parallel/process_group.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/backend.hpp"

namespace newsclf {

/// Fewer documents are calibrated by a training of its own, see `ValidationOptions::calibrate`.
inline constexpr std::int64_t kFewTrainingDocuments = 2400;

/// A training with more labels is refused.
inline constexpr std::int32_t kMostLabels = 32'768;

/// Which documents are held out of training, and how they are used.
struct ValidationOptions {
  double fraction = 0;              ///< share of the documents to hold out; 0: none
  std::int64_t last_documents = 0;  ///< or the number of last documents to hold out
  /// Fit a temperature on the held-out documents; without any, on a sixteenth of the documents,
  /// from which the linear member and, if there are several, the first perceptron do not learn; of
  /// fewer than 2,400 documents, on up to a sixth that a training of one member per input leaves
  /// out before the training on all.
  bool calibrate = true;
  bool refit = true;  ///< train again on all documents

  bool is_on() const { return last_documents > 0 || fraction > 0; }
};

struct LearningOptions {
  LearningOptions() { vectorizer.weighting.token_scale = TokenScale::kNb; }

  VectorizerOptions vectorizer = {};
  bool suit_char_ngrams = true;   ///< add character n-grams if the documents `are_short`
  bool suit_nb_smoothing = true;  ///< choose the smoothing of the token scale, see `learn`
  TrainingOptions training = {};
  ValidationOptions validation = {};
  /// The weights in the loss: `none`: equal for all documents, or, with `init`, larger where they
  /// stand for documents that it was trained on; `balanced`: equal for all labels; otherwise a
  /// file, see `read_label_weights`.
  std::string class_weight = "none";
  Compactness compactness = {};
  std::int64_t max_model_bytes = 0;  ///< limit on the model file, see `compact_to`; 0: no limit
  NamedColumns columns = {};         ///< kept in the classifier; has no effect on training
  DeviceChoice device = {};
  std::int64_t max_memory = 0;  ///< limit on the estimated bytes that training takes; 0: no limit
  /// Start from the weights of this classifier instead of random ones; null: do not. It must live
  /// until `learn` returns, and is not changed. The new classifier has all of its tokens and labels
  /// besides those of the documents, and its options: see `options_to_continue`.
  const Classifier* init = nullptr;
  /// The number of last documents, before those of `ValidationOptions::last_documents`, from which
  /// `init` has learnt. They are not held out, since it knows them. The more of its documents they
  /// are, the higher is the learning rate, if it is unset.
  std::int64_t replayed = 0;
  /// Where counts and rows go if they are too large for memory, in files without names: a folder.
  /// Empty: they are in memory. The classifier is the same.
  std::string disk_folder = {};
  /// A folder that keeps the rows of the training documents, if `disk_folder` is set: a training
  /// with the same documents and `vectorizer` begins with them. Empty: nothing is kept.
  std::string cache_folder = {};
};

/// `options` with all that `init` decides: the options of text, vocabulary, weighting and networks.
/// Stop words are kept, since a classifier has none, and so are columns of text, if there are any.
/// `learn` does the same with `LearningOptions::init`.
LearningOptions options_to_continue(LearningOptions options, const Classifier& init);
/// Returns `options` with the values that `learn` chooses for unset ones.
/// @param documents number of documents that the final network is trained on
/// @param are_short whether the documents `are_short`
LearningOptions resolve_options(LearningOptions options, std::int64_t documents,
                                std::int64_t labels, bool are_short);

/// A file that keeps the state of a training, so that another process can go on with it.
struct CheckpointOptions {
  std::string path = {};    ///< where to write it, again and again; empty: nowhere
  double every_s = 60;      ///< seconds between two writes
  std::string resume = {};  ///< the file to go on with; empty: none
  /// Asked every few steps, if it is set: whether to write the file and end with `Interrupted`.
  std::function<bool()> is_interrupted = {};
};

// ---- what `learn` reports ---------------------------------------------------------------------

/// Before `TrainingBegins`, if the training starts from a classifier.
struct ModelContinued {
  std::int64_t kept_tokens, added_tokens;
  std::int32_t kept_labels, added_labels;
  std::int32_t absent_labels;   ///< labels of the classifier that no training document has
  std::int64_t held_out_known;  ///< held-out documents with a label of the classifier
  bool refit;                   ///< the second training, on all documents
};
/// The rows are those of an earlier training, or kept for a later one.
struct RowsCached {
  enum Kind { kReused, kWritten, kDamaged } kind;  ///< `kDamaged`: will be written anew
  const std::string& path;
  std::string_view problem = {};  ///< if it is damaged
};
/// The vocabulary is fitted and unset options are chosen; training begins.
struct TrainingBegins {
  std::int64_t documents, held_out, tokens;
  const TrainingOptions& options;  ///< with all values chosen
  bool refit;                      ///< the second training, on all documents
};
/// A step, an epoch or a lowered learning rate.
struct TrainingProgresses {
  const TrainingProgress& progress;
  bool refit;
};
/// A training with held-out documents ended.
struct HeldOutScored {
  std::int64_t held_out;
  const EpochRecord& best;  ///< the epoch that was kept
  float temperature;        ///< 1: not fitted
};
/// After `HeldOutScored`: accuracies on the held-out documents whose label the classifier knows
/// that the training started from; neither the latter nor the new networks learnt from these
/// documents.
struct ModelsCompared {
  std::int64_t documents;
  double before, after;
};
/// A temperature was fitted without held-out documents.
struct TemperatureFitted {
  std::int64_t left_out;  ///< documents that it was fitted on
  float temperature;
};
/// All training ended.
struct TrainingEnds {
  const std::string& device;  ///< the device used
  const std::string& libtorch_version;
};
using LearningEvent = std::variant<RowsCached, ModelContinued, TrainingBegins, TrainingProgresses,
                                   HeldOutScored, ModelsCompared, TemperatureFitted, TrainingEnds>;
/// Called from the thread that called `learn`. An exception from it ends `learn`.
using LearningObserver = std::function<void(const LearningEvent&)>;

/// The loss or a weight was no longer finite, even at a tenth of the learning rate.
struct Diverged : Error {
  Diverged(std::int64_t epoch, double lr, std::unique_ptr<Classifier> last_good);

  std::int64_t epoch;                           ///< the epoch of the divergence
  double lr;                                    ///< the learning rate of the first step
  std::shared_ptr<const Classifier> last_good;  ///< after the previous epoch; null in epoch 1
};

/// `CheckpointOptions::is_interrupted` returned true, and the checkpoint is written.
struct Interrupted : Error {
  explicit Interrupted(const std::string& checkpoint) : Error(checkpoint, "interrupted") {}
};

/// Trains a classifier on `documents`, which have at least two labels, with those of
/// `LearningOptions::init`. As the options say, it holds
/// out documents, fits the vectorizer on the rest, trains, calibrates, and trains again on all
/// documents. It chooses unset options once, from the number of documents that the final network is
/// trained on; for short documents, of which there are at least 600 per label, `suit_nb_smoothing`
/// means a smoothing of 10. The same documents, options and backend give the same classifier for
/// any number of threads, also if it goes on with a checkpoint; for another number of processes,
/// one that differs by rounding. The caller sets `repaired` in its record; `learn` sets all other
/// fields.
/// @throws Error if there is only one label, no token, too little memory (`kTooMuchToCount` and
///     `kTooMuchInMemory`: which `disk_folder` would avoid), a label that only
///     held-out documents have, or a checkpoint of another training; as `compact_to` under
///     `max_model_bytes`; as `ProcessGroup::gather`; `Diverged`; `Interrupted`
/// @param processes call `learn` with the same documents, options and checkpoint to go on with, and
///     return the same classifier; process 0 writes the checkpoints. Null: there is only this one
Classifier learn(DocumentStream& documents, const LearningOptions& options, const Backend& backend,
                 Workers& workers, const LearningObserver& observer = {},
                 const CheckpointOptions& checkpoints = {}, ProcessGroup* processes = nullptr);
/// Same, with `threads` threads.
inline Classifier learn(DocumentStream& documents, const LearningOptions& options,
                        const Backend& backend, const LearningObserver& observer = {},
                        int threads = available_threads()) {
  Workers workers(threads);
  return learn(documents, options, backend, workers, observer);
}

}  // namespace newsclf
