// SPDX-License-Identifier: MIT
// newsclf train: trains a model on labelled documents and writes a model file.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "cli/config_file.hpp"
#include "commands/commands.hpp"
#include "commands/encoding_warnings.hpp"
#include "commands/outputs.hpp"
#include "commands/train_options.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/report/model_report.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

/// Checks, before any work, that the outputs can be written and are not inputs.
void check_output(const TrainCommand& command, const Console& console) {
  const std::string& weight = command.learning.class_weight;
  const bool named_weights = weight == "none" || weight == "balanced";
  const bool named_words = command.stop_words == "none" || command.stop_words == "english";
  check_outputs({{"--output", command.output, true}, {"--log", command.log, true, true}},
                {{"read as data", command.data.data},
                 {"also given to --valid", command.valid},
                 {"also given to --label-names", {command.data.label_names_file()}},
                 {"also given to --class-weight", {named_weights ? "" : weight}},
                 {"also given to --stop-words", {named_words ? "" : command.stop_words}},
                 {"also given to --config", {command.config}}},
                console, command.force);
}

/// Reads DATA and then --valid, which is held out; sets the options that depend on these files.
Corpus read_documents(const TrainCommand& command, const Console& console, Workers& workers,
                      LearningOptions& options) {
  Corpus corpus = read_data(command.data, console, workers).corpus;
  if (!command.valid.empty()) {
    DataOptions others = command.data;
    others.data = command.valid;
    others.read.labels_may_lack = true;
    Corpus valid = read_data(others, console, workers).corpus;
    options.validation.last_documents = std::ssize(valid.documents);
    std::ranges::move(valid.documents, std::back_inserter(corpus.documents));
  }
  warn_of_case(console, LabelSet::of(corpus.documents));
  const ColumnOptions& columns = command.data.read.columns;
  options.vectorizer.text.columns = columns.text;
  options.columns = {columns.label, columns.id};
  const TextOptions& text = options.vectorizer.text;
  if (command.stop_words == "english")
    options.vectorizer.vocabulary.stop_words = english_stop_words();
  else if (command.stop_words != "none")
    options.vectorizer.vocabulary.stop_words =
        read_stop_words(command.stop_words, {text.keep_case, text.token_pattern});
  return corpus;
}

/// The file of --log: one line {"epoch", "loss", "valid_loss", "valid_accuracy", "lr",
/// "documents_per_s", "elapsed_s"} per epoch, with "refit": true in the second training after a
/// validation. Each line is flushed before `add` returns.
class TrainingLog {
 public:
  /// Writes no log if `path` is empty. @throws Error if the file cannot be written
  explicit TrainingLog(const std::string& path) : path_(path) {
    if (path.empty()) return;
    file_.open(path, std::ios::trunc);
    check();
  }

  /// Adds a line if an epoch ended. @throws Error if it cannot be written
  void add(const TrainingProgress& progress, bool refit) {
    if (path_.empty() || progress.epoch_end == nullptr) return;
    const EpochRecord& epoch = *progress.epoch_end;
    std::string line = fmt::format("{{\"epoch\":{},\"loss\":{}", epoch.epoch, epoch.loss);
    if (epoch.valid_loss) line += fmt::format(",\"valid_loss\":{}", *epoch.valid_loss);
    if (epoch.valid_accuracy) line += fmt::format(",\"valid_accuracy\":{}", *epoch.valid_accuracy);
    const double documents = static_cast<double>(progress.epoch * progress.documents);
    line += fmt::format(",\"lr\":{},\"documents_per_s\":{:.1f},\"elapsed_s\":{:.3f}", epoch.lr,
                        documents / std::max(progress.elapsed_s, 1e-9), progress.elapsed_s);
    if (refit) line += ",\"refit\":true";
    file_ << line << "}\n" << std::flush;
    check();
  }

 private:
  void check() const {
    if (!file_) throw Error(path_, std::string("cannot be written: ") + std::strerror(errno));
  }

  std::string path_;
  std::ofstream file_;
};

/// Shows the progress of `learn`, as a bar or as one line per epoch, and writes the log.
class TrainingReporter {
 public:
  TrainingReporter(const Console& console, TrainingLog& log)
      : console_(console), bar_(console), log_(log) {}

  void operator()(const TrainingBegins& begins) {
    documents_ = begins.documents;
    console_.note(fmt::format("training on {} ({} held out), {}",
                              counted(begins.documents, "document"), with_commas(begins.held_out),
                              counted(begins.tokens, "token")));
    const TrainingOptions& options = begins.options;
    console_.detail(fmt::format("{}, batch size {}, learning rate {:.4g}, {}, weight decay {:.4g}",
                                counted(options.epochs, "epoch"), options.batch_size, *options.lr,
                                counted(options.members, "network"), *options.weight_decay));
    last_ = "loss -";
  }

