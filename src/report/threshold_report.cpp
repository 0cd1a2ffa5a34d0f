// SPDX-License-Identifier: MIT
#include "newsclf/report/threshold_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "newsclf/evaluation/coverage.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/json_text.hpp"
#include "report/text_table.hpp"

namespace newsclf {
namespace {

std::string label_table(const Thresholds& thresholds, const LabelSet& labels,
                        std::span<const JudgedDocument> documents) {
  std::size_t width = std::string_view("label").size();
  for (const std::string& label : labels.labels()) width = std::max(width, width_of(label));
  const std::vector<std::vector<Claim>> claims = claims_by_label(documents, labels.size());
  std::string out = fmt::format("\n{}  {:>9}  {:>9}  {:>9}  {:>9}\n", padded("label", width),
                                "threshold", "predicted", "answered", "precision");
  for (std::int32_t l = 0; l < labels.size(); ++l) {
    const std::vector<Claim>& predicted = claims[static_cast<std::size_t>(l)];
    const float threshold = thresholds.values[static_cast<std::size_t>(l)];
    const Answered answered = count_answered(predicted, threshold);
    out += fmt::format(
        "{}  {:>9}  {:>9}  {:>9}  {:>9}\n", padded(labels.to_label(l), width),
        threshold < kNeverAnswered ? fmt::format("{:.4f}", threshold) : "never", predicted.size(),
        answered.documents,
        answered.documents == 0 ? "." : percent(ratio(answered.correct, answered.documents)));
  }
  return out;
}

}  // namespace

std::string text_report(const Thresholds& thresholds, const LabelSet& labels,
                        std::span<const JudgedDocument> documents) {
  const std::int64_t answered = thresholds.answered, correct = thresholds.correct;
  std::string out = fmt::format(
      "{} for a {} of {}\nanswers {} of {} ({} %)",
      thresholds.per_label ? "a threshold per label"
                           : fmt::format("threshold {:.4f}", thresholds.values[0]),
      name_of(kThresholdGoals, thresholds.goal), thresholds.target, with_commas(answered),
      counted(thresholds.documents, "document"), percent(ratio(answered, thresholds.documents)));
  if (answered > 0) {
    const auto [low, high] = wilson_interval(correct, answered);
    out += fmt::format("; {} % of the answers are correct, 95 % interval {} to {}",
                       percent(ratio(correct, answered)), percent(low), percent(high));
  }
  return out + '\n' +
         (thresholds.per_label ? label_table(thresholds, labels, documents) : std::string());
}

std::string json_report(const Thresholds& thresholds, const LabelSet& labels,
                        std::span<const JudgedDocument> documents) {
  const std::int64_t answered = thresholds.answered, correct = thresholds.correct;
  nlohmann::ordered_json out = {{"goal", name_of(kThresholdGoals, thresholds.goal)},
                                {"target", thresholds.target},
                                {"per_label", thresholds.per_label},
                                {"documents", thresholds.documents},
                                {"answered", answered},
                                {"coverage", ratio(answered, thresholds.documents)},
                                {"precision", ratio(correct, answered)},
                                {"precision_interval", nullptr},
                                {"labels", nlohmann::ordered_json::array()}};
  if (answered > 0) out["precision_interval"] = wilson_interval(correct, answered);
  const std::vector<std::vector<Claim>> claims = claims_by_label(documents, labels.size());
  for (std::int32_t l = 0; l < labels.size(); ++l) {
    const std::vector<Claim>& predicted = claims[static_cast<std::size_t>(l)];
    const float threshold = thresholds.values[static_cast<std::size_t>(l)];
    const Answered of_label = count_answered(predicted, threshold);
    nlohmann::ordered_json label = {{"label", labels.to_label(l)},
                                    {"threshold", nullptr},
                                    {"predicted", predicted.size()},
                                    {"answered", of_label.documents},
                                    {"precision", ratio(of_label.correct, of_label.documents)}};
    if (threshold < kNeverAnswered) label["threshold"] = threshold;
    out["labels"].push_back(std::move(label));
  }
  return json_text(out) + "\n";
}

}  // namespace newsclf
