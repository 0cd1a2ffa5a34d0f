// SPDX-License-Identifier: MIT
#include "newsclf/learning/learn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "learning/checkpoints.hpp"
#include "learning/held_out.hpp"
#include "learning/left_out.hpp"
#include "learning/start.hpp"
#include "learning/training_rows.hpp"
#include "model/checkpoint_record.hpp"
#include "newsclf/corpus/document_facts.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/evaluation/metrics.hpp"
#include "parallel/agreement.hpp"

namespace newsclf {
namespace {

/// A fitted vectorizer and a network trained on the same documents.
struct Trained {
  Vectorizer vectorizer;
  TrainingResult result;
  std::vector<std::int32_t> labels;  ///< of the documents
  std::int64_t left_out = 0;         ///< documents that the temperature was fitted on, see `learn`
  float temperature = 1;
  std::optional<ModelsCompared> compared = {};
};

std::vector<std::string> open_names(std::initializer_list<std::pair<bool, const char*>> options) {
  std::vector<std::string> names;
  for (const auto& [is_open, name] : options)
    if (is_open) names.emplace_back(name);
  return names;
}

/// The names of the options that are chosen from the data.
std::vector<std::string> options_left_open(const LearningOptions& options) {
  const TrainingOptions& training = options.training;
  return open_names({{options.suit_char_ngrams, "char-ngrams"},
                     {options.suit_nb_smoothing, "nb-smoothing"},
                     {training.epochs == 0, "epochs"},
                     {training.batch_size == 0, "batch-size"},
                     {!training.lr, "lr"},
                     {!training.weight_decay, "weight-decay"}});
}

/// The names of the options that the preset chooses.
std::vector<std::string> options_left_to_preset(const TrainingOptions& training) {
  return open_names({{training.members == 0, "members"},
                     {training.inputs.empty(), "inputs"},
                     {!training.linear, "linear"}});
}

/// Whether a network reads n-grams of two words.
bool reads_bigrams(const TrainingOptions& training) {
  return training.linear == LinearInput::kBigrams ||
         std::ranges::count(training.inputs, NetworkInput::kBigrams) > 0;
}

struct Learner {
  DocumentStream& all;
  const LearningOptions& options;
  const Backend& backend;
  Workers& workers;
  const LearningObserver& observer;
  Checkpoints checkpoints;
  ProcessGroup* processes;                           ///< null: there is only this one
  std::optional<FirstTraining> first_training = {};  ///< during a refit
  LabelSet labels = {};
  std::int64_t count = 0, bytes = 0, empty = 0;  // over all documents
  const Classifier* init = options.init;
  std::optional<Continuation> continuation = {};  ///< of `init`
  bool is_apart = false;  ///< during `calibrate_apart`, which reports no training
  /// The first kind of tokens that `NetworkInput::kWords` reads.
  TokenKind words_begin_at = TokenKind::kCharNgram;

