// SPDX-License-Identifier: MIT
// Compares two models on the same documents: how often each is correct, whether the difference may
// be chance, and which documents they label differently.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/evaluation/metrics.hpp"

namespace newsclf {

/// The label that a model predicted for a document.
struct ModelAnswer {
  std::string label;
  float probability;
};

/// The models keep the order in which they were given: 0 is the first, 1 the second.
enum WhichModel : std::size_t { kFirst = 0, kSecond = 1 };

/// A document and the predictions of both models. A model is never correct on a document whose
/// label it does not know.
struct ComparedDocument {
  std::string id;
  std::string label;  ///< the true one
  std::array<ModelAnswer, 2> answers;

  bool is_right(std::size_t model) const { return answers[model].label == label; }
  bool is_changed() const { return answers[kFirst].label != answers[kSecond].label; }
};

/// The number of documents that both models, only one or neither of them label correctly.
struct PairedCounts {
  std::int64_t both_right = 0;
  std::int64_t only_first = 0;
  std::int64_t only_second = 0;
  std::int64_t both_wrong = 0;

  std::int64_t documents() const { return both_right + only_first + only_second + both_wrong; }
  std::int64_t right(std::size_t model) const {
    return both_right + (model == kFirst ? only_first : only_second);
  }
};

/// The exact two-sided p-value of McNemar's test (McNemar, 1947): for two models that are correct
/// equally often, the probability that the documents that only one of them labels correctly divide
/// at least as unevenly as observed. It is twice the lower tail of a binomial distribution with
/// p = 1/2, at most 1; it is 1 if there are no such documents.
double mcnemar_exact(std::int64_t only_first, std::int64_t only_second);

/// 95 % confidence interval for the second model's accuracy minus the first's on paired documents:
/// method 10 of Newcombe, "Improved confidence intervals for the difference between binomial
/// proportions based on paired data", 1998, which combines both Wilson intervals using the
/// correlation. @param counts at least one document
Interval paired_difference_interval(const PairedCounts& counts);

/// A model in a comparison.
struct ComparedModel {
  std::string name;    ///< its file
  std::string digest;  ///< of the file; equal for the same model
  LabelSet labels;
};

/// The metrics of a model.
struct ModelScore {
  std::int64_t right = 0;
  std::int64_t unknown = 0;  ///< documents with a label unknown to the model; they count as wrong
  double accuracy = 0;
  Interval interval;  ///< 95 %, see `wilson_interval`
  /// Mean F1 over the labels of the documents that either model knows, so that both models are
  /// measured on the same labels. A label that this model does not know has F1 0.
  double macro_f1 = 0;
};

/// All data for a report on two models.
struct Comparison {
  std::array<ComparedModel, 2> models;
  std::vector<ComparedDocument> documents;  ///< in input order
  ReadCounts read;
  PairedCounts counts;
  std::array<ModelScore, 2> scores;
  double difference = 0;  ///< accuracy of the second model minus that of the first
  Interval difference_interval;
  double p_value = 1;        ///< see `mcnemar_exact`
  std::int64_t changed = 0;  ///< documents with different predicted labels
};

/// @param documents at least one; one of them has a label that a model knows
Comparison compare_models(std::array<ComparedModel, 2> models,
                          std::vector<ComparedDocument> documents, ReadCounts read);

}  // namespace newsclf
