// SPDX-License-Identifier: MIT
// Evaluation metrics: those computed from the confusion matrix, and those computed from the
// predicted probabilities.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "newsclf/corpus/label_set.hpp"

namespace newsclf {

/// The probabilities that a model predicted for two labels of a document.
struct Certainty {
  double predicted = 0;  ///< probability of the predicted label
  double log_truth = 0;  ///< ln of the true label's probability; 0 if that label is unknown
};

/// A document and its evaluated prediction.
struct JudgedDocument {
  std::string id;
  std::string label;       ///< the true label
  std::int32_t truth;      ///< its id; `LabelSet::kUnknown`: not a label of the model
  std::int32_t predicted;  ///< the id of the predicted label
  std::int32_t rank;       ///< number of labels ranked above the true one; an unknown label is last
  Certainty certainty;
  Certainty uncalibrated;                 ///< same, before dividing the logits by the temperature
  std::vector<float> probabilities = {};  ///< of all labels; empty unless they are reported
  float confidence = 0;                   ///< see `Prediction::confidence`
};

/// The confidence is the probability of the predicted label, as if all words were known.
/// @param logits [C], C at least 1, divided by `temperature`, none NaN; an infinite logit counts as
///     the largest finite float, so that every probability has a finite logarithm
/// @param temperature > 0; 1 if the model is not calibrated (Guo et al., "On Calibration of Modern
///     Neural Networks", 2017)
JudgedDocument judge_document(std::string id, std::string label, std::int32_t truth,
                              std::span<const float> logits, float temperature);

/// Counts of (true label, predicted label); memory grows with the number of pairs that occur. The
/// model may not know the true label of a document; such a document counts as wrong in every metric
/// that includes it.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::int32_t labels)
      : support_(static_cast<std::size_t>(labels)), predicted_(support_.size()) {}
  /// @param truth the id of a label, or `LabelSet::kUnknown`
  void add(std::int32_t truth, std::int32_t predicted);

  std::int32_t labels() const { return static_cast<std::int32_t>(support_.size()); }
  /// The non-zero counts by (true label, predicted label).
  const std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t>& counts() const {
    return counts_;
  }
  std::int64_t count(std::int32_t truth, std::int32_t predicted) const;
  std::int64_t documents() const { return documents_; }
  std::int64_t correct() const { return correct_; }
  std::int64_t unknown() const { return unknown_; }  ///< documents with unknown labels
  /// The number of documents with this true label.
  std::int64_t support(std::int32_t label) const {
    return support_[static_cast<std::size_t>(label)];
  }
  /// The number of documents with this predicted label.
  std::int64_t predicted(std::int32_t label) const {
    return predicted_[static_cast<std::size_t>(label)];
  }

 private:
  std::int64_t documents_ = 0;
  std::int64_t correct_ = 0;
  std::int64_t unknown_ = 0;
  std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> counts_;
  std::vector<std::int64_t> support_;
  std::vector<std::int64_t> predicted_;
};

/// `part` / `whole`; 0 if `whole` is 0.
double ratio(std::int64_t part, std::int64_t whole);

/// Precision: share of a label's predictions that are correct; recall: share of its documents that
/// are predicted correctly; F1: their harmonic mean. Each is 0 if its denominator is 0.
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
  std::vector<Scores> labels;  ///< one per label of the model
  Scores macro;                ///< mean over the model's labels with documents
  Scores micro;                ///< over all predictions; with one label per document, the accuracy
  /// Mean over the labels of the documents, weighted by number of documents. Labels unknown to the
  /// model score 0, so that the recall equals the accuracy.
  Scores weighted;
};

/// @param matrix with at least one document of a known label
Metrics compute_metrics(const ConfusionMatrix& matrix);

/// 95 % confidence interval for a proportion of `successes` in `trials` > 0 (Wilson, 1927).
Interval wilson_interval(std::int64_t successes, std::int64_t trials);

/// A pair of labels where documents with one are predicted as the other.
struct ConfusedPair {
  std::int32_t truth;
  std::int32_t predicted;
  std::int64_t count;
};

/// The `most` pairs with the highest counts; equal counts are ordered by label.
std::vector<ConfusedPair> most_confused_pairs(const ConfusionMatrix& matrix, std::size_t most);

