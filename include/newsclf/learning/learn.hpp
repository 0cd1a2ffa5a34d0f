// SPDX-License-Identifier: MIT
// From labelled documents to a classifier:
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
#include <variant>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/backend.hpp"

namespace newsclf {

/// Which documents are held out of training, and what they are used for.
struct ValidationOptions {
  double fraction = 0;              ///< this share of the documents; 0: none
  std::int64_t last_documents = 0;  ///< or the last so many of them
  bool calibrate = true;            ///< fit a temperature on them
  bool refit = true;                ///< learn from them too, in a second training

  bool is_on() const { return last_documents > 0 || fraction > 0; }
};

struct LearningOptions {
  LearningOptions() { vectorizer.weighting.token_scale = TokenScale::kNb; }

  VectorizerOptions vectorizer = {};
  bool suit_char_ngrams = true;  ///< whether `suit_text` decides about character n-grams
  TrainingOptions training = {};
  ValidationOptions validation = {};
  /// What a document counts in the loss: `none`: all alike; `balanced`: all labels alike; otherwise
  /// a file, see `read_label_weights`.
  std::string class_weight = "none";
  DeviceChoice device = {};
  std::int64_t max_memory = 0;  ///< bytes that the training may take, by an estimate; 0: any number
};

// ---- what `learn` reports ---------------------------------------------------------------------

/// A vocabulary was fitted, and what was left open is chosen; training begins.
struct TrainingBegins {
  std::int64_t documents, held_out, tokens;
  const TrainingOptions& options;  ///< nothing is left open
  bool refit;                      ///< the second training, from all documents
};
/// A step, an epoch or a lowered rate.
struct TrainingProgresses {
  const TrainingProgress& progress;
  bool refit;
};
/// A training with documents held out ended.
struct HeldOutScored {
  std::int64_t held_out;
  const EpochRecord& best;  ///< of the epoch that was kept
  float temperature;        ///< 1: none was fitted
};
/// All training ended.
struct TrainingEnds {
  const std::string& device;  ///< that was used
  const std::string& libtorch_version;
};
using LearningEvent = std::variant<TrainingBegins, TrainingProgresses, HeldOutScored, TrainingEnds>;
/// Called from the thread that called `learn`. What it throws ends the learning.
using LearningObserver = std::function<void(const LearningEvent&)>;

/// The loss or a weight was no longer finite, at a tenth of the rate too.
struct Diverged : Error {
  Diverged(std::int64_t epoch, double lr, std::unique_ptr<Classifier> last_good);

  std::int64_t epoch;                           ///< in which it happened
  double lr;                                    ///< the rate of the first step
  std::shared_ptr<const Classifier> last_good;  ///< after the epoch before; null in epoch 1
};

/// Learns a classifier from `documents`, of two labels at least: holds out, fits the vectorizer on
/// the rest, trains, calibrates, and trains again on everything, as the options say. What they
/// leave open is chosen once, by the number of documents that the final network learns from. The
/// same documents, options and backend give the same classifier, for any number of threads; its
/// record says how it was made (`repaired` alone is left to the caller).
/// @throws Error if it cannot be learnt: one label alone, no token, too much memory, a label that
///     only held-out documents have; `Diverged`
Classifier learn(DocumentStream& documents, const LearningOptions& options, const Backend& backend,
                 Workers& workers, const LearningObserver& observer = {});
/// The same by `threads` threads.
inline Classifier learn(DocumentStream& documents, const LearningOptions& options,
                        const Backend& backend, const LearningObserver& observer = {},
                        int threads = available_threads()) {
  Workers workers(threads);
  return learn(documents, options, backend, workers, observer);
}

}  // namespace newsclf