  Classifier learn() {
    measure();
    const std::vector<char> is_held_out = hold_out(all, count, options);
    const std::int64_t held_out = std::ranges::count(is_held_out, 1);
    SelectedDocuments rest(all, all_but(is_held_out)), aside(all, is_held_out);
    DocumentStream& train = held_out > 0 ? static_cast<DocumentStream&>(rest) : all;
    labels = find_labels(train, all, init);
    if (init != nullptr) continuation.emplace(*init, labels, replayed_labels());

    const bool refits = held_out > 0 && options.validation.refit;
    LearningOptions resolved =
        resolve_options(options, refits ? count : count - held_out, labels.size(), are_short(all));
    VectorizerOptions& vectorizer = resolved.vectorizer;
    const TrainingOptions& training = resolved.training;
    prepare_inputs(training, vectorizer);
    if (const double lost = *training.lr * *training.weight_decay; lost >= 1)
      throw Error("training",
                  fmt::format("weight decay {} times learning rate {} must be below 1, got {}",
                              *training.weight_decay, *training.lr, lost),
                  "use a lower weight decay or learning rate");

    Trained trained;
    if (const FirstTraining* const first = checkpoints.first_training();
        first != nullptr && refits) {
      trained.result.epochs = first->epochs;
      trained.result.best_epoch = first->best_epoch;
      trained.temperature = first->temperature;
    } else {
      trained = train_on(train, held_out > 0 ? &aside : nullptr, vectorizer, training, 0);
    }
    if (held_out == 0 && options.validation.calibrate && count < kFewTrainingDocuments)
      calibrate_apart(vectorizer, training, trained);
    std::vector<EpochRecord> validation_epochs;
    if (held_out > 0) {
      const auto best = static_cast<std::size_t>(trained.result.best_epoch - 1);
      report(HeldOutScored{held_out, trained.result.epochs[best], trained.temperature});
      if (trained.compared) report(*trained.compared);
    }
    if (refits) {
      first_training = {trained.result.epochs, trained.result.best_epoch, trained.temperature};
      validation_epochs = std::move(trained.result.epochs);
      trained.result.ensemble = {};
      const float temperature = trained.temperature;
      // The same schedule, stopped after the best epoch.
      trained = train_on(all, nullptr, vectorizer, training, trained.result.best_epoch);
      trained.temperature = temperature;
    }
    const std::string device = trained.result.device;
    Classifier classifier = classifier_of(std::move(trained), refits ? all : train);
    classifier.training.held_out = held_out;
    classifier.training.validation_epochs = std::move(validation_epochs);
    classifier = compact(std::move(classifier), options.compactness, backend, workers,
                         init != nullptr ? init->vectorizer.vocabulary() : Vocabulary());
    if (options.max_model_bytes > 0) {
      // With room for the digits of what the caller sets.
      classifier.training.repaired = std::numeric_limits<std::int32_t>::max();
      classifier = compact_to(classifier, options.max_model_bytes, backend, workers);
      classifier.training.repaired = 0;
    }
    report(TrainingEnds{device, classifier.training.libtorch_version});
    return classifier;
  }

  /// Of few documents, a part that is large enough to fit a temperature on is too large to be left
  /// out of the training: a training of its own, of one network per input, leaves it out.
  void calibrate_apart(const VectorizerOptions& vectorizer, TrainingOptions training,
                       Trained& trained) {
    LeftOut left_out = leave_out(trained.labels, thread_keys(all), training.seed);
    if (left_out.is_empty()) return;
    SelectedDocuments rest(all, all_but(left_out.flags)), aside(all, std::move(left_out.flags));
    training.members = 1;
    is_apart = true;
    trained.temperature = train_on(rest, &aside, vectorizer, training, 0).temperature;
    is_apart = false;
    trained.left_out = left_out.documents;
    report(TemperatureFitted{trained.left_out, trained.temperature});
  }

  /// Adds the tokens to `vectorizer` that networks read and that are not used otherwise.
  void prepare_inputs(const TrainingOptions& training, VectorizerOptions& vectorizer) {
    constexpr int kBigram = 2;
    if (init != nullptr) {
      words_begin_at = find_words_begin(*init);
      const bool has_bigrams = init->vectorizer.counts()[std::size_t(TokenKind::kLongNgram)] > 0;
      if (!reads_bigrams(training) && !has_bigrams) vectorizer.text.max_long_ngram = 0;
      return;
    }
    if (reads_bigrams(training)) vectorizer.text.max_long_ngram = kBigram;
    words_begin_at = TokenKind::kCharNgram;
    if (std::ranges::count(training.inputs, NetworkInput::kCharacters) > 0 &&
        vectorizer.text.max_char_ngram == 0) {
      add_char_ngrams(vectorizer.text);
      vectorizer.vocabulary.min_char_df = 3;
      words_begin_at = TokenKind::kWord;
    }
  }

  /// Sets the columns that each network reads.
  void set_columns(const TrainingOptions& training, const Vectorizer& vectorizer,
                   TrainingData& data) const {
    NetworkColumns columns = divide_columns(training, vectorizer, words_begin_at);
    if (columns.perceptrons.empty())
      throw Error("training data", "it contains no n-grams of characters that are frequent enough",
                  "train networks on words instead");
    data.perceptron_inputs = std::move(columns.perceptrons);
    data.linear_inputs = columns.linear;
    data.rescales_parts = vectorizer.options().weighting.norm == Norm::kL2;
  }

