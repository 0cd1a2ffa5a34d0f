// SPDX-License-Identifier: MIT
#include "newsclf/learning/tuning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "learning/halving.hpp"
#include "learning/held_out.hpp"
#include "learning/search_space.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/corpus/split.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/predictor.hpp"

namespace newsclf {
namespace {

/// Thrown out of a trial that would take the time of the last training.
struct OutOfTime {};

/// Thrown out of a trial of options with which the last training would take too long.
struct TooSlow {};

/// Where a document is used, if not in a fold of the search.
constexpr std::int32_t kLeftOut = -1;  ///< only for the estimate
constexpr std::int32_t kJudge = -2;    ///< scores all trials, with `last_documents`

/// Divides the documents: a fold of the search, `kLeftOut` or `kJudge` for each.
std::vector<std::int32_t> divide(DocumentStream& documents, std::int64_t last_documents,
                                 std::int32_t folds, std::uint64_t seed) {
  constexpr double kShareLeftOut = 0.2, kShareOfLast = 0.5;
  const LabelSet label_set = LabelSet::of(documents);
  const std::vector<std::int32_t> labels = label_ids(documents, label_set);
  const ThreadKeys keys = thread_keys(documents);
  const std::size_t count = labels.size();
  const std::size_t first_last = count - std::min(count, static_cast<std::size_t>(last_documents));
  // The part of which one share is left out: the last documents, or all.
  const std::size_t begin = last_documents > 0 ? first_last : 0;
  std::vector<std::int32_t> parts(count, last_documents > 0 ? kJudge : 0);
  const Split split = stratified_split(std::span(labels).subspan(begin), keys.from(begin),
                                       last_documents > 0 ? kShareOfLast : kShareLeftOut, seed);
  if (split.held_out.empty() || split.train.empty())
    throw Error("tuning",
                fmt::format("none of the {} documents can be left out: each label has too few, or "
                            "only ones with the same subject or text",
                            count - begin),
                "use more documents");
  for (const std::size_t place : split.held_out) parts[begin + place] = kLeftOut;

  std::vector<std::size_t> searched;
  std::vector<std::int32_t> their_labels;
  ThreadKeys their_keys;
  for (std::size_t d = 0; d < (last_documents > 0 ? first_last : count); ++d)
    if (parts[d] != kLeftOut) {
      searched.push_back(d);
      their_labels.push_back(labels[d]);
      their_keys.push_back(keys[d]);
    }
  const std::vector<std::int32_t> fold_of = stratified_folds(their_labels, their_keys, folds, seed);
  check_folds(label_set, their_labels, fold_of);
  for (std::size_t i = 0; i < searched.size(); ++i) parts[searched[i]] = fold_of[i];
  return parts;
}

class Tuner {
 public:
  Tuner(DocumentStream& documents, const LearningOptions& options, const TuningOptions& tuning,
        const Backend& backend, Workers& workers, const TuningObserver& observer)
      : documents_(documents),
        options_(plain(options)),
        tuning_(tuning),
        backend_(backend),
        workers_(workers),
        observer_(observer),
        judges_last_(options.validation.last_documents > 0),
        part_of_(divide(documents, options.validation.last_documents, tuning.folds,
                        options.training.seed)),
        count_(std::ssize(part_of_)),
        space_(options_, tuning.fixed, count_, LabelSet::of(documents).size(),
               are_short(documents)),
        halving_(static_cast<std::size_t>(tuning.folds), judges_last_),
        wrong_of_reference_(static_cast<std::size_t>(tuning.folds)) {}

