// SPDX-License-Identifier: MIT
// newsclf train: documents in, model file out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <future>
#include <utility>

#include "cli/config_file.hpp"
#include "cli/training_library.hpp"
#include "commands/commands.hpp"
#include "commands/train_options.hpp"
#include "commands/training_log.hpp"
#include "newsclf/corpus/digest.hpp"
#include "newsclf/corpus/label_weights.hpp"
#include "newsclf/corpus/split.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/evaluation/calibration.hpp"
#include "newsclf/io/atomic_file.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

/// Refuses, before any work, an output that could not be written in the end.
void check_output(const TrainCommand& command, const Console& console) {
  const fs::path path = command.output;
  const AtomicFile probe(command.output);  // what will be done in the end, without the commit
  std::error_code ignored;
  if (!command.log.empty() && fs::weakly_canonical(fs::absolute(command.log), ignored) ==
                                  fs::weakly_canonical(fs::absolute(command.output), ignored))
    throw Error(command.log, "this is the model file", "take another name for --log");
  if (!fs::exists(fs::symlink_status(path, ignored))) return;
  if (!command.force)
    throw Error(command.output, "this file is already there",
                "take another name, or --force to replace it");
  console.note(fmt::format("{} is there and will be replaced", command.output));
}

void check_labels(const LabelSet& labels, std::size_t documents) {
  if (labels.size() < 2)
    throw Error("training data",
                fmt::format("all {} documents have the label '{}'", documents, labels.to_label(0)),
                "give documents of two labels or more");
}

/// @throws Error if their file cannot be read
StopWords find_stop_words(const TrainCommand& command) {
  if (command.stop_words == "none") return {};
  if (command.stop_words == "english") return english_stop_words();
  const TextOptions& text = command.vectorizer.text;
  return read_stop_words(command.stop_words, {text.keep_case, text.token_pattern});
}

/// Documents to learn from and documents held out of it, and where they stood among all.
struct SplitDocuments {
  std::vector<Document> train;
  std::vector<Document> held_out;
  Split places;

  /// All documents, in the order they were read.
  std::vector<Document> rejoin() && {
    std::vector<Document> all(train.size() + held_out.size());
    for (std::size_t i = 0; i < train.size(); ++i) all[places.train[i]] = std::move(train[i]);
    for (std::size_t i = 0; i < held_out.size(); ++i)
      all[places.held_out[i]] = std::move(held_out[i]);
    return all;
  }
};

SplitDocuments split_by(Split places, std::vector<Document> documents) {
  SplitDocuments parts{{}, {}, std::move(places)};
  for (const std::size_t i : parts.places.train) parts.train.push_back(std::move(documents[i]));
  for (const std::size_t i : parts.places.held_out)
    parts.held_out.push_back(std::move(documents[i]));
  return parts;
}

/// Puts the documents of --valid behind those of DATA, and holds them out.
SplitDocuments hold_out_others(std::vector<Document> documents, const TrainCommand& command,
                               const LabelSet& labels, const Console& console, Workers& workers) {
  DataOptions options = command.data;
  options.data = command.validation.data;
  Corpus others = read_data(options, console, workers).corpus;
  Split places;
  for (std::size_t i = 0; i < documents.size(); ++i) places.train.push_back(i);
  for (Document& document : others.documents) {
    if (labels.to_id(document.label) == LabelSet::kUnknown)
      throw Error(fmt::format("--valid {}", fmt::join(options.data, ", ")),
                  fmt::format("no document of DATA has the label '{}'", document.label),
                  "leave its documents out with --labels");
    places.held_out.push_back(documents.size());
    documents.push_back(std::move(document));
  }
  return split_by(std::move(places), std::move(documents));
}

SplitDocuments hold_out(std::vector<Document> documents, const TrainCommand& command,
                        const LabelSet& labels, const Console& console, Workers& workers) {
  if (!command.validation.data.empty())
    return hold_out_others(std::move(documents), command, labels, console, workers);
  if (command.validation.fraction > 0) {
    Split places = stratified_split(label_ids(documents, labels), thread_keys(documents),
                                    command.validation.fraction, command.training.seed);
    return split_by(std::move(places), std::move(documents));
  }
  return {std::move(documents), {}, {}};
}

