// SPDX-License-Identifier: MIT
#include "newsclf/report/answers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "newsclf/error/error.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/column_names.hpp"
#include "report/json_text.hpp"

namespace newsclf {
namespace {

std::string as_json(std::string_view text) { return json_text(text, -1); }
std::string as_it_is(std::string_view text) { return std::string(text); }

/// A label as the output format writes it.
std::string spell(const std::string& label, const AnswerOptions& options,
                  std::string (*escape)(std::string_view)) {
  if (options.format != AnswerFormat::kFasttext) return escape(label);
  if (label.find_first_of(" \t\n\r") != std::string::npos)
    throw Error("--output-format fasttext",
                fmt::format("the label '{}' contains white space, which ends a label there", label),
                "use tsv, csv or jsonl");
  return options.label_prefix + label;
}

/// The value of a column as text: a JSON string is decoded, null is empty.
std::string text_of(const InputColumn& column) {
  if (!column.is_json) return column.value;
  if (column.value.starts_with('"')) return nlohmann::json::parse(column.value).get<std::string>();
  return column.value == "null" ? "" : column.value;
}

/// The value of a column as JSON on one line.
std::string json_of(const InputColumn& column) {
  if (!column.is_json) return as_json(column.value);
  std::string value = column.value;  // line ends in it are between tokens
  std::ranges::replace_if(value, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return value;
}

template <typename... Values>
void append(std::string& out, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

}  // namespace

AnswerWriter::AnswerWriter(const AnswerOptions& options, const Classifier& classifier)
    : options_(options),
      classifier_(classifier),
      separator_(options.format == AnswerFormat::kCsv        ? ','
                 : options.format == AnswerFormat::kFasttext ? ' '
                                                             : '\t'),
      escape_(options.format == AnswerFormat::kCsv     ? quote_csv
              : options.format == AnswerFormat::kJsonl ? as_json
                                                       : escape_tsv),
      unknown_(spell(options.unknown_label, options, escape_)) {
  for (const std::string& label : classifier.labels.labels())
    names_.push_back(spell(label, options, escape_));
}

std::string AnswerWriter::begin(bool with_id, std::vector<std::string> columns) {
  with_id_ = with_id;
  columns_ = std::move(columns);
  return options_.header ? header() : std::string();
}

std::string AnswerWriter::header() const {
  std::vector<std::string> names;
  if (options_.keep_columns)
    names = columns_;
  else if (with_id_)
    names = {"id"};
  const std::size_t given = names.size();
  const std::size_t wanted = options_.prediction.labels;
  const std::size_t pairs = wanted == 0 ? names_.size() : std::min(wanted, names_.size());
  for (std::size_t place = 1; place <= pairs; ++place)
    for (const char* const name : {"label", "probability"})
      names.push_back(wanted == 1 ? name : fmt::format("{}{}", name, place));
  if (refuses()) names.emplace_back("refused_label");
  if (options_.probabilities)
    std::ranges::copy(classifier_.labels.labels(), std::back_inserter(names));
  if (options_.prediction.reasons > 0) names.emplace_back("explanation");
  names = distinct_names(std::move(names), given);
  std::ranges::transform(names, names.begin(), escape_);
  return fmt::format("{}\n", fmt::join(names, std::string_view(&separator_, 1)));
}

void AnswerWriter::write(std::span<const Document> documents,
                         std::span<const Prediction> predictions, std::string& out) {
  for (std::size_t d = 0; d < documents.size(); ++d) {
    refused_ += is_refused(predictions[d]);
    if (options_.format == AnswerFormat::kJsonl)
      write_json(documents[d], predictions[d], out);
    else
      write_line(documents[d], predictions[d], out);
    out += '\n';
  }
}

bool AnswerWriter::is_refused(const Prediction& answer) const {
  if (options_.min_confidence) return answer.confidence < *options_.min_confidence;
  return !classifier_.thresholds.allow(answer.labels.front().label, answer.confidence);
}

std::span<const RankedLabel> AnswerWriter::shown(const Prediction& answer) const {
  const std::span<const RankedLabel> labels = answer.labels;
  const std::size_t wanted = options_.prediction.labels;
  return wanted == 0 ? labels : labels.first(std::min(wanted, labels.size()));
}

const std::string& AnswerWriter::name_of(const Prediction& answer, std::size_t place) const {
  if (place == 0 && is_refused(answer)) return unknown_;
  return names_[static_cast<std::size_t>(answer.labels[place].label)];
}

void AnswerWriter::write_line(const Document& document, const Prediction& answer,
                              std::string& out) const {
  if (options_.is_table() && options_.keep_columns)
    write_columns(document, out);
  else if (options_.is_table() && with_id_)
    out.append(escape_(document.id)) += separator_;
  write_labels(answer, out);
  if (options_.is_table() && refuses()) {
    out += separator_;
    if (is_refused(answer)) out += best_name(answer);
  }
  if (options_.probabilities)
    for (const float probability : in_label_order(answer.labels))
      append(out, "{}{}", separator_, probability);
  if (answer.reasons) {
    std::string reasons;
    write_reasons(*answer.reasons, "{} {:+.4g}", ", ", as_it_is, reasons);
    (out += separator_) += escape_(reasons);
  }
}

void AnswerWriter::write_columns(const Document& document, std::string& out) const {
  const auto& columns = document.columns;
  const auto add = [&](const std::string& text) { (out += escape_(text)) += separator_; };
  if (std::ranges::equal(columns, columns_, {}, &InputColumn::name)) {
    for (const InputColumn& column : columns) add(text_of(column));
    return;
  }
  for (const InputColumn& column : columns)
    if (std::ranges::find(columns_, column.name) == columns_.end())
      throw Error(ErrorCode::kOtherColumn, document.id,
                  fmt::format("the column '{}' is not one of the first record ({})", column.name,
                              short_list(columns_)));
  for (const std::string& name : columns_) {
    const auto column = std::ranges::find(columns, name, &InputColumn::name);
    add(column == columns.end() ? std::string() : text_of(*column));
  }
}

void AnswerWriter::write_labels(const Prediction& answer, std::string& out) const {
  const std::span<const RankedLabel> labels = shown(answer);
  for (std::size_t c = 0; c < labels.size(); ++c) {
    if (c > 0) out += separator_;
    out += name_of(answer, c);
    if (options_.format != AnswerFormat::kLabels)
      append(out, "{}{}", separator_, labels[c].probability);
  }
}

void AnswerWriter::write_json(const Document& document, const Prediction& answer,
                              std::string& out) const {
  out += '{';
  if (with_id_) append(out, "\"id\":{},", as_json(document.id));
  if (options_.keep_columns) {
    const char* before = "\"columns\":{";
    for (const InputColumn& column : document.columns) {
      append(out, "{}{}:{}", before, as_json(column.name), json_of(column));
      before = ",";
    }
    out += document.columns.empty() ? "\"columns\":{}," : "},";
  }
  append(out, "\"label\":{},\"probability\":{}", name_of(answer, 0), answer.probability);
  if (options_.prediction.labels != 1) {
    const char* before = ",\"top\":[";
    for (const auto& [label, probability] : shown(answer)) {
      append(out, "{}{{\"label\":{},\"probability\":{}}}", before,
             names_[static_cast<std::size_t>(label)], probability);
      before = ",";
    }
    out += ']';
  }
  if (options_.probabilities) {
    const std::vector<float> probabilities = in_label_order(answer.labels);
    for (std::size_t l = 0; l < probabilities.size(); ++l)
      append(out, "{}{}:{}", l == 0 ? ",\"probabilities\":{" : ",", names_[l], probabilities[l]);
    out += '}';
  }
  append(out, ",\"known_tokens\":{}", answer.known_tokens);
  if (refuses()) append(out, ",\"confidence\":{}", answer.confidence);
  if (is_refused(answer)) append(out, ",\"refused\":{}", best_name(answer));
  if (answer.reasons) {
    out += ",\"explanation\":[";
    write_reasons(*answer.reasons, "{{\"token\":{},\"contribution\":{}}}", ",", as_json, out);
    out += ']';
  }
  out += '}';
}

void AnswerWriter::write_reasons(const Reasons& reasons, const char* format, const char* separator,
                                 std::string (*spelt)(std::string_view), std::string& out) const {
  const char* before = "";
  for (const auto* const side : {&reasons.in_favour, &reasons.against})
    for (const TokenContribution& token : *side) {
      out += before;
      append(out, fmt::runtime(format),
             spelt(classifier_.vectorizer.vocabulary().token(token.column)), token.contribution);
      before = separator;
    }
}

std::string AnswerWriter::trailer(std::int64_t answers) const {
  return options_.format == AnswerFormat::kJsonl ? fmt::format("{{\"documents\":{}}}\n", answers)
                                                 : fmt::format("# documents {}\n", answers);
}

}  // namespace newsclf