/// The `most` labels with the most mistakes, in order of labels. A wrong prediction counts for both
/// its true and its predicted label.
std::vector<std::int32_t> labels_with_most_mistakes(const ConfusionMatrix& matrix,
                                                    std::size_t most);

/// Share of all documents whose true label is among the model's k most probable labels.
struct TopAccuracy {
  std::int32_t k;
  double accuracy;
};

/// Top-k accuracy for k in 1, 2, 3, 5 below the number of labels; always for k = 1.
/// @param documents at least one, evaluated with a model of `labels` labels
std::vector<TopAccuracy> top_accuracies(std::span<const JudgedDocument> documents,
                                        std::int32_t labels);

/// Mean of -ln p(true label), in nats, over the documents whose label the model knows.
/// @param documents with at least one known label
double log_loss(std::span<const JudgedDocument> documents, Certainty JudgedDocument::*certainty);

/// The probability of a predicted label, and whether the label is correct.
struct Claim {
  double probability;
  bool right;
};

/// The documents whose predicted label has a probability in (low, high]. Mean and accuracy are 0
/// if there are none.
struct ReliabilityBin {
  double low = 0;
  double high = 0;
  std::int64_t documents = 0;
  double mean_probability = 0;
  double accuracy = 0;
};

inline constexpr std::size_t kReliabilityBins = 15;
using ReliabilityBins = std::array<ReliabilityBin, kReliabilityBins>;

/// Bins of equal width over probabilities from 0 to 1: bin i is (i/15, (i+1)/15]; the first also
/// includes 0.
ReliabilityBins reliability_bins(std::span<const Claim> claims);

/// Expected calibration error: the mean over documents of the absolute difference between accuracy
/// and mean probability of their bin (Naeini et al., "Obtaining Well Calibrated Probabilities
/// Using Bayesian Binning", 2015; Guo et al., 2017). 0 if there are no documents.
double calibration_error(const ReliabilityBins& bins);

/// How well a model's probabilities are calibrated.
struct Calibration {
  double log_loss = 0;
  double error = 0;      ///< see `calibration_error`
  ReliabilityBins bins;  ///< over all documents; one with an unknown label is never correct
};

/// @param documents with at least one known label
Calibration compute_calibration(std::span<const JudgedDocument> documents,
                                Certainty JudgedDocument::*certainty);

/// The temperature t that minimizes the mean cross-entropy of softmax(logits / t) on documents that
/// the network was not trained on (Guo et al., 2017). It does not change predicted labels. In
/// [1/50, 50], with a relative precision of 1e-6; 1 without documents.
/// @param deviation if not 0, the standard deviation of a normal prior distribution of ln t with
/// the mean 0, which prevents extreme temperatures for few documents
/// @param logits [documents, C] @param labels ids, one per document; ignores `LabelSet::kUnknown`
float fit_temperature(std::span<const float> logits, std::span<const std::int32_t> labels,
                      double deviation = 0);

/// The documents that a model with thresholds answers.
struct Answered {
  std::int64_t documents = 0;
  std::int64_t correct = 0;
};

/// All data for a report.
struct Evaluation {
  LabelSet labels;                        ///< of the model
  std::vector<JudgedDocument> documents;  ///< in input order
  ConfusionMatrix matrix;
  Metrics metrics;
  std::vector<TopAccuracy> tops;
  float temperature;         ///< divides the logits; 1: the model is not calibrated
  Calibration calibration;   ///< of the predicted probabilities
  Calibration uncalibrated;  ///< same, at temperature 1
  ReadCounts counts;
  std::optional<Answered> answered = {};  ///< none if the model has no thresholds

  bool is_calibrated() const { return temperature != 1; }
};

/// @param documents evaluated at `temperature`; at least one has a label of the model
Evaluation evaluate(LabelSet labels, std::vector<JudgedDocument> documents, float temperature,
                    ReadCounts counts);

/// The labels of the model, lowest F1 first; ties by number of documents, largest first. Labels
/// without documents are last.
std::vector<std::int32_t> labels_by_f1(const Evaluation& evaluation);

/// The ids of the documents of a confused pair, highest predicted probability first.
std::vector<std::string> ids_of_pair(const Evaluation& evaluation, const ConfusedPair& pair);

}  // namespace newsclf
