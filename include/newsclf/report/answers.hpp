// SPDX-License-Identifier: MIT
// The output of `predict`: one record per document.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/predictor.hpp"
#include "newsclf/names/choice.hpp"

namespace newsclf {

/// A record of TSV or CSV consists of: the kept columns, or else the id if there is one; a label
/// and its probability, as many pairs as requested; if documents may be refused, the label that was
/// refused, otherwise empty; the probability of every label, if requested;
/// the explanation, if requested.
enum class AnswerFormat {
  kTsv,       ///< fields separated by tabs, see `escape_tsv`
  kCsv,       ///< RFC 4180 with `\n` line ends, see `quote_csv`
  kLabels,    ///< label [TAB label …]
  kJsonl,     ///< {"id", "columns", "label", "probability", "top", "probabilities",
              ///< "known_tokens", "confidence", "refused", "explanation"}; "confidence" if
              ///< documents may be refused, "refused" for a refused one
  kFasttext,  ///< `__label__x probability`, like `fasttext predict-prob`
};
inline constexpr Choice<AnswerFormat> kAnswerFormats[] = {{"tsv", AnswerFormat::kTsv},
                                                          {"csv", AnswerFormat::kCsv},
                                                          {"labels", AnswerFormat::kLabels},
                                                          {"jsonl", AnswerFormat::kJsonl},
                                                          {"fasttext", AnswerFormat::kFasttext}};

struct AnswerOptions {
  AnswerFormat format = AnswerFormat::kTsv;
  PredictionOptions prediction = {};  ///< number of labels and reasons to write
  bool header = false;                ///< TSV and CSV: begin with the names of the columns
  bool keep_columns = false;          ///< TSV, CSV and JSONL: write `Document::columns` first
  bool probabilities = false;         ///< TSV, CSV and JSONL: also write those of all labels
  /// Write `unknown_label` below this confidence; unset: below the thresholds of the classifier.
  std::optional<double> min_confidence = {};
  std::string unknown_label = "unknown";
  std::string label_prefix = "__label__";

  bool is_table() const { return format == AnswerFormat::kTsv || format == AnswerFormat::kCsv; }
  /// What the predictions must contain.
  PredictionOptions needed() const {
    return {probabilities ? 0 : prediction.labels, prediction.reasons};
  }
};

/// Formats predictions; the record of a document does not depend on other documents. Call order:
/// `begin write* trailer?`.
class AnswerWriter {
 public:
  /// Borrows `classifier`.
  /// @throws Error if a label cannot be written in the format
  AnswerWriter(const AnswerOptions& options, const Classifier& classifier);

  /// Returns the header if it is requested, otherwise nothing. A name that is already the name of a
  /// kept column or of an earlier column gets the prefix `predicted_`: `label,predicted_label`.
  /// @param with_id whether the input has ids
  /// @param columns the names of the kept columns in TSV and CSV
  std::string begin(bool with_id, std::vector<std::string> columns);

  /// Appends one record per document to `out`. In TSV and CSV, kept columns are found by name; one
  /// that a document lacks is empty.
  /// @param predictions for `documents`, with the labels and reasons that the options need
  /// @throws Error if a document has a column that TSV or CSV output does not have, after the
  ///     documents before it were written
  void write(std::span<const Document> documents, std::span<const Prediction> predictions,
             std::string& out);

  /// The last line, with the number of documents.
  std::string trailer(std::int64_t answers) const;

  /// The number of documents refused so far.
  std::int64_t refused() const { return refused_; }

 private:
  /// Whether documents may be refused.
  bool refuses() const {
    return options_.min_confidence.has_value() || !classifier_.thresholds.is_empty();
  }
  bool is_refused(const Prediction& answer) const;
  /// The name of the most probable label, also of a refused answer.
  const std::string& best_name(const Prediction& answer) const {
    return names_[static_cast<std::size_t>(answer.labels.front().label)];
  }
  /// The most probable labels of `answer` that are written.
  std::span<const RankedLabel> shown(const Prediction& answer) const;
  /// The name of `Prediction::labels[place]`; if the answer is refused, the first is unknown.
  const std::string& name_of(const Prediction& answer, std::size_t place) const;
  std::string header() const;
  void write_line(const Document& document, const Prediction& answer, std::string& out) const;
  void write_columns(const Document& document, std::string& out) const;
  void write_labels(const Prediction& answer, std::string& out) const;
  void write_json(const Document& document, const Prediction& answer, std::string& out) const;
  /// @param format for a token, escaped with `spelt`, and its contribution
  void write_reasons(const Reasons& reasons, const char* format, const char* separator,
                     std::string (*spelt)(std::string_view), std::string& out) const;

  const AnswerOptions options_;
  const Classifier& classifier_;
  char separator_;                           // of fields; not used in JSON
  std::string (*escape_)(std::string_view);  // a field, or a string in JSON
  std::vector<std::string> names_;           // of the labels, as written
  std::string unknown_;                      // `unknown_label`, as written
  bool with_id_ = false;
  std::vector<std::string> columns_;  // names of the kept columns
  std::int64_t refused_ = 0;
};

}  // namespace newsclf
