// SPDX-License-Identifier: MIT
// The output of `predict`: one record per document.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/predictor.hpp"
#include "newsclf/names/choice.hpp"

namespace newsclf {

enum class AnswerFormat {
  kTsv,       ///< [id TAB] label TAB probability [TAB label TAB probability …] [TAB reasons]
  kLabels,    ///< label [TAB label …]
  kJsonl,     ///< {"id", "label", "probability", "top", "known_tokens", "explanation"}
  kFasttext,  ///< `__label__x probability`, like `fasttext predict-prob`
};
inline constexpr Choice<AnswerFormat> kAnswerFormats[] = {{"tsv", AnswerFormat::kTsv},
                                                          {"labels", AnswerFormat::kLabels},
                                                          {"jsonl", AnswerFormat::kJsonl},
                                                          {"fasttext", AnswerFormat::kFasttext}};

struct AnswerOptions {
  AnswerFormat format = AnswerFormat::kTsv;
  PredictionOptions prediction = {};  ///< number of labels and reasons to write
  double min_confidence = 0;          ///< below this probability, write `unknown_label`
  std::string unknown_label = "unknown";
  std::string label_prefix = "__label__";
};

/// Formats predictions; the record of a document does not depend on other documents.
class AnswerWriter {
 public:
  /// Borrows `classifier`.
  /// @throws Error if a label cannot be written in the format
  AnswerWriter(const AnswerOptions& options, const Classifier& classifier);

  /// Returns one record per document.
  /// @param with_id whether the input has ids
  /// @param predictions for `documents`, with the labels and reasons that the options request
  std::string write(std::span<const Document> documents, bool with_id,
                    std::span<const Prediction> predictions);

  /// The last line, with the number of documents.
  std::string trailer(std::int64_t answers) const;

  /// The number of documents so far below the minimum confidence.
  std::int64_t unsure() const { return unsure_; }

 private:
  bool is_sure(const Prediction& answer) const {
    return answer.probability >= options_.min_confidence;
  }
  /// The name of `Prediction::labels[place]`; below the minimum confidence, the first is unknown.
  const std::string& name_of(const Prediction& answer, std::size_t place) const;
  void write_labels(const Prediction& answer, std::string& out) const;
  void write_json(const Prediction& answer, std::string& out) const;
  /// @param format for a token, escaped with `spelt`, and its contribution
  void write_reasons(const Reasons& reasons, const char* format, const char* separator,
                     std::string (*spelt)(std::string_view), std::string& out) const;

  const AnswerOptions options_;
  const Classifier& classifier_;
  std::vector<std::string> names_;  // of the labels, as written
  std::string unknown_;             // `unknown_label`, as written
  std::int64_t unsure_ = 0;
};

}  // namespace newsclf