std::vector<float> label_weights(const std::string& class_weight, const LabelSet& labels,
                                 std::span<const std::int32_t> label_of) {
  if (class_weight == "none") return {};
  if (class_weight == "balanced") return balanced_label_weights(label_of, labels.size());
  return read_label_weights(class_weight, labels);
}

/// Shows where training stands: a bar on a terminal, a line an epoch elsewhere.
class TrainingTeller {
 public:
  TrainingTeller(const Console& console, std::int64_t documents, bool refit)
      : console_(console), bar_(console), documents_(documents), refit_(refit) {}

  void operator()(const TrainingProgress& progress) {
    if (progress.lowered_lr) {
      bar_.clear();
      console_.warning(
          fmt::format("the loss is no longer finite in epoch {}: back to the end of the epoch "
                      "before, and on at a rate of {}",
                      progress.epoch, *progress.lowered_lr));
      return;
    }
    const auto done = static_cast<double>((progress.epoch - 1) * documents_ + progress.documents);
    const auto all = static_cast<double>(progress.epochs * documents_);
    const double rate = done / std::max(progress.elapsed_s, 1e-9);
    if (progress.epoch_end != nullptr) {
      last_ = fmt::format("loss {:.4f}", progress.epoch_end->loss);
      if (progress.epoch_end->valid_accuracy)
        last_ +=
            fmt::format(", held out: loss {:.4f}, accuracy {:.2f} %",
                        *progress.epoch_end->valid_loss, 100 * *progress.epoch_end->valid_accuracy);
    }
    const std::string text =
        fmt::format("{}epoch {}/{}  {}  {} documents/s", refit_ ? "refit " : "", progress.epoch,
                    progress.epochs, last_, with_commas(std::llround(rate)));
    const bool last = progress.epoch_end != nullptr && progress.epoch == progress.epochs;
    if (last) bar_.clear();
    if (bar_.is_shown() && !last)
      bar_.update(done / all, text + fmt::format("  {} left", duration((all - done) / rate)));
    else if (progress.epoch_end != nullptr)
      console_.note(text);
  }

 private:
  const Console& console_;
  ProgressBar bar_;
  std::int64_t documents_;
  bool refit_;
  std::string last_ = "loss -";
};

/// A vectorizer fitted and a network trained on the same documents.
struct Learnt {
  Vectorizer vectorizer;
  TrainingResult result;
  std::vector<std::int32_t> label_of;  ///< the ids of the documents' labels
  float temperature = 1;               ///< fitted on the documents held out, if asked for
};

/// Refuses a training that would not fit, before it takes any memory.
void check_memory(const TrainCommand& command, const TrainingOptions& options,
                  std::span<const Document> documents, const SparseRows& rows, std::int32_t tokens,
                  std::int32_t labels) {
  std::int64_t bytes = training_memory(options, tokens, labels);
  for (const Document& document : documents)
    bytes += static_cast<std::int64_t>(sizeof document + document.text.size());
  bytes += static_cast<std::int64_t>(rows.columns.size() *
                                     (sizeof rows.columns[0] + sizeof rows.values[0]));
  if (bytes <= command.max_memory) return;
  throw Error("training",
              fmt::format("it would take about {} of memory, and --max-memory is {}",
                          file_size(bytes), file_size(command.max_memory)),
              "take fewer tokens (--max-features, --min-df), a smaller --hidden or fewer "
              "--members");
}

/// What does not change between the training with documents held out and the refit.
struct Learner {
  const TrainCommand& command;
  const Console& console;
  const LabelSet& labels;
  VectorizerOptions vectorizer;
  std::shared_future<const TrainingLibrary&> opening;
  TrainingLog log;
  Workers& workers;

