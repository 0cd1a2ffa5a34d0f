// SPDX-License-Identifier: MIT
#include "newsclf/report/answers.hpp"

#include <fmt/format.h>


#include "newsclf/error/error.hpp"
#include "newsclf/report/tsv.hpp"
#include "report/json_text.hpp"

namespace newsclf {
namespace {

std::string as_json(std::string_view text) { return json_text(text, -1); }

/// A label as the format spells it.
std::string spell(const std::string& label, const AnswerOptions& options) {
  switch (options.format) {
    case AnswerFormat::kJsonl:
      return as_json(label);
    case AnswerFormat::kFasttext:
      if (label.find_first_of(" \t\n\r") != std::string::npos)
        throw Error("--output-format fasttext",
                    fmt::format("the label '{}' holds white space, which ends a label there", label),
                    "take tsv or jsonl");
      return options.label_prefix + label;
    case AnswerFormat::kTsv:
    case AnswerFormat::kLabels:
      break;
  }
  return escape_tsv(label);
}

template <typename... Values>
void append(std::string& out, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

}  // namespace

AnswerWriter::AnswerWriter(const AnswerOptions& options, const Classifier& classifier)
    : options_(options),
      classifier_(classifier),
      unknown_(spell(options.unknown_label, options)) {
  for (const std::string& label : classifier.labels.labels())
    names_.push_back(spell(label, options));
}

std::string AnswerWriter::write(std::span<const Document> documents, bool with_id,
                                std::span<const Prediction> predictions) {
  std::string out;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const Prediction& answer = predictions[d];
    const std::string& id = documents[d].id;
    unsure_ += !is_sure(answer);
    if (options_.format == AnswerFormat::kTsv) {
      if (with_id) out.append(escape_tsv(id)).append("\t");
      write_tsv(answer, out);
    } else if (options_.format == AnswerFormat::kJsonl) {
      out += '{';
      if (with_id) append(out, "\"id\":{},", as_json(id));
      write_json(answer, out);
    } else {
      write_words(answer, out);
    }
    out += '\n';
  }
  return out;
}

const std::string& AnswerWriter::name_of(const Prediction& answer, std::size_t place) const {
  if (place == 0 && !is_sure(answer)) return unknown_;
  return names_[static_cast<std::size_t>(answer.labels[place].label)];
}

void AnswerWriter::write_tsv(const Prediction& answer, std::string& out) const {
  for (std::size_t c = 0; c < answer.labels.size(); ++c)
    append(out, "{}{}\t{}", c == 0 ? "" : "\t", name_of(answer, c), answer.labels[c].probability);
  if (!answer.reasons) return;
  const char* before = "\t";
  for (const auto* const side : {&answer.reasons->in_favour, &answer.reasons->against})
    for (const TokenContribution& token : *side) {
      append(out, "{}{} {:+.4g}", before,
             escape_tsv(classifier_.vectorizer.vocabulary().token(token.column)),
             token.contribution);
      before = ", ";
    }
  if (*before == '\t') out += '\t';  // the column is there, and empty
}

void AnswerWriter::write_words(const Prediction& answer, std::string& out) const {
  const bool labels_alone = options_.format == AnswerFormat::kLabels;
  for (std::size_t c = 0; c < answer.labels.size(); ++c) {
    if (c > 0) out += labels_alone ? '\t' : ' ';
    out += name_of(answer, c);
    if (!labels_alone) append(out, " {}", answer.labels[c].probability);
  }
}

void AnswerWriter::write_json(const Prediction& answer, std::string& out) const {
  append(out, "\"label\":{},\"probability\":{}", name_of(answer, 0), answer.probability);
  const char* before = "";
  if (options_.prediction.labels != 1) {
    out += ",\"top\":[";
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
    before = "";
    for (const auto* const side : {&answer.reasons->in_favour, &answer.reasons->against})
      for (const TokenContribution& token : *side) {
        append(out, "{}{{\"token\":{},\"contribution\":{}}}", before,
               as_json(classifier_.vectorizer.vocabulary().token(token.column)),
               token.contribution);
        before = ",";
      }
    out += ']';
  }
  out += '}';
}

std::string AnswerWriter::trailer(std::int64_t answers) const {
  return options_.format == AnswerFormat::kJsonl ? fmt::format("{{\"documents\":{}}}\n", answers)
                                                 : fmt::format("# documents {}\n", answers);
}

}  // namespace newsclf
