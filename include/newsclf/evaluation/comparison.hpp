// SPDX-License-Identifier: MIT
// Two models on the same documents: how often each is right, whether the difference could be
// chance, and which documents they label differently.
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

/// What a model took a document for.
struct ModelAnswer {
  std::string label;
  float probability;
};

/// The two models stand in the order they were given in: 0 is the first, 1 the second.
enum WhichModel : std::size_t { kFirst = 0, kSecond = 1 };

/// A document with the answers of both models. A model is never right about a label that it does
/// not know.
struct ComparedDocument {
  std::string id;
  std::string label;  ///< the true one
  std::array<ModelAnswer, 2> answers;

  bool is_right(std::size_t model) const { return answers[model].label == label; }
  bool is_changed() const { return answers[kFirst].label != answers[kSecond].label; }
};

/// How many documents both models label right, one of them, or neither.
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

/// The exact two-sided p-value of McNemar's test (McNemar, 1947): the probability that, of the
/// documents that only one model has right, chance would divide as unevenly or more between two
/// models that are right equally often. Twice the lower tail of a binomial distribution of 1/2, at
/// most 1; 1 where there are no such documents.
double mcnemar_exact(std::int64_t only_first, std::int64_t only_second);

/// Interval at 95 % for the second model's accuracy minus the first's, on paired documents: method
/// 10 of Newcombe, "Improved confidence intervals for the difference between binomial proportions
/// based on paired data", 1998, which joins the Wilson intervals of both by their correlation.
/// @param counts of at least one document
Interval paired_difference_interval(const PairedCounts& counts);

/// A model in a comparison.
struct ComparedModel {
  std::string name;    ///< the file it was read from
  std::string digest;  ///< of that file; equal for the same model
  LabelSet labels;
};

/// How often a model was right.
struct ModelScore {
  std::int64_t right = 0;
  std::int64_t unknown = 0;  ///< documents of labels that it does not know; they count as wrong
  double accuracy = 0;
  Interval interval;  ///< 95 %, see `wilson_interval`
};

/// All that a report of two models is written from.
struct Comparison {
  std::array<ComparedModel, 2> models;
  std::vector<ComparedDocument> documents;  ///< in the order they were read
  ReadCounts read;
  PairedCounts counts;
  std::array<ModelScore, 2> scores;
  double difference = 0;  ///< accuracy of the second minus that of the first
  Interval difference_interval;
  double p_value = 1;        ///< see `mcnemar_exact`
  std::int64_t changed = 0;  ///< documents of which the predicted label differs
};

/// @param documents at least one
Comparison compare_models(std::array<ComparedModel, 2> models,
                          std::vector<ComparedDocument> documents, ReadCounts read);

}  // namespace newsclf