  Tuning tune() {
    search();
    // Beyond this line the options are chosen; only now are the documents left out read.
    const std::size_t choice = best();
    const std::size_t better = best_of_any_time();
    Tuning result;
    result.trials = trials_ - too_slow_;
    result.candidates = static_cast<std::int64_t>(halving_.candidates());
    result.too_slow = static_cast<std::int64_t>(halving_.skipped());
    if (better != choice) result.better = space_.values(better, count_);
    result.search = halving_.total(choice);
    result.estimate = estimate(choice);
    result.chosen = space_.values(choice, count_);
    result.options = space_.options(choice, count_);
    result.classifier =
        learn(documents_, result.options, backend_, workers_, reporting("all documents"));
    return result;
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Places = std::vector<std::int64_t>;

  /// Without held-out documents: the search holds out documents itself.
  static LearningOptions plain(LearningOptions options) {
    const bool calibrate = options.validation.calibrate;
    options.validation = {};
    options.validation.calibrate = calibrate;
    return options;
  }

  // ---- the search -------------------------------------------------------------------------------

  void search() {
    backend_.libtorch_version();  // waits until LibTorch is loaded, which no other trial does
    while (tuning_.trials == 0 || trials_ - too_slow_ < tuning_.trials) {
      const auto place = static_cast<std::size_t>(trials_), earlier = tuning_.earlier.size();
      if (place < earlier && tuning_.earlier[place].retries) halving_.retry();
      if (place == earlier) retries_ = halving_.retry();
      const auto step = halving_.next([&] { return has_candidate_after(halving_.candidates()); });
      if (!step || !try_step(*step)) return;
    }
  }

  /// Whether there is a candidate of this number; it may be drawn now.
  bool has_candidate_after(std::size_t number) {
    if (space_.size() > number) return true;
    // A change of a slow candidate may be faster.
    return space_.add(number % 2 == 0 ? best_of_any_time() : 0);
  }

  /// @return false if there is no time for the trial
  bool try_step(const Halving::Step& step) {
    const auto place = static_cast<std::size_t>(trials_);
    Trial trial;
    if (place < tuning_.earlier.size()) {
      trial = tuning_.earlier[place];
      check_earlier(trial, step);
    } else {
      const double time = trials_ == 0 ? kUnlimited : time_left() - seconds_to_finish(best());
      if (trials_ > 0 && time <= expected_seconds(step)) return false;
      try {
        trial = run(step, time);
      } catch (const OutOfTime&) {
        return false;
      }
    }
    ++trials_;
    if (trial.is_too_slow) {
      ++too_slow_;
      halving_.skip(step);
    } else {
      note_seconds(trial);
      const bool has_score = trial.failure.empty();
      halving_.add(step, has_score ? std::optional(trial.score) : std::nullopt);
    }
    if (step.candidate == 0) wrong_of_reference_[step.fold] = trial.wrong;
    if (place >= tuning_.earlier.size() && observer_.tried)
      observer_.tried(trial, halving_.total(step.candidate));
    return true;
  }

  void check_earlier(const Trial& trial, const Halving::Step& step) const {
    const Trial expected = begin_trial(step);
    const PairedScore& score = trial.score;
    const bool has_score = trial.failure.empty() && !trial.is_too_slow;
    if (trial.number != expected.number || trial.candidate != expected.candidate ||
        trial.fold != expected.fold || trial.options != expected.options ||
        trial.documents != expected.documents ||
        (has_score && score.documents != std::ranges::count(judged_by(expected.fold), 1)) ||
        (step.candidate == 0 && score.correct != score.documents - std::ssize(trial.wrong)))
      throw Error(tuning_.earlier_from,
                  fmt::format("trial {} is not one that this search would make", trials_ + 1),
                  "use another log");
  }

  /// The documents that score a trial.
  std::vector<char> judged_by(std::int32_t fold) const {
    return flags([&](std::int32_t part) { return part == (judges_last_ ? kJudge : fold); });
  }
  std::vector<char> trained_without(std::int32_t fold) const {
    return flags([&](std::int32_t part) { return part >= 0 && part != fold; });
  }

  /// A trial that has not been run.
  Trial begin_trial(const Halving::Step& step) const {
    Trial trial;
    trial.number = trials_ + 1;
    trial.candidate = static_cast<std::int64_t>(step.candidate);
    trial.fold = static_cast<std::int32_t>(step.fold);
    trial.options = space_.values(step.candidate, count_);
    trial.documents = std::ranges::count(trained_without(trial.fold), 1);
    return trial;
  }

  /// @throws OutOfTime after `seconds`
  Trial run(const Halving::Step& step, double seconds) {
    Trial trial = begin_trial(step);
    trial.retries = std::exchange(retries_, false);
    const std::vector<char> train = trained_without(trial.fold), judge = judged_by(trial.fold);
    const Clock::time_point begin = Clock::now();
    const LearningObserver report = reporting(fmt::format("trial {}", trial.number));
    try {
      const double useful_s = useful_seconds(step, trial.documents);
      const auto check_time = [&](const LearningEvent& event) {
        report(event);
        const double all_s = seconds_since(begin) + seconds_left(event, trial.documents);
        if (all_s > useful_s) throw TooSlow();
        if (all_s > seconds) throw OutOfTime();
      };
      const Places wrong = wrong_of(step.candidate, train, judge, check_time);
      const Places& of_reference = step.candidate == 0 ? wrong : wrong_of_reference_[step.fold];
      trial.score = paired(std::ranges::count(judge, 1), wrong, of_reference);
      if (step.candidate == 0) trial.wrong = wrong;
    } catch (const TooSlow&) {
      trial.is_too_slow = true;
    } catch (const Error& error) {
      // Other candidates may do without what this one lacks, such as memory.
      if (step.candidate == 0) throw;
      trial.failure = error.what();
    }
    trial.seconds = seconds_since(begin);
    return trial;
  }

  // ---- scores -----------------------------------------------------------------------------------

  template <typename Selects>
  std::vector<char> flags(const Selects& selects) const {
    std::vector<char> out;
    for (const std::int32_t part : part_of_) out.push_back(selects(part));
    return out;
  }

  /// The places of the documents in `judge` that a classifier trained on those in `train` labels
  /// wrongly.
  Places wrong_of(std::size_t candidate, const std::vector<char>& train,
                  const std::vector<char>& judge, const LearningObserver& report) {
    const std::int64_t count = std::ranges::count(train, 1);
    LearningOptions options = space_.options(candidate, count);
    // Of few documents, the temperature takes a training of its own, and changes no label.
    options.validation.calibrate &= count >= kFewTrainingDocuments;
    SelectedDocuments training(documents_, train);
    Predictor predictor(learn(training, options, backend_, workers_, report), workers_);
    SelectedDocuments judging(documents_, judge);
    Places wrong;
    std::size_t place = 0;
    for (auto block = judging.next(); !block.empty(); block = judging.next()) {
      const std::vector<Prediction> predictions = predictor.predict(block);
      for (std::size_t d = 0; d < block.size(); ++d, ++place) {
        while (judge[place] == 0) ++place;
        if (predictions[d].label != block[d].label)
          wrong.push_back(static_cast<std::int64_t>(place));
      }
    }
    return wrong;
  }

  static PairedScore paired(std::int64_t documents, const Places& wrong, const Places& reference) {
    Places both;
    std::ranges::set_intersection(wrong, reference, std::back_inserter(both));
    return {documents, documents - std::ssize(wrong), std::ssize(reference) - std::ssize(both),
            std::ssize(wrong) - std::ssize(both)};
  }

  PairedScore estimate(std::size_t choice) {
    const auto train = flags([](std::int32_t part) { return part != kLeftOut; });
    const auto judge = flags([](std::int32_t part) { return part == kLeftOut; });
    const Places reference = wrong_of(0, train, judge, reporting("estimate, options as given"));
    const Places wrong =
        choice == 0 ? reference
                    : wrong_of(choice, train, judge, reporting("estimate, chosen options"));
    return paired(std::ranges::count(judge, 1), wrong, reference);
  }

  LearningObserver reporting(std::string what) const {
    return [this, what = std::move(what)](const LearningEvent& event) {
      if (observer_.learning) observer_.learning(what, event);
    };
  }

  // ---- time -------------------------------------------------------------------------------------

  static constexpr double kUnlimited = std::numeric_limits<double>::infinity();
  static constexpr double kMargin = 1.2;  // trainings of the same length differ so much

  static double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }

