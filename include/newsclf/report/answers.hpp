// SPDX-License-Identifier: MIT
// The answers of `predict`: one record of output for each document.
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
  kFasttext,  ///< `__label__x probability`, as `fasttext predict-prob`
};
inline constexpr Choice<AnswerFormat> kAnswerFormats[] = {{"tsv", AnswerFormat::kTsv},
                                                          {"labels", AnswerFormat::kLabels},
                                                          {"jsonl", AnswerFormat::kJsonl},
                                                          {"fasttext", AnswerFormat::kFasttext}};

struct AnswerOptions {
  AnswerFormat format = AnswerFormat::kTsv;
  PredictionOptions prediction = {};  ///< how many labels and reasons are written
  double min_confidence = 0;          ///< below this probability the answer is `unknown_label`
  std::string unknown_label = "unknown";
  std::string label_prefix = "__label__";
};

/// Writes answers; the same for a document whatever stands beside it.
class AnswerWriter {
 public:
  /// Borrows `classifier`.
  /// @throws Error if a label cannot be written in the format
  AnswerWriter(const AnswerOptions& options, const Classifier& classifier);

  /// One record for each document.
  /// @param with_id whether the input has ids
  /// @param predictions for `documents`, with what the options ask for
  std::string write(std::span<const Document> documents, bool with_id,
                    std::span<const Prediction> predictions);

  /// A last line that says how many answers there are.
  std::string trailer(std::int64_t answers) const;

  /// Answers so far that were below the least confidence.
  std::int64_t unsure() const { return unsure_; }

 private:
  bool is_sure(const Prediction& answer) const {
    return answer.probability >= options_.min_confidence;
  }
  /// Of the label at a place in `Prediction::labels`; for an unsure answer the first is unknown.
  const std::string& name_of(const Prediction& answer, std::size_t place) const;
  void write_labels(const Prediction& answer, std::string& out) const;
  void write_json(const Prediction& answer, std::string& out) const;
  /// @param format of a token, as `spelt` writes it, and its contribution
  void write_reasons(const Reasons& reasons, const char* format, const char* separator,
                     std::string (*spelt)(std::string_view), std::string& out) const;

  const AnswerOptions options_;
  const Classifier& classifier_;
  std::vector<std::string> names_;  // of the labels, as they are written
  std::string unknown_;             // likewise
  std::int64_t unsure_ = 0;
};

}  // namespace newsclf