  void operator()(const TrainingProgresses& progresses) {
    const auto& [progress, refit] = progresses;
    if (progress.lowered_lr) {
      bar_.clear();
      console_.warning(
          fmt::format("the loss is no longer finite in epoch {}: continuing from the end of the "
                      "previous epoch at a learning rate of {}",
                      progress.epoch, *progress.lowered_lr));
      return;
    }
    const EpochRecord* const end = progress.epoch_end;
    if (end != nullptr) {
      last_ = fmt::format("loss {:.4f}", end->loss);
      if (end->valid_accuracy)
        last_ += fmt::format(", held out: loss {:.4f}, accuracy {:.2f} %", *end->valid_loss,
                             100 * *end->valid_accuracy);
    }
    const auto done = static_cast<double>((progress.epoch - 1) * documents_ + progress.documents);
    const auto all = static_cast<double>(progress.epochs * documents_);
    const BarText text = bar_text(fmt::format("{}epoch {}/{}  {}", refit ? "refit " : "",
                                              progress.epoch, progress.epochs, last_),
                                  done / all, done, progress.elapsed_s);
    const bool last = end != nullptr && progress.epoch == progress.epochs;
    if (last) bar_.clear();
    if (bar_.is_shown() && !last)
      bar_.update(done / all, text);
    else if (end != nullptr)
      console_.note(text.what + "  " + text.speed);
    log_.add(progress, refit);
  }

  void operator()(const HeldOutScored& scored) const {
    console_.note(fmt::format("accuracy on {}: {:.2f} % (epoch {})",
                              counted(scored.held_out, "held-out document"),
                              100 * *scored.best.valid_accuracy, scored.best.epoch));
    if (scored.temperature != 1)
      console_.note(fmt::format("calibrated the probabilities on them: temperature {:.3f}",
                                scored.temperature));
  }

  void operator()(const TemperatureFitted& fitted) const {
    console_.detail(fmt::format("calibrated the probabilities on {}: temperature {:.3f}",
                                counted(fitted.left_out, "left-out document"), fitted.temperature));
  }

  void operator()(const TrainingEnds& ends) const {
    console_.detail(
        fmt::format("trained on {} with LibTorch {}", ends.device, ends.libtorch_version));
  }

 private:
  const Console& console_;
  ProgressBar bar_;
  TrainingLog& log_;
  std::int64_t documents_ = 0;
  std::string last_;
};

/// Reports a training that diverged. Its last good state is saved next to the output, which is left
/// unchanged.
[[noreturn]] void give_up(const TrainCommand& command, const Diverged& diverged) {
  std::string kept = "nothing was written";
  try {
    if (diverged.last_good)
      kept = fmt::format("the model after epoch {} was saved as {}", diverged.epoch - 1,
                         keep_model(*diverged.last_good, command.output + ".last-good"));
  } catch (const Error&) {  // its weights are too large for a model, or the disk is full
  }
  throw Error("training",
              fmt::format("the loss is no longer finite in epoch {}, even at a tenth of the rate",
                          diverged.epoch),
              fmt::format("use a --lr lower than {}; {}", diverged.lr, kept));
}

void tell_result(const Console& console, const TrainCommand& command, const Classifier& classifier,
                 std::int64_t file_bytes) {
  console.note(fmt::format("wrote {}: {}, {}, {}, {}", command.output,
                           counted(classifier.vectorizer.vocabulary().size(), "token"),
                           counted(classifier.labels.size(), "label"),
                           describe_networks(classifier.ensemble), file_size(file_bytes)));
  if (classifier.training.held_out == 0)
    console.note("no documents were held out; use --valid-fraction 0.1 to measure accuracy");
  if (classifier.training.held_out == 0 && classifier.training.left_out == 0 &&
      command.learning.validation.calibrate)
    console.note(
        classifier.ensemble.all_shares().size() == 1 &&
                classifier.training.documents >= kFewDocuments
            ? "the probabilities of a single network are not calibrated without held-out "
              "documents"
            : "the probabilities are not calibrated: there are too few distinct documents");
  console.note(fmt::format("to score the model: newsclf eval {} DATA", command.output));
}

void run_train(const TrainCommand& command, const Console& console) {
  check_output(command, console);
  const std::unique_ptr<Backend> backend = open_backend();  // loads LibTorch meanwhile
  Workers workers(command.threads);
  warn_of_missing_threads(console, workers, command.threads);

  LearningOptions options = command.learning;
  const Corpus corpus = read_documents(command, console, workers, options);
  StoredDocuments documents(corpus.documents);
  TrainingLog log(command.log);
  TrainingReporter reporter(console, log);
  try {
    Classifier classifier =
        learn(documents, options, *backend, workers,
              [&](const LearningEvent& event) { std::visit(std::ref(reporter), event); });
    classifier.training.repaired = corpus.counts.repaired;
    tell_result(console, command, classifier,
                save_new_model(classifier, command.output, command.force));
  } catch (const Diverged& diverged) {
    give_up(command, diverged);
  }
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