  Learnt learn(std::span<const Document> documents, std::span<const Document> held_out,
               TrainingOptions options, bool refit) {
    Learnt learnt;
    learnt.label_of = label_ids(documents, labels);
    const std::vector<std::int32_t> held_out_labels = label_ids(held_out, labels);
    options.label_weights = label_weights(command.class_weight, labels, learnt.label_of);

    SparseRows rows;
    std::tie(learnt.vectorizer, rows) =
        fit_vectorizer(documents, vectorizer, learnt.label_of, workers);
    // Beyond this line the vocabulary is fixed; the held-out documents are only looked up in it.
    const SparseRows held_out_rows = transform(learnt.vectorizer, held_out, workers);
    const std::int32_t tokens = learnt.vectorizer.vocabulary().size();
    console.note(fmt::format("{} documents to learn from, {} held out, {} tokens",
                             with_commas(static_cast<std::int64_t>(documents.size())),
                             with_commas(static_cast<std::int64_t>(held_out.size())),
                             with_commas(tokens)));
    options = resolve_size(options, static_cast<std::int64_t>(documents.size()), labels.size());
    console.detail(fmt::format(
        "{} epochs of batches of {} at a rate of {:.4g}, {} networks, weight decay {:.4g}",
        options.epochs, options.batch_size, *options.lr, options.members, *options.weight_decay));

    check_memory(command, options, documents, rows, tokens, labels.size());

    TrainingData data{{rows, learnt.label_of}, {}, tokens, labels.size()};
    if (!held_out.empty()) data.held_out.emplace(LabelledRows{held_out_rows, held_out_labels});
    TrainingTeller teller(console, static_cast<std::int64_t>(documents.size()), refit);
    learnt.result = opening.get().train(data, options, [&](const TrainingProgress& progress) {
      teller(progress);
      log.add(progress, refit);
    });
    if (!held_out.empty() && command.validation.calibrate && !learnt.result.diverged_in_epoch)
      learnt.temperature = fit_temperature(
          native_logits(learnt.result.network, held_out_rows, workers), held_out_labels);
    return learnt;
  }

  /// Learns again, from all documents, as `validated` did from a part of them.
  Learnt refit(std::span<const Document> all, const Learnt& validated) {
    TrainingOptions options = command.training;
    if (options.patience > 0) {  // the same schedule, cut off after the best epoch
      options.epochs = validated.result.options.epochs;
      options.stop_after = validated.result.best_epoch;
    }
    Learnt learnt = learn(all, {}, options, true);
    learnt.temperature = validated.temperature;
    return learnt;
  }
};

/// The options that were left to the size of the data.
std::vector<std::string> options_set_by_data(const TrainCommand& command) {
  std::vector<std::string> options;
  const auto note = [&](bool left_open, const char* option) {
    if (left_open) options.emplace_back(option);
  };
  note(!command.char_ngrams_given, "char-ngrams");
  note(command.training.members == 0, "members");
  note(command.training.epochs == 0, "epochs");
  note(command.training.batch_size == 0, "batch-size");
  note(!command.training.lr, "lr");
  note(!command.training.weight_decay, "weight-decay");
  return options;
}

TrainingRecord make_record(const TrainCommand& command, std::span<const Document> documents,
                           std::size_t held_out, const Learnt& learnt, const LabelSet& labels,
                           const ReadCounts& counts, const TrainingLibrary& library) {
  const TrainingOptions& options = learnt.result.options;
  TrainingRecord record;
  record.seed = options.seed;
  record.documents = static_cast<std::int64_t>(documents.size());
  record.held_out = static_cast<std::int64_t>(held_out);
  record.empty = counts.empty;
  record.repaired = counts.repaired;
  record.label_documents.assign(static_cast<std::size_t>(labels.size()), 0);
  for (const std::int32_t label : learnt.label_of)
    ++record.label_documents[static_cast<std::size_t>(label)];
  record.data_digest = digest_documents(documents);
  record.libtorch_version = library.libtorch_version;
  record.optimizer = name_of(kOptimizers, options.optimizer);
  record.batch_size = options.batch_size;
  record.lr = *options.lr;
  record.lr_schedule = name_of(kLrSchedules, options.lr_schedule);
  record.dropout = options.dropout;
  record.word_dropout = options.word_dropout;
  record.set_by_data = options_set_by_data(command);
  record.weight_decay = *options.weight_decay;
  record.label_smoothing = options.label_smoothing;
  const bool named = command.class_weight == "none" || command.class_weight == "balanced";
  record.class_weight = named ? command.class_weight : "file";
  record.best_epoch = learnt.result.best_epoch;
  record.epochs = learnt.result.epochs;
  return record;
}

/// Ends a training that diverged: keeps the last good state beside the output, which stays as it
/// was.
[[noreturn]] void give_up(const TrainCommand& command, const Classifier& last_good,
                          std::int64_t epoch, double lr) {
  std::string kept = "nothing was written";
  if (epoch > 1) {
    std::string path = command.output + ".last-good";
    for (int n = 2; fs::exists(path); ++n) path = fmt::format("{}.last-good.{}", command.output, n);
    save_model(last_good, path);
    kept = fmt::format("the model after epoch {} is kept in {}", epoch - 1, path);
  }
  throw Error(
      "training",
      fmt::format("the loss is no longer finite in epoch {}, at a tenth of the rate too", epoch),
      fmt::format("take a lower --lr than {}; {}", lr, kept));
}

