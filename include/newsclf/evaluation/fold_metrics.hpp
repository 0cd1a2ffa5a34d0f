// SPDX-License-Identifier: MIT
// The result of a cross-validation: each metric in each fold, and the predictions for all
// documents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "newsclf/evaluation/metrics.hpp"

namespace newsclf {

/// A metric and its value in each fold.
struct FoldMetric {
  std::string key;            ///< "macro_f1"
  std::string name;           ///< "macro F1"
  std::vector<double> folds;  ///< at least two

  double mean() const;
  /// The standard deviation over the folds (with k - 1) divided by the square root of k, as if the
  /// folds were independent. Since they share training documents, no unbiased estimate exists, and
  /// this one is usually too small (Bengio & Grandvalet, "No Unbiased Estimator of the Variance of
  /// K-Fold Cross-Validation", 2004).
  double standard_error() const;
};

/// Adds the metrics of one more fold to `metrics`: accuracy, macro_precision, macro_recall,
/// macro_f1, weighted_f1, log_loss, calibration_error, and top_2_accuracy etc. as in
/// `top_accuracies`. All folds have the same labels.
void add_fold(const Evaluation& fold, std::vector<FoldMetric>& metrics);

struct CrossValidation {
  std::uint64_t seed = 0;                    ///< of the folds and the trainings
  std::vector<std::int64_t> fold_documents;  ///< number of documents in each fold
  std::vector<FoldMetric> metrics;
  /// Of all documents in input order, each judged with the classifier that was trained on the other
  /// folds. Its temperature is 1, as each classifier has its own.
  Evaluation pooled;
};

}  // namespace newsclf
