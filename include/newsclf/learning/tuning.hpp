// SPDX-License-Identifier: MIT
// Chooses options of a training by successive halving, trains with them, and estimates the accuracy
// of the result on documents that had no influence on the choice.
//
//   newsclf::StoredDocuments stream(documents);
//   newsclf::Workers workers(newsclf::available_threads());
//   newsclf::Tuning tuning = newsclf::tune(stream, {}, {.trials = 40}, *newsclf::open_backend(),
//                                          workers);
//   newsclf::save_model(tuning.classifier, "news.safetensors");
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/backend.hpp"

namespace newsclf {

/// A value for an option of `newsclf train`, as it is typed: {"min-df", "2"}.
struct OptionValue {
  std::string option, value;

  bool operator==(const OptionValue&) const = default;
};

/// The options that `tune` can choose, as they are called on the command line without dashes.
std::vector<std::string_view> tunable_options();

/// How many documents two classifiers, the second one a reference, label correctly.
struct PairedScore {
  std::int64_t documents = 0;  ///< a document that was scored `times` times counts as often
  std::int64_t correct = 0;
  std::int64_t gained = 0;  ///< of `correct`, those that the reference labels wrongly
  std::int64_t lost = 0;    ///< of the others, those that the reference labels correctly
  std::int64_t times = 1;   ///< number of trainings that scored the same documents

  double accuracy() const;  ///< share of the documents; 0 of none
  /// The accuracy minus that of the reference.
  double gain() const;
  /// The standard error of `gain`, from the documents that only one of the two labels correctly, as
  /// in McNemar's test.
  double standard_error() const;
  PairedScore& operator+=(const PairedScore& other);

  bool operator==(const PairedScore&) const = default;
};

/// One training in the search, and its score.
struct Trial {
  std::int64_t number = 0;           ///< from 1
  std::int64_t candidate = 0;        ///< a choice of options, from 0; 0: the options as given
  std::int32_t fold = 0;             ///< from 0: trained without this fold
  std::vector<OptionValue> options;  ///< of the candidate, for a training on all documents
  std::int64_t documents = 0;        ///< trained on
  PairedScore score;                 ///< the reference is candidate 0, on the same documents
  /// Of candidate 0: indexes in the input of the scored documents that it labels wrongly,
  /// ascending.
  std::vector<std::int64_t> wrong;
  double seconds = 0;   ///< of training and scoring
  std::string failure;  ///< why there is no score; empty if there is one
  /// There is no score, because there was no time for a last training with these options.
  bool is_too_slow = false;
  bool retries = false;  ///< from this trial on, candidates that were too slow are tried again

  bool operator==(const Trial&) const = default;
};

struct TuningOptions {
  /// Maximum number of trials, earlier ones included, without those that are too slow; 0: no limit.
  std::int64_t trials = 0;
  /// Maximum time for everything that `tune` does, including the last training; 0: no limit. The
  /// last training, its estimate and one trial run in any case.
  double seconds = 0;
  std::int32_t folds = 4;               ///< of the documents that the search uses, at least 2
  std::vector<std::string> fixed = {};  ///< the `tunable_options` that keep their values
  std::vector<Trial> earlier = {};      ///< of a run on the same documents with the same options
  std::string earlier_from = "tuning";  ///< where they are kept, for messages
};

/// Functions, which may be empty, that are called from the thread that called `tune`. An exception
/// from them ends it.
struct TuningObserver {
  /// For the events of all trainings. `what` names the training: "trial 7", "estimate, options as
  /// given", "estimate, chosen options", "all documents".
  std::function<void(std::string_view what, const LearningEvent&)> learning = {};
  /// For each new trial, with the score of its candidate on all folds so far.
  std::function<void(const Trial& trial, const PairedScore& total)> tried = {};
};

struct Tuning {
  Classifier classifier;            ///< trained on all documents with the chosen options
  LearningOptions options;          ///< that trained it
  std::vector<OptionValue> chosen;  ///< of these, those that differ from the given ones
  std::int64_t trials = 0;          ///< as `TuningOptions::trials`
  std::int64_t candidates = 0;      ///< that were tried
  std::int64_t too_slow = 0;        ///< of these, those for which there was no time
  /// The values of the best candidate, if there was no time to train with them.
  std::optional<std::vector<OptionValue>> better;
  PairedScore search;    ///< of the chosen options, on documents they were chosen by
  PairedScore estimate;  ///< of the chosen options, on the documents left out
};

/// Searches for options with which `learn` is most accurate, and trains with them.
///
/// A fifth of the documents is left out of the search. The others are divided into folds; a trial
/// trains a candidate without one fold and scores it on that fold. With
/// `options.validation.last_documents`, the folds are of the other documents, and all trials are
/// scored on one half of these last documents; the other half is left out. Documents with equal
/// `thread_keys` stay together. In the end, the chosen options are scored, beside those given, on
/// the documents left out, and the classifier is trained on all documents.
///
/// The algorithm is asynchronous successive halving (Li, Jamieson et al., "A System for Massively
/// Parallel Hyperparameter Tuning", MLSys 2020), one trial at a time; its resource is the number of
/// folds: a candidate is scored on its next fold as soon as it belongs to the better half of the
/// candidates scored on as many folds, and otherwise a new one is drawn. Unlike the brackets of
/// Hyperband (Li, Jamieson et al., JMLR 2018), it needs no budget to begin with: an interrupted run
/// goes on, and more trials extend a search. Every second candidate is a change of the best so far.
///
/// A candidate is chosen over the options as given only if it is more accurate by at least one
/// standard error on the same documents. With `trials`, the same documents, options and backend
/// give the same result for any number of threads.
/// @param options of candidate 0; the others change those of `tunable_options` that are not in
///     `TuningOptions::fixed`
/// @throws Error as `learn` with the options as given; if nothing can be held out; if all options
///     are fixed or neither `trials` nor `seconds` is set; if `earlier` are not the trials that
///     this search begins with
Tuning tune(DocumentStream& documents, const LearningOptions& options, const TuningOptions& tuning,
            const Backend& backend, Workers& workers, const TuningObserver& observer = {});

}  // namespace newsclf
