// SPDX-License-Identifier: MIT
// newsclf train: trains a model on labelled documents and writes a model file.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/config_file.hpp"
#include "cli/signals.hpp"
#include "commands/commands.hpp"
#include "commands/continued_model.hpp"
#include "commands/outputs.hpp"
#include "commands/process_place.hpp"
#include "commands/train_options.hpp"
#include "commands/training_inputs.hpp"
#include "commands/training_reporter.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/learning/learn.hpp"

namespace newsclf {
namespace {

/// The file of --log: one line {"epoch", "loss", "valid_loss", "valid_accuracy", "lr",
/// "documents_per_s", "elapsed_s"} per epoch, with "refit": true in the second training after a
/// validation. Each line is flushed before `add` returns.
class TrainingLog {
 public:
  /// Writes no log if `path` is empty. @throws Error if the file cannot be written
  TrainingLog(const std::string& path, bool appends) : path_(path) {
    if (path.empty()) return;
    file_.open(path, appends ? std::ios::app : std::ios::trunc);
    check();
    std::error_code error;  // it is not a regular file
    begin_ = std::filesystem::file_size(path, error);
  }

  /// Removes the lines that were added. @throws Error if it cannot be written
  void clear() {
    std::error_code error;
    if (path_.empty() || !std::filesystem::is_regular_file(path_, error)) return;
    std::filesystem::resize_file(path_, begin_, error);
    if (error) throw Error(path_, "cannot be written: " + error.message());
    file_.close();
    file_.open(path_, std::ios::app);
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
  std::uintmax_t begin_ = 0;  // of the lines that are added
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

void tell_result(const Console& console, const TrainCommand& command,
                 const Classifier& classifier) {
  if (classifier.training.held_out == 0)
    console.note("no documents were held out; use --valid-fraction 0.1 to measure accuracy");
  if (classifier.training.held_out == 0 && classifier.training.left_out == 0 &&
      command.learning.validation.calibrate)
    console.note(
        classifier.ensemble.all_shares().size() == 1 &&
                classifier.training.documents >= kFewTrainingDocuments
            ? "the probabilities of a single network are not calibrated without held-out "
              "documents"
            : "the probabilities are not calibrated: there are too few distinct documents");
  console.note(fmt::format("to score the model: newsclf eval {} DATA", command.output));
}

/// Runs a training that a signal ends only after a checkpoint was written.
class Interruptible {
 public:
  explicit Interruptible(const CheckpointOptions& options) : options_(options) {
    if (!options.path.empty()) options_.is_interrupted = &SignalsWait::arrived;
  }
  const CheckpointOptions& options() const { return options_; }

  /// Checkpoints are only written while a network is trained.
  void see(const LearningEvent& event) {
    if (options_.path.empty() || std::holds_alternative<TrainingProgresses>(event)) return;
    if (std::holds_alternative<TrainingBegins>(event))
      signals_.begin();
    else
      signals_.end();
  }
  void end(const Console& console) {
    console.note(fmt::format("wrote {}; to go on, run the same command with --resume {}",
                             options_.path, options_.path));
    signals_.end();
  }

 private:
  CheckpointOptions options_;
  SignalsWait signals_;
};

/// A checkpoint has no use once the model is written.
void remove_checkpoint(const CheckpointOptions& checkpoint) {
  if (!checkpoint.path.empty()) ::unlink(checkpoint.path.c_str());
}

/// The folder for what is too large for memory; empty: it is refused.
std::string disk_folder_of(const TrainCommand& command, bool is_shared) {
  if (is_shared || !command.init.empty()) return {};
  if (!command.cache.empty()) return command.cache;
  const std::string folder = std::filesystem::path(command.output).parent_path().string();
  return folder.empty() ? "." : folder;
}

/// Checks the outputs, and makes the folder of --cache.
/// @throws Error as `check_outputs`; then a new folder is gone again
void prepare_outputs(const TrainCommand& command, const Console& console) {
  const bool resumes = !command.checkpoint.resume.empty();
  const bool in_place = command.checkpoint.resume == command.checkpoint.path;
  std::vector<Output> outputs = {{"--output", command.output, true},
                                 {"--checkpoint", command.checkpoint.path, !in_place},
                                 {"--log", command.log, !resumes, true}};
  bool is_new = false;
  if (!command.cache.empty()) {
    std::error_code error;
    is_new = std::filesystem::create_directories(command.cache, error);
    if (error)
      throw Error(command.cache, "cannot create this folder: " + error.message(),
                  "use another folder for --cache");
    for (const char* const name : {"/rows.safetensors", "/rest.safetensors"})
      outputs.push_back({"--cache", command.cache + name});
  }
  try {
    check_outputs(outputs, inputs_of(command), console, command.force);
  } catch (...) {
    if (is_new) ::rmdir(command.cache.c_str());
    throw;
  }
}

/// Learns in memory or, if that is too small, from disk.
/// @param folder empty: only in memory
/// @param begins_again called before a training in memory that was refused begins again
Classifier learn_within_limit(const TrainCommand& command, TrainingInputs& inputs,
                              const std::string& folder, const Console& console,
                              const LearningObserver& observer,
                              const CheckpointOptions& checkpoints, ProcessGroup* processes,
                              const std::function<void()>& begins_again) {
  const auto learn_now = [&] {
    return learn(inputs.documents(), inputs.options, *inputs.backend, inputs.workers, observer,
                 checkpoints, processes);
  };
  if (!inputs.collected.are_on_disk()) {
    try {
      return learn_now();
    } catch (const Error& error) {
      if (folder.empty() || (error.code() != ErrorCode::kTooMuchToCount &&
                             error.code() != ErrorCode::kTooMuchInMemory))
        throw;
    }
    begins_again();
  }
  console.note(fmt::format("training from files in {}", folder));
  inputs.collected.move_to_disk();
  inputs.options.disk_folder = folder;
  inputs.options.cache_folder = command.cache;
  return learn_now();
}

/// The options and the console of one of several processes, of which the first writes and talks.
void take_place(const ProcessPlace& place, TrainCommand& command, Console& console) {
  for (const std::vector<std::string>& files : {command.data.data, command.valid, command.replay})
    if (std::ranges::count(files, "-") > 0)
      throw WrongCommandLine("standard input cannot be read by several processes; use a file");
  if (!command.cache.empty())
    throw WrongCommandLine("--cache cannot be used by several processes; omit it");
  DeviceChoice& device = command.learning.device;
  if (device.index == 0) device.index = place.local_rank;
  CheckpointOptions& checkpoint = command.checkpoint;
  if (place.restarts > 0 && checkpoint.resume.empty() && !checkpoint.path.empty() &&
      ::access(checkpoint.path.c_str(), F_OK) == 0)
    checkpoint.resume = checkpoint.path;
  if (place.rank > 0) console.quiet = console.only_errors = true;
}

/// @param typed the options that were given
void run_train(TrainCommand command, const CLI::App& typed, Console console) {
  const std::optional<ProcessPlace> place = find_process_place();
  if (place) take_place(*place, command, console);
  const bool writes = !place || place->rank == 0;
  if (writes) prepare_outputs(command, console);
  const std::string folder = disk_folder_of(command, place.has_value());
  const ContinuedModel init(command, typed, console);
  TrainingInputs inputs(command, console, init.classifier(), folder);
  const std::unique_ptr<ProcessGroup> processes = place ? inputs.backend->join(*place) : nullptr;
  TrainingLog log(writes ? command.log : "", !command.checkpoint.resume.empty());
  TrainingReporter reporter(console, {}, command.init);
  Interruptible training(command.checkpoint);
  const auto observer = [&](const LearningEvent& event) {
    training.see(event);
    reporter(event);
    init.check(event);
    if (const auto* const progresses = std::get_if<TrainingProgresses>(&event))
      log.add(progresses->progress, progresses->refit);
  };
  try {
    Classifier classifier =
        learn_within_limit(command, inputs, folder, console, observer, training.options(),
                           processes.get(), [&] { log.clear(); });
    if (!writes) return;
    classifier.training.repaired = inputs.counts.repaired;
    const std::int64_t bytes = save_new_model(classifier, command.output, command.force);
    reporter.tell_written(command.output, classifier, bytes);
    tell_result(console, command, classifier);
    remove_checkpoint(command.checkpoint);
  } catch (const Interrupted&) {
    training.end(console);
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
      "  newsclf train posts -o try.safetensors --valid-fraction 0.1 --log epochs.jsonl\n"
      "  newsclf train more --init news.safetensors --replay posts -o new.safetensors");
  sub->callback([sub, command, &console] {
    if (command->checkpoint.path.empty()) command->checkpoint.path = command->checkpoint.resume;
    check_train_options(*command);
    if (command->print_config)
      write_stdout(config_text(*sub));
    else
      run_train(*command, *sub, console);
  });
}

}  // namespace newsclf