  void measure() {
    const DocumentTotals totals = count_documents(all);
    count = totals.documents;
    bytes = totals.memory;
    empty = totals.empty;
  }

  std::vector<std::int32_t> replayed_labels() const {
    std::vector<std::int32_t> label_of = label_ids(all, labels);
    const std::int64_t end = count - std::min(options.validation.last_documents, count);
    label_of.resize(static_cast<std::size_t>(end));
    label_of.erase(label_of.begin(), label_of.end() - std::min(options.replayed, end));
    return label_of;
  }

  Trained train_on(DocumentStream& documents, DocumentStream* held_out,
                   const VectorizerOptions& vectorizer, const TrainingOptions& training,
                   std::int64_t stop_after) {
    Trained trained;
    trained.labels = label_ids(documents, labels);
    const std::span<const std::int32_t> label_of = trained.labels;
    LeftOut left_out;
    const bool leaves_out = training.members > 1 || training.linear != LinearInput::kNone;
    if (held_out == nullptr && stop_after == 0 && options.validation.calibrate && leaves_out &&
        count >= kFewTrainingDocuments)
      left_out = leave_out(label_of, thread_keys(documents), training.seed);
    std::vector<std::int32_t> scale_labels = trained.labels;
    for (std::size_t d = 0; d < left_out.flags.size(); ++d)
      if (left_out.flags[d] != 0) scale_labels[d] = LabelSet::kUnknown;
    if (processes != nullptr) check_alike(documents, held_out, vectorizer, training);
    TrainingRows rows(options.disk_folder), held_out_rows(options.disk_folder);
    std::vector<std::int32_t> held_out_labels;
    trained.vectorizer = fit(documents, vectorizer, std::move(scale_labels), training, rows);
    // Beyond this line the vocabulary is fixed; held-out documents cannot add tokens to it.
    if (held_out != nullptr) {
      transform(trained.vectorizer, *held_out, workers, held_out_rows.writer());
      held_out_labels = label_ids(*held_out, labels);
    }
    const std::int32_t tokens = trained.vectorizer.vocabulary().size();
    const bool refit = stop_after > 0;
    std::optional<StartWeights> start;
    if (continuation) {
      start = start_from(*init, words_begin_at, training, trained.vectorizer, labels);
      report(continuation->summary(tokens, label_of, held_out_labels, refit));
    }
    TrainingData data{{rows.view(), label_of}, {}, tokens, labels.size(), label_weights(label_of)};
    set_columns(training, trained.vectorizer, data);
    if (training.members == 1 && !data.linear_inputs) left_out = {};
    data.left_out = left_out.flags;
    data.stop_after = stop_after;
    if (rows.are_on_disk())
      data.read_ahead = [&](std::span<const std::int64_t> soon) { rows.read_ahead(soon); };
    if (start) data.start = &*start;
    check_memory(training, data, rows.memory() + held_out_rows.memory());
    report(TrainingBegins{static_cast<std::int64_t>(label_of.size()),
                          static_cast<std::int64_t>(held_out_labels.size()), tokens, training,
                          refit});
    if (held_out != nullptr)
      data.held_out.emplace(LabelledRows{held_out_rows.view(), held_out_labels});
    const bool keeps_state = checkpoints.are_on() && !is_apart;
    if (keeps_state)
      checkpoints.expect(identity_of(vectorizer, training, refit, digest_rows(data)),
                         first_training, [&] { rows.check(); });
    rows.expect(ReadOrder::kRandom);
    trained.result = backend.train(
        data, training, options.device, workers,
        [&](const TrainingProgress& progress) { report(TrainingProgresses{progress, refit}); },
        keeps_state ? &checkpoints : nullptr, processes);
    rows.expect(ReadOrder::kAscending);
    if (trained.result.diverged_in_epoch) give_up(std::move(trained), documents);
    if (held_out != nullptr && options.validation.calibrate)
      trained.temperature =
          fit_temperature(native_logits(trained.result.ensemble, held_out_rows.view(), workers),
                          held_out_labels, kTemperatureDeviation);
    if (held_out != nullptr && continuation && !is_apart)
      trained.compared = continuation->compare(trained.result.ensemble, held_out_rows.view(),
                                               held_out_labels, *held_out, workers);
    if (!left_out.is_empty()) {
      trained.temperature =
          fit_temperature(left_out, trained.result.ensemble, rows.view(), label_of, workers);
      trained.left_out = left_out.documents;
      report(TemperatureFitted{trained.left_out, trained.temperature});
    }
    rows.check();
    held_out_rows.check();
    return trained;
  }