  /// The time that the rest of a training on so many documents takes, as far as it can be told.
  static double seconds_left(const LearningEvent& event, std::int64_t documents) {
    constexpr double kEnough = 0.1;  // of the training
    const auto* const progresses = std::get_if<TrainingProgresses>(&event);
    if (progresses == nullptr) return 0;
    const TrainingProgress& progress = progresses->progress;
    const auto done = static_cast<double>((progress.epoch - 1) * documents + progress.documents) /
                      static_cast<double>(progress.epochs * documents);
    return done < kEnough ? 0 : progress.elapsed_s * (1 / done - 1);
  }

  double time_left() const {
    return tuning_.seconds == 0 ? kUnlimited : tuning_.seconds - seconds_since(begin_);
  }

  /// The best candidate that can still be finished in time.
  std::size_t best() const {
    return halving_.best([&](std::size_t c) { return seconds_to_finish(c) < time_left(); });
  }

  std::size_t best_of_any_time() const {
    return halving_.best([](std::size_t) { return true; });
  }

  void note_seconds(const Trial& trial) {
    const auto candidate = static_cast<std::size_t>(trial.candidate);
    if (candidate >= spent_.size()) spent_.resize(candidate + 1);
    spent_[candidate].seconds += trial.seconds;
    spent_[candidate].documents += static_cast<double>(trial.documents);
  }

