// SPDX-License-Identifier: MIT
#include "newsclf/commands/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "newsclf/commands/command_options.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

/// The name of a file, which may be an id, need not be UTF-8; JSON has to be.
std::string as_json(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

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

std::string escape_tsv(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void add_answer_options(CLI::App& app, AnswerOptions& options) {
  const std::string group = "Output";
  add_choice(app, "--output-format", options.format, kAnswerFormats,
             "a line a document: label TAB probability, the label alone, a JSON object, or "
             "__label__x probability")
      ->group(group);
  app.add_option_function<std::string>(
         "-k",
         [&options](const std::string& text) {
           options.labels = 0;
           if (text == "all") return;
           const bool number = CLI::detail::lexical_cast(text, options.labels);
           if (!number || options.labels < 1)
             throw CLI::ValidationError("-k", "'" + text + "' is no number from 1, nor all");
         },
         "how many of the best labels are told, with their probabilities; all: every label")
      ->type_name("N")
      ->default_str("1")
      ->group(group);
  add_number(app, "--min-confidence", options.min_confidence, 0.0, 1.0, "P",
             "where the best label is less probable, answer --unknown-label instead")
      ->group(group);
  app.add_option("--unknown-label", options.unknown_label, "what is answered then")
      ->type_name("WORD")
      ->group(group);
  add_number(app, "--explain", options.reasons, std::int64_t{0}, std::int64_t{1} << 31, "N",
             "tell the N tokens that spoke most for the label and the N that spoke most against it, "
             "with their shares of its logit (integrated gradients); 0: none")
      ->group(group);
}

void check_answer_options(const AnswerOptions& options) {
  const bool room = options.format == AnswerFormat::kTsv || options.format == AnswerFormat::kJsonl;
  if (options.reasons > 0 && !room)
    throw CLI::ValidationError("--explain", "--output-format tsv or jsonl has room for reasons");
}

AnswerWriter::AnswerWriter(const AnswerOptions& options, const Classifier& classifier)
    : options_(options), classifier_(classifier), unknown_(spell(options.unknown_label, options)) {
  for (const std::string& label : classifier.labels.labels())
    names_.push_back(spell(label, options));
}

void AnswerWriter::rank(std::span<const float> logits) {
  // The best as `decide` finds it; the others by the same softmax.
  const Prediction best = decide(logits);
  candidates_.assign(1, {best.label, best.probability});
  const auto wanted = options_.labels == 0 ? logits.size()
                                           : std::min(static_cast<std::size_t>(options_.labels),
                                                      logits.size());
  if (wanted > 1) {
    std::vector<std::int32_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    const auto logit = [&](std::int32_t label) { return logits[static_cast<std::size_t>(label)]; };
    std::ranges::stable_sort(order, [&](auto a, auto b) { return logit(a) > logit(b); });
    const double largest = logit(best.label);
    double sum = 0;
    for (const float value : logits) sum += value == largest ? 1 : std::exp(value - largest);
    for (std::size_t c = 1; c < wanted; ++c) {
      const double e = logit(order[c]) == largest ? 1 : std::exp(logit(order[c]) - largest);
      candidates_.push_back({order[c], static_cast<float>(e / sum)});
    }
  }
  sure_ = best.probability >= options_.min_confidence;
  unsure_ += !sure_;
}

void AnswerWriter::write_tsv(const Document& document, bool with_id, const std::string& reasons,
                             std::string& out) const {
  if (with_id) out.append(escape_tsv(document.id)).append("\t");
  for (std::size_t c = 0; c < candidates_.size(); ++c) {
    const bool unknown = c == 0 && !sure_;
    append(out, "{}{}\t{}", c == 0 ? "" : "\t",
           unknown ? unknown_ : names_[static_cast<std::size_t>(candidates_[c].label)],
           candidates_[c].probability);
  }
  if (options_.reasons > 0) out.append("\t").append(reasons);
}

void AnswerWriter::write_json(const Document& document, bool with_id, const SparseRow& row,
                              std::string& out) {
  out += '{';
  if (with_id) append(out, "\"id\":{},", as_json(document.id));
  const auto name = [&](const Candidate& candidate) -> const std::string& {
    return names_[static_cast<std::size_t>(candidate.label)];
  };
  append(out, "\"label\":{},\"probability\":{}", sure_ ? name(candidates_[0]) : unknown_,
         candidates_[0].probability);
  if (options_.labels != 1) {
    out += ",\"top\":[";
    for (std::size_t c = 0; c < candidates_.size(); ++c)
      append(out, "{}{{\"label\":{},\"probability\":{}}}", c == 0 ? "" : ",", name(candidates_[c]),
             candidates_[c].probability);
    out += ']';
  }
  append(out, ",\"known_tokens\":{}", row.columns.size());
  out += '}';
}

void AnswerWriter::write(const Document& document, bool with_id, const SparseRow& row,
                         std::span<const float> logits, std::string& out) {
  rank(logits);
  switch (options_.format) {
    case AnswerFormat::kTsv:
      write_tsv(document, with_id, {}, out);
      break;
    case AnswerFormat::kJsonl:
      write_json(document, with_id, row, out);
      break;
    case AnswerFormat::kLabels:
    case AnswerFormat::kFasttext:
      for (std::size_t c = 0; c < candidates_.size(); ++c) {
        const bool labels = options_.format == AnswerFormat::kLabels;
        if (c > 0) out += labels ? '\t' : ' ';
        out += c == 0 && !sure_ ? unknown_ : names_[static_cast<std::size_t>(candidates_[c].label)];
        if (!labels) append(out, " {}", candidates_[c].probability);
      }
      break;
  }
  out += '\n';
}

std::string AnswerWriter::trailer(std::int64_t answers) const {
  return options_.format == AnswerFormat::kJsonl ? fmt::format("{{\"documents\":{}}}\n", answers)
                                                 : fmt::format("# documents {}\n", answers);
}

}  // namespace newsclf