  /// Fits a vectorizer and fills `rows`.
  Vectorizer fit(DocumentStream& documents, const VectorizerOptions& vectorizer,
                 std::vector<std::int32_t> label_of, const TrainingOptions& training,
                 TrainingRows& rows) const {
    if (continuation)
      return continuation->extend(documents, vectorizer, std::move(label_of), workers,
                                  rows.writer(), memory_for_counts(), processes);
    if (!rows.on_disk)
      return fit_vectorizer(documents, vectorizer, label_of, workers, rows.in_memory,
                            memory_for_counts(), 0, processes);
    const auto check = [&](const KindCounts& counts) {
      TrainingData data{{}, {}, 0, labels.size()};
      set_columns(training, Vectorizer(vectorizer, {}, counts, {}, nullptr), data);
      check_memory(training, data, 0);
    };
    return fit_or_reuse(documents, vectorizer, label_of, workers, rows,
                        {options.disk_folder, memory_for_counts(), check}, cache_of(documents),
                        [&](const RowsCached& event) { report(event); });
  }

  /// The file that keeps the rows of `documents`; empty: none does.
  std::string cache_of(const DocumentStream& documents) const {
    if (options.cache_folder.empty() || is_apart) return {};
    return options.cache_folder + (&documents == &all ? "/rows.safetensors" : "/rest.safetensors");
  }

  /// @throws Error if another process trains on other documents or with other options
  void check_alike(DocumentStream& documents, DocumentStream* held_out,
                   const VectorizerOptions& vectorizer, const TrainingOptions& training) const {
    std::string digests = digest_documents(documents);
    if (held_out != nullptr) digests += digest_documents(*held_out);
    if (!all_agree(*processes, identity_json(identity_of(vectorizer, training, false, digests))))
      throw Error("training", "the processes have other documents or options",
                  "start the same command in all processes");
  }

  /// @param digest of the documents or rows
  TrainingIdentity identity_of(const VectorizerOptions& vectorizer, const TrainingOptions& training,
                               bool refit, std::string digest) const {
    return {NEWSCLF_VERSION,
            backend.libtorch_version(),
            vectorizer,
            training,
            {training.hidden1, training.hidden2},
            training.members,
            refit,
            processes == nullptr ? 1 : processes->size(),
            std::move(digest),
            init != nullptr ? std::optional(init->digest) : std::nullopt};
  }

  /// What the documents leave of the memory, in bytes.
  std::size_t memory_for_counts() const {
    constexpr std::int64_t kAtOnce = std::int64_t{1} << 30, kLibTorch = 150'000'000;
    if (!options.disk_folder.empty() && options.max_memory == 0) return kAtOnce;
    if (!options.disk_folder.empty())
      return static_cast<std::size_t>(
          std::max(options.max_memory - kLibTorch - bytes, options.max_memory / 8));
    if (options.max_memory == 0) return std::numeric_limits<std::size_t>::max();
    return static_cast<std::size_t>(std::max(options.max_memory - bytes, std::int64_t{0}));
  }

  std::vector<float> label_weights(std::span<const std::int32_t> label_of) const {
    if (options.class_weight == "none") {
      if (!continuation) return {};
      return continuation->label_weights(documents_per_label(label_of, labels.size()));
    }
    if (options.class_weight == "balanced") return balanced_label_weights(label_of, labels.size());
    return read_label_weights(options.class_weight, labels);
  }

