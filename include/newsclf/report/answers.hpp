// SPDX-License-Identifier: MIT
// The answers of `predict`: one record of output for each document.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/explanation.hpp"
#include "newsclf/parallel/workers.hpp"
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
  std::int64_t labels = 1;               ///< how many of the best labels are told; 0: all
  double min_confidence = 0;             ///< below this probability the answer is `unknown_label`
  std::string unknown_label = "unknown";
  std::int64_t reasons = 0;              ///< tokens for, and tokens against, that are told; 0: none
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
  /// @param logits [documents, C]
  std::string write(std::span<const Document> documents, bool with_id, const SparseRows& rows,
                    std::span<const float> logits, Workers& workers);

  /// A last line that says how many answers there are.
  std::string trailer(std::int64_t answers) const;

  /// Answers so far that were below the least confidence.
  std::int64_t unsure() const { return unsure_; }

 private:
  struct Candidate {
    std::int32_t label;
    float probability;
  };
  /// The best labels of a document, the best first.
  std::vector<Candidate> rank(std::span<const float> logits) const;
  bool is_sure(const Candidate& best) const { return best.probability >= options_.min_confidence; }
  const std::string& name_of_answer(const std::vector<Candidate>& candidates) const;
  std::vector<Reasons> find_reasons(const SparseRows& rows, std::span<const float> logits,
                                    Workers& workers) const;

  /// A document and what is said about it.
  struct Answer {
    const Document& document;
    std::vector<Candidate> candidates;
    std::size_t known_tokens;
    const Reasons* reasons;  ///< null: not asked for
  };
  void write_tsv(const Answer& answer, bool with_id, std::string& out) const;
  void write_words(const Answer& answer, std::string& out) const;
  void write_json(const Answer& answer, bool with_id, std::string& out) const;

  const AnswerOptions options_;
  const Classifier& classifier_;
  std::optional<Explainer> explainer_;  // where reasons are asked for
  std::vector<std::string> names_;  // of the labels, as they are written
  std::string unknown_;             // likewise
  std::int64_t unsure_ = 0;
};

}  // namespace newsclf