  double seconds_per_document(std::size_t candidate) const {
    return spent_[candidate].seconds / spent_[candidate].documents;
  }

  /// Of the estimate and the last training with the options of a candidate that was tried.
  double seconds_to_finish(std::size_t candidate) const {
    const double of_reference = candidate == 0 ? 0 : seconds_per_document(0) * estimated();
    return kMargin * (seconds_per_document(candidate) * left_to_train() + of_reference);
  }

  /// A trial on so many documents that takes longer is of a candidate that cannot be finished.
  double useful_seconds(const Halving::Step& step, std::int64_t documents) const {
    if (step.candidate == 0) return kUnlimited;
    return (time_left() - kMargin * seconds_per_document(0) * estimated()) /
           (1 + kMargin * left_to_train() / static_cast<double>(documents));
  }

  /// The documents that the estimate trains on.
  double estimated() const {
    return static_cast<double>(count_ - std::ranges::count(part_of_, kLeftOut));
  }
  /// The documents that the estimate and the last training train on. A calibration of few documents
  /// takes a second training.
  double left_to_train() const {
    const bool trains_twice = options_.validation.calibrate && count_ < kFewTrainingDocuments;
    return estimated() + static_cast<double>(trains_twice ? 2 * count_ : count_);
  }

  /// Of a trial: as long as those of its candidate, or of the fastest one of all.
  double expected_seconds(const Halving::Step& step) const {
    double per_document = kUnlimited;
    for (std::size_t c = 0; c < spent_.size(); ++c)
      if (spent_[c].documents > 0) per_document = std::min(per_document, seconds_per_document(c));
    if (step.candidate < spent_.size() && spent_[step.candidate].documents > 0)
      per_document = seconds_per_document(step.candidate);
    const auto trained = static_cast<double>(
        std::ranges::count_if(part_of_, [](std::int32_t part) { return part >= 0; }));
    return per_document * trained * (1 - 1.0 / static_cast<double>(tuning_.folds));
  }

  const Clock::time_point begin_ = Clock::now();
  DocumentStream& documents_;
  const LearningOptions options_;
  const TuningOptions& tuning_;
  const Backend& backend_;
  Workers& workers_;
  const TuningObserver& observer_;
  const bool judges_last_;
  const std::vector<std::int32_t> part_of_;
  const std::int64_t count_;
  SearchSpace space_;
  Halving halving_;
  std::vector<Places> wrong_of_reference_;  // for each fold
  struct Spent {
    double seconds = 0, documents = 0;
  };
  std::vector<Spent> spent_;  // by the trials of each candidate
  std::int64_t trials_ = 0, too_slow_ = 0;
  bool retries_ = false;  // the next trial is the first one after `Halving::retry`
};

}  // namespace

double PairedScore::accuracy() const {
  return documents == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(documents);
}

double PairedScore::gain() const {
  return documents == 0 ? 0 : static_cast<double>(gained - lost) / static_cast<double>(documents);
}

double PairedScore::standard_error() const {
  if (documents == 0) return 0;
  // With one document more that differs: of a single one, nothing follows.
  const double count = static_cast<double>(documents) / static_cast<double>(times);
  const double square =
      static_cast<double>(gained + lost) / static_cast<double>(documents) + 1 / count;
  return std::sqrt((square - gain() * gain()) / count);
}

PairedScore& PairedScore::operator+=(const PairedScore& other) {
  documents += other.documents;
  correct += other.correct;
  gained += other.gained;
  lost += other.lost;
  return *this;
}

Tuning tune(DocumentStream& documents, const LearningOptions& options, const TuningOptions& tuning,
            const Backend& backend, Workers& workers, const TuningObserver& observer) {
  if (tuning.trials <= 0 && tuning.seconds <= 0)
    throw Error("tuning", "there is no limit", "set the number of trials or the time");
  return Tuner(documents, options, tuning, backend, workers, observer).tune();
}

}  // namespace newsclf