  /// Refuses a training that needs too much memory before it allocates any.
  void check_memory(const TrainingOptions& training, const TrainingData& data,
                    std::size_t rows) const {
    if (options.max_memory == 0) return;
    constexpr std::int64_t kPerDocumentOnDisk = 128;  // about, see `count_documents`
    const std::int64_t weights = training_memory(training, data);
    const std::int64_t needed = weights + bytes + static_cast<std::int64_t>(rows);
    const bool fits_on_disk =
        rows > 0 && weights + kPerDocumentOnDisk * count <= options.max_memory;
    if (needed > options.max_memory)
      throw Error(fits_on_disk ? ErrorCode::kTooMuchInMemory : ErrorCode::kTooMuchMemory,
                  "training",
                  fmt::format("it would take about {:.1f} MB of memory, but the limit is {:.1f} MB",
                              static_cast<double>(needed) / 1e6,
                              static_cast<double>(options.max_memory) / 1e6));
  }

  [[noreturn]] void give_up(Trained trained, DocumentStream& documents) {
    const std::int64_t epoch = *trained.result.diverged_in_epoch;
    const double lr = *trained.result.options.lr;
    std::unique_ptr<Classifier> last_good;
    if (epoch > 1)
      last_good = std::make_unique<Classifier>(classifier_of(std::move(trained), documents));
    throw Diverged(epoch, lr, std::move(last_good));
  }

  /// @param documents that the network was trained on
  Classifier classifier_of(Trained trained, DocumentStream& documents) {
    TrainingRecord record;
    record.options = trained.result.options;
    if (continuation) record.init = continuation->record();
    record.set_by_preset = options_left_to_preset(options.training);
    record.set_by_data = options_left_open(options);
    record.left_out = trained.left_out;
    const std::string& weight = options.class_weight;
    record.class_weight = weight == "none" || weight == "balanced" ? weight : "file";
    record.empty = empty;
    record.label_documents = documents_per_label(trained.labels, labels.size());
    record.documents = static_cast<std::int64_t>(trained.labels.size());
    record.data_digest = digest_documents(documents);
    record.libtorch_version = backend.libtorch_version();
    record.best_epoch = trained.result.best_epoch;
    record.epochs = std::move(trained.result.epochs);
    Ensemble ensemble = std::move(trained.result.ensemble);
    ensemble.temperature = trained.temperature;
    return {std::move(trained.vectorizer), labels, std::move(ensemble), std::move(record),
            options.columns};
  }

  void report(const LearningEvent& event) const {
    if (observer && !is_apart) observer(event);
  }
};

}  // namespace

Diverged::Diverged(std::int64_t in_epoch, double rate, std::unique_ptr<Classifier> good)
    : Error(ErrorCode::kDiverged, "training",
            fmt::format("the loss is no longer finite in epoch {}, even at a tenth of the rate {}",
                        in_epoch, rate)),
      epoch(in_epoch),
      lr(rate),
      last_good(std::move(good)) {}

LearningOptions resolve_options(LearningOptions options, std::int64_t documents,
                                std::int64_t labels, bool are_short) {
  // In cross-validation, short documents of few labels did better with much smoothing, all others
  // with little.
  constexpr std::int64_t kManyPerLabel = 600;
  constexpr double kMuchSmoothing = 10;
  if (are_short && options.suit_char_ngrams) add_char_ngrams(options.vectorizer.text);
  if (are_short && options.suit_nb_smoothing && documents >= kManyPerLabel * labels)
    options.vectorizer.weighting.nb_smoothing = kMuchSmoothing;
  if (options.init == nullptr) {
    options.training = resolve_options(options.training, documents, labels);
  } else {
    const double share =
        ratio(options.replayed, documents_of_all_trainings(options.init->training));
    options.training = resolve_to_continue(options.training, documents, labels, share);
  }
  return options;
}

Classifier learn(DocumentStream& documents, const LearningOptions& options, const Backend& backend,
                 Workers& workers, const LearningObserver& observer,
                 const CheckpointOptions& checkpoints, ProcessGroup* processes) {
  const bool writes = processes == nullptr || processes->rank() == 0;
  const LearningOptions all =
      options.init != nullptr ? options_to_continue(options, *options.init) : options;
  return Learner{documents, all, backend, workers, observer, Checkpoints(checkpoints, writes),
                 processes}
      .learn();
}

}  // namespace newsclf
