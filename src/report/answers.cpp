// SPDX-License-Identifier: MIT
#include "newsclf/report/answers.hpp"

#include <fmt/format.h>

#include "newsclf/error/error.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/json_text.hpp"

namespace newsclf {
namespace {

std::string as_json(std::string_view text) { return json_text(text, -1); }

/// A label as the output format writes it.
std::string spell(const std::string& label, const AnswerOptions& options) {
  switch (options.format) {
    case AnswerFormat::kJsonl:
      return as_json(label);
    case AnswerFormat::kFasttext:
      if (label.find_first_of(" \t\n\r") != std::string::npos)
        throw Error(
            "--output-format fasttext",
            fmt::format("the label '{}' contains white space, which ends a label there", label),
            "use tsv or jsonl");
      return options.label_prefix + label;
    default:
      return escape_tsv(label);
  }
}

template <typename... Values>
void append(std::string& out, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

}  // namespace

AnswerWriter::AnswerWriter(const AnswerOptions& options, const Classifier& classifier)
    : options_(options), classifier_(classifier), unknown_(spell(options.unknown_label, options)) {
  for (const std::string& label : classifier.labels.labels())
    names_.push_back(spell(label, options));
}

std::string AnswerWriter::write(std::span<const Document> documents, bool with_id,
                                std::span<const Prediction> predictions) {
  std::string out;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const Prediction& answer = predictions[d];
    unsure_ += !is_sure(answer);
    if (options_.format == AnswerFormat::kJsonl) {
      out += '{';
      if (with_id) append(out, "\"id\":{},", as_json(documents[d].id));
      write_json(answer, out);
    } else {
      const bool tsv = options_.format == AnswerFormat::kTsv;
      if (tsv && with_id) out.append(escape_tsv(documents[d].id)).append("\t");
      write_labels(answer, out);
      if (tsv && answer.reasons) {
        out += '\t';
        write_reasons(*answer.reasons, "{} {:+.4g}", ", ", escape_tsv, out);
      }
    }
    out += '\n';
  }
  return out;
}

const std::string& AnswerWriter::name_of(const Prediction& answer, std::size_t place) const {
  if (place == 0 && !is_sure(answer)) return unknown_;
  return names_[static_cast<std::size_t>(answer.labels[place].label)];
}

void AnswerWriter::write_labels(const Prediction& answer, std::string& out) const {
  const char separator = options_.format == AnswerFormat::kFasttext ? ' ' : '\t';
  for (std::size_t c = 0; c < answer.labels.size(); ++c) {
    if (c > 0) out += separator;
    out += name_of(answer, c);
    if (options_.format != AnswerFormat::kLabels)
      append(out, "{}{}", separator, answer.labels[c].probability);
  }
}

void AnswerWriter::write_json(const Prediction& answer, std::string& out) const {
  append(out, "\"label\":{},\"probability\":{}", name_of(answer, 0), answer.probability);
  if (options_.prediction.labels != 1) {
    const char* before = ",\"top\":[";
    for (const auto& [label, probability] : answer.labels) {
      append(out, "{}{{\"label\":{},\"probability\":{}}}", before,
             names_[static_cast<std::size_t>(label)], probability);
      before = ",";
    }
    out += ']';
  }
  append(out, ",\"known_tokens\":{}", answer.known_tokens);
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
