// SPDX-License-Identifier: MIT
#include "newsclf/report/comparison_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "newsclf/error/error.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/json_text.hpp"
#include "report/text_table.hpp"

namespace newsclf {
namespace {

constexpr const char* kModelNames[] = {"first", "second"};

bool is_same_model(const Comparison& comparison) {
  return comparison.models[kFirst].digest == comparison.models[kSecond].digest;
}

std::string score_line(const Comparison& comparison, std::size_t m) {
  const ModelScore& score = comparison.scores[m];
  std::string out =
      fmt::format("{:<7} {}: accuracy {} %, 95 % interval {} to {} ({} of {} documents",
                  kModelNames[m], Error::escape_controls(comparison.models[m].name),
                  percent(score.accuracy), percent(score.interval.low),
                  percent(score.interval.high), score.right, comparison.counts.documents());
  if (score.unknown > 0) out += fmt::format("; {} with an unknown label", score.unknown);
  return out + ")\n";
}

std::string test_line(const Comparison& comparison) {
  const std::int64_t discordant = comparison.counts.only_first + comparison.counts.only_second;
  std::string out = "McNemar's exact test, two-sided: ";
  out += comparison.p_value > 0 ? fmt::format("p = {:.4g}", comparison.p_value) : "p < 1e-300";
  return out + fmt::format(", based on {} that only one model labels correctly\n",
                           counted(discordant, "document"));
}

std::string changed_table(const Comparison& comparison, std::size_t most) {
  std::vector<const ComparedDocument*> shown;
  for (const ComparedDocument& document : comparison.documents)
    if (document.is_changed()) shown.push_back(&document);
  const auto certainty = [](const ComparedDocument* document) {
    return document->answers[kFirst].probability + document->answers[kSecond].probability;
  };
  std::ranges::stable_sort(shown, std::greater(), certainty);
  if (shown.size() > most) shown.resize(most);
  if (shown.empty()) return {};
  std::size_t width = std::string_view("second").size();
  for (const ComparedDocument* document : shown)
    for (const std::string* label :
         {&document->label, &document->answers[kFirst].label, &document->answers[kSecond].label})
      width = std::max(width, width_of(*label));
  std::string out = "changed documents, highest probabilities first";
  if (std::ssize(shown) < comparison.changed)
    out += fmt::format(" ({} of {}; --changes N shows more)", shown.size(), comparison.changed);
  out += '\n';
  const auto row = [&](std::string_view right, std::string_view first, std::string_view p_first,
                       std::string_view second, std::string_view p_second, std::string_view label,
                       std::string_view id) {
    out += fmt::format("{:<7}  {} {:>6}  {} {:>6}  {}  {}\n", right, padded(first, width), p_first,
                       padded(second, width), p_second, padded(label, width), id);
  };
  row("correct", "first", "%", "second", "%", "label", "document");
  for (const ComparedDocument* document : shown) {
    const auto& [first, second] = document->answers;
    const char* const right = document->is_right(kFirst)    ? "first"  // never both, labels differ
                              : document->is_right(kSecond) ? "second"
                                                            : "none";
    row(right, first.label, percent(first.probability), second.label, percent(second.probability),
        document->label, Error::escape_controls(escape_tsv(document->id)));
  }
  return out;
}

}  // namespace

std::string text_report(const Comparison& comparison, std::size_t most_changed) {
  const PairedCounts& counts = comparison.counts;
  const double first = comparison.scores[kFirst].macro_f1;
  const double second = comparison.scores[kSecond].macro_f1;
  std::string out = score_line(comparison, kFirst) + score_line(comparison, kSecond);
  if (is_same_model(comparison)) out += "both files contain the same model\n";
  out += fmt::format(
      "second minus first: {:+.2f} percentage points, 95 % interval {:+.2f} to {:+.2f}\n"
      "macro F1: first {} %, second {} %, difference {:+.2f} percentage points\n"
      "\ndocuments      second correct  second wrong\n"
      "first correct  {:>14}  {:>12}\n"
      "first wrong    {:>14}  {:>12}\n",
      100 * comparison.difference, 100 * comparison.difference_interval.low,
      100 * comparison.difference_interval.high, percent(first), percent(second),
      100 * (second - first), counts.both_right, counts.only_first, counts.only_second,
      counts.both_wrong);
  out += '\n' + test_line(comparison);
  out += fmt::format("the predicted label differs on {} of {} documents\n", comparison.changed,
                     counts.documents());
  if (const std::string table = changed_table(comparison, most_changed); !table.empty())
    out += '\n' + table;
  return out;
}

std::string json_report(const Comparison& comparison) {
  const PairedCounts& counts = comparison.counts;
  auto out = nlohmann::ordered_json::object();
  out["documents"] = counts.documents();
  out["models"] = nlohmann::ordered_json::array();
  for (const std::size_t m : {kFirst, kSecond}) {
    const ModelScore& score = comparison.scores[m];
    out["models"].push_back({{"name", comparison.models[m].name},
                             {"digest", comparison.models[m].digest},
                             {"accuracy", score.accuracy},
                             {"accuracy_interval", score.interval},
                             {"right", score.right},
                             {"unknown_label", score.unknown},
                             {"macro_f1", score.macro_f1}});
  }
  out["same_model"] = is_same_model(comparison);
  out["difference"] = comparison.difference;
  out["difference_interval"] = comparison.difference_interval;
  out["macro_f1_difference"] =
      comparison.scores[kSecond].macro_f1 - comparison.scores[kFirst].macro_f1;
  out["both_right"] = counts.both_right;
  out["only_first"] = counts.only_first;
  out["only_second"] = counts.only_second;
  out["both_wrong"] = counts.both_wrong;
  out["p_value"] = comparison.p_value;
  out["changed"] = comparison.changed;
  out["changed_documents"] = nlohmann::ordered_json::array();
  for (const ComparedDocument& document : comparison.documents) {
    if (!document.is_changed()) continue;
    nlohmann::ordered_json entry = {{"id", document.id}, {"label", document.label}};
    for (const std::size_t m : {kFirst, kSecond})
      entry[kModelNames[m]] = {{"label", document.answers[m].label},
                               {"probability", document.answers[m].probability},
                               {"right", document.is_right(m)}};
    out["changed_documents"].push_back(std::move(entry));
  }
  out["counts"] = {{"read", comparison.read.read},
                   {"empty", comparison.read.empty},
                   {"repaired", comparison.read.repaired}};
  return json_text(out) + "\n";
}

std::string tsv_report(const Comparison& comparison) {
  std::string out = "id\tlabel\tfirst_label\tfirst_probability\tsecond_label\tsecond_probability\n";
  for (const ComparedDocument& document : comparison.documents) {
    out += escape_tsv(document.id) + '\t' + escape_tsv(document.label);
    for (const ModelAnswer& answer : document.answers)
      out += '\t' + escape_tsv(answer.label) + '\t' + probability_tsv(answer.probability);
    out += '\n';
  }
  return out;
}

}  // namespace newsclf
