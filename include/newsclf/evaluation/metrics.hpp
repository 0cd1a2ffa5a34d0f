// SPDX-License-Identifier: MIT
// How good predictions are: confusion matrix, and what is computed from it.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace newsclf {

/// Counts of (true label, predicted label). The true label of a document may be one that the model
/// does not know; such a document counts as wrong, in every figure it can count in.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::int32_t labels);
  /// @param truth a label's id, or `LabelSet::kUnknown`
  void add(std::int32_t truth, std::int32_t predicted);

  std::int32_t labels() const { return labels_; }
  std::int64_t count(std::int32_t truth, std::int32_t predicted) const;
  std::int64_t documents() const { return documents_; }
  std::int64_t correct() const { return correct_; }
  std::int64_t unknown() const { return unknown_; }  ///< documents of unknown labels
  std::int64_t support(std::int32_t label) const;    ///< documents of this label
  std::int64_t predicted(std::int32_t label) const;  ///< documents taken for this label

 private:
  std::int32_t labels_;
  std::int64_t documents_ = 0;
  std::int64_t correct_ = 0;
  std::int64_t unknown_ = 0;
  std::vector<std::int64_t> counts_;  // [labels, labels], rows are true labels
  std::vector<std::int64_t> support_;
  std::vector<std::int64_t> predicted_;
};

/// Precision is right among predicted, recall right among true, F1 their harmonic mean; each is 0
/// where its denominator is.
struct Scores {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

struct Interval {
  double low = 0;
  double high = 0;
};

struct Metrics {
  std::int64_t documents = 0;
  double accuracy = 0;
  Interval accuracy_interval;  ///< 95 %, see `wilson_interval`
  std::vector<Scores> labels;  ///< for each label of the model
  Scores macro;                ///< mean over the labels that have documents
  Scores micro;                ///< over all decisions; one label a document makes it the accuracy
  Scores weighted;             ///< mean over the labels, weighted by their documents
};

/// @param matrix holds at least one document of a known label
Metrics compute_metrics(const ConfusionMatrix& matrix);

/// Interval for a proportion of `successes` in `trials` (> 0) at 95 % (Wilson, 1927).
Interval wilson_interval(std::int64_t successes, std::int64_t trials);

/// A pair of labels of which documents of the one are taken for the other.
struct ConfusedPair {
  std::int32_t truth;
  std::int32_t predicted;
  std::int64_t count;
};

/// The `most` pairs with the highest counts; equal counts in order of labels.
std::vector<ConfusedPair> most_confused_pairs(const ConfusionMatrix& matrix, std::size_t most);

}  // namespace newsclf
