// SPDX-License-Identifier: MIT
// The answers of `predict`: one record of output for each document.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/text/choice.hpp"

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

/// --output-format, -k, --min-confidence, --unknown-label, --explain
void add_answer_options(CLI::App& app, AnswerOptions& options);
/// @throws CLI::ValidationError if the options contradict each other
void check_answer_options(const AnswerOptions& options);

/// `text` with tab, newline, carriage return and backslash written `\t`, `\n`, `\r`, `\\`.
std::string escape_tsv(std::string_view text);

/// Writes answers; the same for a document whatever stands beside it.
class AnswerWriter {
 public:
  /// Borrows `classifier`.
  /// @throws Error if a label cannot be written in the format
  AnswerWriter(const AnswerOptions& options, const Classifier& classifier);

  /// Appends one record for a document.
  /// @param with_id whether the input has ids
  /// @param logits [C]
  void write(const Document& document, bool with_id, const SparseRow& row,
             std::span<const float> logits, std::string& out);

  /// A last line that says how many answers there are.
  std::string trailer(std::int64_t answers) const;

  /// Answers so far that were below the least confidence.
  std::int64_t unsure() const { return unsure_; }

 private:
  struct Candidate {
    std::int32_t label;
    float probability;
  };
  void rank(std::span<const float> logits);
  void write_tsv(const Document& document, bool with_id, const std::string& reasons,
                 std::string& out) const;
  void write_json(const Document& document, bool with_id, const SparseRow& row, std::string& out);

  const AnswerOptions options_;
  const Classifier& classifier_;
  std::vector<std::string> names_;     // of the labels, as they are written
  std::string unknown_;                // likewise
  std::vector<Candidate> candidates_;  // of the document at hand, the best first
  bool sure_ = true;
  std::int64_t unsure_ = 0;
};

}  // namespace newsclf
