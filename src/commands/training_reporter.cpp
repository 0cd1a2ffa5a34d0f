// SPDX-License-Identifier: MIT
#include "commands/training_reporter.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "newsclf/report/model_report.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {

void TrainingReporter::operator()(const LearningEvent& event) {
  std::visit([this](const auto& of_kind) { tell(of_kind); }, event);
}

void TrainingReporter::note(std::string_view message) const {
  if (part_.empty())
    console_.note(message);
  else
    console_.detail(message);
}

void TrainingReporter::tell(const ModelContinued& continued) const {
  note(fmt::format("started from {}: kept {} and {}, added {} and {}", init_,
                   counted(continued.kept_tokens, "token"), counted(continued.kept_labels, "label"),
                   counted(continued.added_tokens, "token"),
                   counted(continued.added_labels, "label")));
  const std::int32_t absent = continued.absent_labels;
  if (absent == 0 || continued.refit) return;
  const char* const them = absent == 1 ? "it" : "them";
  console_.warning(
      fmt::format("no training document has {} of {}: the model will predict {} less well; give "
                  "documents that have {} with --replay",
                  absent == 1 ? "a label" : with_commas(absent) + " labels", init_, them, them));
}

void TrainingReporter::tell(const RowsCached& cached) const {
  switch (cached.kind) {
    case RowsCached::kReused:
      return note(fmt::format("reused {}: same documents and tokens", cached.path));
    case RowsCached::kWritten:
      return note("wrote " + cached.path);
    case RowsCached::kDamaged:
      return console_.warning(fmt::format("{}; it will be written anew", cached.problem));
  }
}

void TrainingReporter::tell(const TrainingBegins& begins) {
  documents_ = begins.documents;
  tokens_ = begins.tokens;
  note(fmt::format("training on {} ({} held out), {}", counted(begins.documents, "document"),
                   with_commas(begins.held_out), counted(begins.tokens, "token")));
  const TrainingOptions& options = begins.options;
  console_.detail(fmt::format("{}, batch size {}, learning rate {:.4g}, {}, weight decay {:.4g}",
                              counted(options.epochs, "epoch"), options.batch_size, *options.lr,
                              counted(options.members, "network"), *options.weight_decay));
  last_ = "loss -";
}

void TrainingReporter::tell(const TrainingProgresses& progresses) {
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
  const BarText text = bar_text(fmt::format("{}{}epoch {}/{}  {}", part_, refit ? "refit " : "",
                                            progress.epoch, progress.epochs, last_),
                                done / all, done, progress.elapsed_s);
  const bool last = end != nullptr && progress.epoch == progress.epochs;
  if (last) bar_.clear();
  if (bar_.is_shown() && !last)
    bar_.update(done / all, text);
  else if (end != nullptr)
    note(text.what + "  " + text.speed);
}

void TrainingReporter::tell(const HeldOutScored& scored) const {
  note(fmt::format("accuracy on {}: {:.2f} % (epoch {})",
                   counted(scored.held_out, "held-out document"), 100 * *scored.best.valid_accuracy,
                   scored.best.epoch));
  if (scored.temperature != 1)
    note(fmt::format("calibrated the probabilities on them: temperature {:.3f}",
                     scored.temperature));
}

void TrainingReporter::tell(const ModelsCompared& compared) const {
  note(fmt::format("accuracy on the {} with a label of {}: {:.2f} % before, {:.2f} % now",
                   counted(compared.documents, "held-out document"), init_, 100 * compared.before,
                   100 * compared.after));
}

void TrainingReporter::tell(const TemperatureFitted& fitted) const {
  console_.detail(fmt::format("calibrated the probabilities on {}: temperature {:.3f}",
                              counted(fitted.left_out, "left-out document"), fitted.temperature));
}

void TrainingReporter::tell(const TrainingEnds& ends) const {
  console_.detail(
      fmt::format("trained on {} with LibTorch {}", ends.device, ends.libtorch_version));
}

void TrainingReporter::tell_written(const std::string& path, const Classifier& classifier,
                                    std::int64_t file_bytes) const {
  const std::int64_t kept = classifier.vectorizer.vocabulary().size();  // the important ones
  console_.note(fmt::format("wrote {}: {}{}, {}, {}, {}", path,
                            kept < tokens_ ? with_commas(kept) + " of " : std::string(),
                            counted(tokens_, "token"), counted(classifier.labels.size(), "label"),
                            describe_networks(classifier.ensemble), file_size(file_bytes)));
}

FoldObserver fold_reporter(const Console& console, std::int32_t folds) {
  const auto reporter = std::make_shared<std::optional<TrainingReporter>>();
  const auto learning = [=, &console](std::int32_t fold, const LearningEvent& event) {
    if (std::holds_alternative<TrainingBegins>(event))
      reporter->emplace(console, fmt::format("fold {}/{}  ", fold + 1, folds));
    (**reporter)(event);
  };
  const auto scored = [&console, folds](const ScoredFold& fold) {
    const ConfusionMatrix& matrix = fold.evaluation.matrix;
    console.note(fmt::format("fold {}/{}: accuracy {} % ({} of {})", fold.fold + 1, folds,
                             percent(fold.evaluation.metrics.accuracy),
                             with_commas(matrix.correct()),
                             counted(matrix.documents(), "document")));
  };
  return {learning, scored};
}

}  // namespace newsclf
