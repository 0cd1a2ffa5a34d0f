// SPDX-License-Identifier: MIT
// Shows the progress of trainings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "cli/console.hpp"
#include "newsclf/learning/cross_validation.hpp"
#include "newsclf/learning/learn.hpp"

namespace newsclf {

/// Shows the progress of `learn`, as a bar or as one line per epoch.
class TrainingReporter {
 public:
  /// Borrows `console`. @param part if the training is one of several, names it: "fold 2/5  ". It
  /// begins the text of the bar; lines are then shown only with -v.
  /// @param init the name of the model that the training starts from, if any
  explicit TrainingReporter(const Console& console, std::string part = {}, std::string init = {})
      : console_(console), bar_(console), part_(std::move(part)), init_(std::move(init)) {}

  void operator()(const LearningEvent& event);
  /// After training: describes the classifier in the file `path` of so many bytes.
  void tell_written(const std::string& path, const Classifier& classifier,
                    std::int64_t file_bytes) const;

 private:
  void tell(const RowsCached& cached) const;
  void tell(const ModelContinued& continued) const;
  void tell(const TrainingBegins& begins);
  void tell(const TrainingProgresses& progresses);
  void tell(const HeldOutScored& scored) const;
  void tell(const ModelsCompared& compared) const;
  void tell(const TemperatureFitted& fitted) const;
  void tell(const TrainingEnds& ends) const;
  void note(std::string_view message) const;

  const Console& console_;
  ProgressBar bar_;
  const std::string part_, init_;
  std::int64_t documents_ = 0, tokens_ = 0;  // of the current training
  std::string last_;
};

/// Shows the progress of `cross_validate`: a bar, and one line per fold. Borrows `console`.
FoldObserver fold_reporter(const Console& console, std::int32_t folds);

}  // namespace newsclf
