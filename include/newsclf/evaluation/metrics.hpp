// SPDX-License-Identifier: MIT
// How good predictions are: what is computed from the confusion matrix, and what from the
// probabilities that documents were given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "newsclf/corpus/label_set.hpp"

namespace newsclf {

/// The probabilities that a model gave to two labels of a document.
struct Certainty {
  double predicted = 0;  ///< probability of the predicted label
  double log_truth = 0;  ///< natural logarithm of the true label's; 0 where that label is unknown
};

/// What a model made of a document.
struct JudgedDocument {
  std::string id;
  std::string label;       ///< the true label
  std::int32_t truth;      ///< its id; `LabelSet::kUnknown`: none of the model's
  std::int32_t predicted;  ///< the id of the label it was taken for
  std::int32_t rank;       ///< labels that come before the true one; an unknown label comes last
  Certainty certainty;
  Certainty uncalibrated;  ///< the same before the logits were divided by the temperature
};

/// @param logits [C], C at least 1, divided by `temperature`, none NaN; an infinite one counts as
///     the largest finite float, so that every probability has a finite logarithm
/// @param temperature > 0, 1 where the model was not calibrated (Guo et al., "On Calibration of
///     Modern Neural Networks", 2017)
JudgedDocument judge_document(std::string id, std::string label, std::int32_t truth,
                              std::span<const float> logits, float temperature);

/// Counts of (true label, predicted label); memory grows with the pairs that occur. The true label
/// of a document may be one that the model does not know; such a document counts as wrong, in every
/// figure it can count in.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::int32_t labels)
      : support_(static_cast<std::size_t>(labels)), predicted_(support_.size()) {}
  /// @param truth a label's id, or `LabelSet::kUnknown`
  void add(std::int32_t truth, std::int32_t predicted);

  std::int32_t labels() const { return static_cast<std::int32_t>(support_.size()); }
  /// The counts that are not 0, by (true label, predicted label).
  const std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t>& counts() const {
    return counts_;
  }
  std::int64_t count(std::int32_t truth, std::int32_t predicted) const;
  std::int64_t documents() const { return documents_; }
  std::int64_t correct() const { return correct_; }
  std::int64_t unknown() const { return unknown_; }  ///< documents of unknown labels
  /// Documents of this label.
  std::int64_t support(std::int32_t label) const {
    return support_[static_cast<std::size_t>(label)];
  }
  /// Documents taken for this label.
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

/// `part` of `whole`; 0 where `whole` is.
double ratio(std::int64_t part, std::int64_t whole);

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
  Scores macro;                ///< mean over the model's labels that have documents
  Scores micro;                ///< over all decisions; one label a document makes it the accuracy
  /// Mean over the labels of the documents, weighted by their documents. Those that the model does
  /// not know score 0, so that the recall is the accuracy.
  Scores weighted;
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

/// The `most` labels with most mistakes, those of their documents and those of others taken for
/// them; in order of labels.
std::vector<std::int32_t> labels_with_most_mistakes(const ConfusionMatrix& matrix,
                                                    std::size_t most);

/// Share of all documents whose true label is among the model's k best.
struct TopAccuracy {
  std::int32_t k;
  double accuracy;
};

/// For k in 1, 2, 3, 5 below the number of labels, k = 1 in any case.
/// @param documents at least one, judged by a model of `labels` labels
std::vector<TopAccuracy> top_accuracies(std::span<const JudgedDocument> documents,
                                        std::int32_t labels);

/// Mean of -ln p(true label), in nats, over the documents whose label the model knows.
/// @param documents hold at least one of a known label
double log_loss(std::span<const JudgedDocument> documents, Certainty JudgedDocument::*certainty);

/// The probability that a predicted label was given, and whether it was right.
struct Claim {
  double probability;
  bool right;
};

/// Documents of which the predicted label has a probability in (low, high]; both figures are 0
/// where there are none.
struct ReliabilityBin {
  double low = 0;
  double high = 0;
  std::int64_t documents = 0;
  double mean_probability = 0;
  double accuracy = 0;
};

inline constexpr std::size_t kReliabilityBins = 15;
using ReliabilityBins = std::array<ReliabilityBin, kReliabilityBins>;

/// Bins of equal width over probabilities from 0 to 1: bin i is (i/15, (i+1)/15], and the first
/// holds 0 too.
ReliabilityBins reliability_bins(std::span<const Claim> claims);

/// Expected calibration error: the mean over documents of how far accuracy and mean probability of
/// their bin lie apart (Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian
/// Binning", 2015; Guo et al., 2017). 0 where there are no documents.
double calibration_error(const ReliabilityBins& bins);

/// How far a model's probabilities can be believed.
struct Calibration {
  double log_loss = 0;
  double error = 0;      ///< see `calibration_error`
  ReliabilityBins bins;  ///< over all documents; one of an unknown label is never right
};

/// @param documents hold at least one of a known label
Calibration compute_calibration(std::span<const JudgedDocument> documents,
                                Certainty JudgedDocument::*certainty);

/// The temperature t for which softmax(logits / t) gives the least mean cross-entropy on documents
/// that the network has not learnt from (Guo et al., 2017). It changes no decision. Between 1/50
/// and 50, to a relative precision of 1e-6; 1 without documents.
/// @param logits [documents, C] @param labels ids, one a document; `LabelSet::kUnknown` is left out
float fit_temperature(std::span<const float> logits, std::span<const std::int32_t> labels);

/// All that a report is written from.
struct Evaluation {
  LabelSet labels;                        ///< the model's
  std::vector<JudgedDocument> documents;  ///< in the order they were read
  ConfusionMatrix matrix;
  Metrics metrics;
  std::vector<TopAccuracy> tops;
  float temperature;         ///< that the logits were divided by; 1: the model is not calibrated
  Calibration calibration;   ///< of the probabilities that the model gives
  Calibration uncalibrated;  ///< the same at temperature 1
  ReadCounts counts;

  bool is_calibrated() const { return temperature != 1; }
};

/// @param documents judged at `temperature`; at least one has a label of the model's
Evaluation evaluate(LabelSet labels, std::vector<JudgedDocument> documents, float temperature,
                    ReadCounts counts);

/// Ids of the documents of a confused pair, those first that the model was surest about.
std::vector<std::string> ids_of_pair(const Evaluation& evaluation, const ConfusedPair& pair);

}  // namespace newsclf