void tell_held_out(const Console& console, const Learnt& learnt, std::size_t held_out) {
  const EpochRecord& best =
      learnt.result.epochs[static_cast<std::size_t>(learnt.result.best_epoch - 1)];
  console.note(fmt::format("accuracy on the {} documents held out: {:.2f} % (epoch {})",
                           with_commas(static_cast<std::int64_t>(held_out)),
                           100 * *best.valid_accuracy, best.epoch));
  if (learnt.temperature != 1)
    console.note(fmt::format("temperature of the probabilities, fitted on them: {:.3f}",
                             learnt.temperature));
}

void tell_result(const Console& console, const TrainCommand& command, const Classifier& classifier,
                 std::int64_t file_bytes) {
  const NetworkShape& shape = classifier.network.shape;
  console.note(fmt::format("wrote {}: {} tokens, {} labels, {} x hidden {},{}, {}", command.output,
                           with_commas(shape.inputs), shape.labels, shape.members, shape.hidden1,
                           shape.hidden2, file_size(file_bytes)));
  if (!command.validation.is_on())
    console.note(
        "nothing was held out: --valid-fraction 0.1 would tell how good it is, and calibrate its "
        "probabilities");
  console.note(fmt::format("score it: newsclf eval {} DATA", command.output));
}

void run_train(const TrainCommand& command, const Console& console) {
  check_output(command, console);
  Workers workers(command.training.threads);
  // LibTorch takes a while to load: let it, on the side.
  auto opening = std::async(std::launch::async, open_training_library).share();

  Corpus corpus = read_data(command.data, console, workers).corpus;
  const LabelSet labels = LabelSet::of(corpus.documents);
  check_labels(labels, corpus.documents.size());
  VectorizerOptions vectorizer = command.vectorizer;
  vectorizer.text.columns = command.data.read.columns.text;
  vectorizer.vocabulary.stop_words = find_stop_words(command);
  if (!command.char_ngrams_given) vectorizer.text = suit_text(vectorizer.text, corpus.documents);
  SplitDocuments documents =
      hold_out(std::move(corpus.documents), command, labels, console, workers);
  const std::size_t held_out = documents.held_out.size();

  Learner learner{
      command, console, labels, std::move(vectorizer), opening, TrainingLog(command.log), workers};
  Learnt learnt = learner.learn(documents.train, documents.held_out, command.training, false);
  std::vector<EpochRecord> validation_epochs;
  if (held_out > 0 && !learnt.result.diverged_in_epoch) {
    tell_held_out(console, learnt, held_out);
    if (command.validation.refit) {
      learnt.result.network = {};
      documents.train = std::move(documents).rejoin();
      validation_epochs = learnt.result.epochs;
      learnt = learner.refit(documents.train, learnt);
    }
  }

  const TrainingLibrary& library = opening.get();
  console.detail(fmt::format("trained on {} with LibTorch {}", learnt.result.device,
                             library.libtorch_version));
  Classifier classifier{
      std::move(learnt.vectorizer), labels, learnt.result.network,
      make_record(command, documents.train, held_out, learnt, labels, corpus.counts, library)};
  classifier.training.validation_epochs = std::move(validation_epochs);
  classifier.network.temperature = learnt.temperature;
  if (learnt.result.diverged_in_epoch)
    give_up(command, classifier, *learnt.result.diverged_in_epoch, *learnt.result.options.lr);
  const std::int64_t file_bytes = save_model(classifier, command.output);
  tell_result(console, command, classifier, file_bytes);
}

}  // namespace

void setup_train(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("train", "train a model on labelled documents");
  auto command = std::make_shared<TrainCommand>();
  add_train_options(*sub, *command);
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  newsclf train 20news-bydate-train -o news.safetensors\n"
      "  newsclf train posts -o space.safetensors --labels sci.space,sci.med\n"
      "  newsclf train posts -o try.safetensors --valid-fraction 0.1 --log epochs.jsonl");
  sub->callback([sub, command, &console] {
    check_train_options(*command);
    if (command->print_config)
      write_stdout(config_text(*sub));
    else
      run_train(*command, console);
  });
}

}  // namespace newsclf
