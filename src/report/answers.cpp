// SPDX-License-Identifier: MIT
#include "newsclf/report/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

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
  if (options.reasons > 0) explainer_.emplace(classifier.network);
}

std::string AnswerWriter::write(std::span<const Document> documents, bool with_id,
                                const SparseRows& rows, std::span<const float> logits,
                                Workers& workers) {
  const std::size_t width = names_.size();
  std::vector<Reasons> reasons;
  if (explainer_) reasons = find_reasons(rows, logits, workers);
  std::string out;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const Answer answer{documents[d], rank(logits.subspan(d * width, width)),
                        rows.row(d).columns.size(), reasons.empty() ? nullptr : &reasons[d]};
    unsure_ += !is_sure(answer.candidates.front());
    if (options_.format == AnswerFormat::kTsv)
      write_tsv(answer, with_id, out);
    else if (options_.format == AnswerFormat::kJsonl)
      write_json(answer, with_id, out);
    else
      write_words(answer, out);
    out += '\n';
  }
  return out;
}

std::vector<Reasons> AnswerWriter::find_reasons(const SparseRows& rows,
                                                std::span<const float> logits,
                                                Workers& workers) const {
  std::vector<Reasons> reasons(rows.size());
  workers.for_each(rows.size(), 4, [&](std::size_t r) {
    const Prediction best = decide(logits.subspan(r * names_.size(), names_.size()));
    reasons[r] = strongest_reasons(explainer_->explain(rows.row(r), best.label),
                                   static_cast<std::size_t>(options_.reasons));
  });
  return reasons;
}

std::vector<AnswerWriter::Candidate> AnswerWriter::rank(std::span<const float> logits) const {
  // The best as `decide` finds it; the others by the same softmax.
  const Prediction best = decide(logits);
  std::vector<Candidate> candidates{{best.label, best.probability}};
  const std::size_t wanted =
      options_.labels == 0
          ? logits.size()
          : std::min(static_cast<std::size_t>(options_.labels), logits.size());
  if (wanted == 1) return candidates;
  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto logit = [&](std::int32_t label) { return logits[static_cast<std::size_t>(label)]; };
  std::ranges::stable_sort(order, [&](auto a, auto b) { return logit(a) > logit(b); });
  const double largest = logit(best.label);
  // The first case also where both are infinite.
  const auto share = [&](float value) { return value == largest ? 1 : std::exp(value - largest); };
  double sum = 0;
  for (const float value : logits) sum += share(value);
  for (std::size_t c = 1; c < wanted; ++c)
    candidates.push_back({order[c], static_cast<float>(share(logit(order[c])) / sum)});
  return candidates;
}

const std::string& AnswerWriter::name_of_answer(const std::vector<Candidate>& candidates) const {
  const Candidate& best = candidates.front();
  return is_sure(best) ? names_[static_cast<std::size_t>(best.label)] : unknown_;
}

void AnswerWriter::write_tsv(const Answer& answer, bool with_id, std::string& out) const {
  if (with_id) out.append(escape_tsv(answer.document.id)).append("\t");
  append(out, "{}\t{}", name_of_answer(answer.candidates), answer.candidates[0].probability);
  for (std::size_t c = 1; c < answer.candidates.size(); ++c)
    append(out, "\t{}\t{}", names_[static_cast<std::size_t>(answer.candidates[c].label)],
           answer.candidates[c].probability);
  if (answer.reasons == nullptr) return;
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

void AnswerWriter::write_words(const Answer& answer, std::string& out) const {
  const bool labels_alone = options_.format == AnswerFormat::kLabels;
  for (std::size_t c = 0; c < answer.candidates.size(); ++c) {
    if (c > 0) out += labels_alone ? '\t' : ' ';
    out += c == 0 ? name_of_answer(answer.candidates)
                  : names_[static_cast<std::size_t>(answer.candidates[c].label)];
    if (!labels_alone) append(out, " {}", answer.candidates[c].probability);
  }
}

void AnswerWriter::write_json(const Answer& answer, bool with_id, std::string& out) const {
  out += '{';
  if (with_id) append(out, "\"id\":{},", as_json(answer.document.id));
  append(out, "\"label\":{},\"probability\":{}", name_of_answer(answer.candidates),
         answer.candidates[0].probability);
  const char* before = "";
  if (options_.labels != 1) {
    out += ",\"top\":[";
    for (const Candidate& candidate : answer.candidates) {
      append(out, "{}{{\"label\":{},\"probability\":{}}}", before,
             names_[static_cast<std::size_t>(candidate.label)], candidate.probability);
      before = ",";
    }
    out += ']';
  }
  append(out, ",\"known_tokens\":{}", answer.known_tokens);
  if (answer.reasons != nullptr) {
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
