// SPDX-License-Identifier: MIT
#include "newsclf/report/evaluation_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "newsclf/error/error.hpp"
#include "newsclf/evaluation/coverage.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/column_names.hpp"
#include "report/json_text.hpp"
#include "report/label_table.hpp"
#include "report/text_table.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kConfusedPairs = 5;
std::string averages_table(const Metrics& metrics, std::size_t width) {
  std::string out;
  for (const auto& [name, scores] : {std::pair{"macro average", metrics.macro},
                                     {"micro average", metrics.micro},
                                     {"weighted average", metrics.weighted}})
    out += fmt::format("{}  {}\n", padded(name, width), score_columns(scores));
  return out;
}

/// Log loss, top-k accuracy and calibration error, one line each.
std::string probability_lines(const Evaluation& evaluation) {
  std::string out = fmt::format("log loss {:.4f} nats\n", evaluation.calibration.log_loss);
  for (const TopAccuracy& top : evaluation.tops)
    if (top.k > 1)
      out += fmt::format("{}top-{} accuracy {} %", top.k == 2 ? "" : ", ", top.k,
                         percent(top.accuracy));
  if (evaluation.tops.size() > 1) out += '\n';
  out += fmt::format("calibration error {} %", percent(evaluation.calibration.error));
  if (evaluation.is_calibrated())
    out += fmt::format(" (before calibration {} %, temperature {:#.3g})",
                       percent(evaluation.uncalibrated.error), evaluation.temperature);
  return out + '\n';
}

std::string reliability_columns(const ReliabilityBin& bin) {
  if (bin.documents == 0) return columns(".", ".", ".");
  return columns(std::to_string(bin.documents), percent(bin.mean_probability),
                 percent(bin.accuracy));
}

/// The non-empty bins; for a calibrated model also the values before calibration.
std::string reliability_table(const Evaluation& evaluation, std::size_t width) {
  const bool calibrated = evaluation.is_calibrated();
  const auto row = [&](const std::string& name, const std::string& now, const std::string& before) {
    return padded(name, width) + "  " + now + (calibrated ? "  " + before : "") + '\n';
  };
  std::string out =
      "reliability: mean probability and accuracy per range of the predicted label's probability\n";
  if (calibrated)
    out += fmt::format("{:{}}  {:>31}  {:>31}\n", "", width, "calibrated", "before calibration");
  const std::string header = columns("documents", "mean", "accuracy");
  out += row("probability", header, header);
  for (std::size_t i = 0; i < kReliabilityBins; ++i) {
    const ReliabilityBin& now = evaluation.calibration.bins[i];
    const ReliabilityBin& before = evaluation.uncalibrated.bins[i];
    if (now.documents == 0 && before.documents == 0) continue;
    out += row(fmt::format("{:>5} to {:>6}", percent(now.low), percent(now.high)),
               reliability_columns(now), reliability_columns(before));
  }
  return out;
}

std::string confusion_table(const Evaluation& evaluation, const std::vector<std::int32_t>& labels,
                            std::size_t width) {
  const ConfusionMatrix& matrix = evaluation.matrix;
  const std::size_t cell = fmt::formatted_size("{}", matrix.documents()) + 1;
  std::string out = "confusion matrix";
  if (std::ssize(labels) < matrix.labels())
    out += fmt::format(" of the {} with the most mistakes", share_shown(labels, evaluation));
  out += " (rows: true labels; columns: predicted labels in the same order)\n";
  for (const std::int32_t truth : labels) {
    out += padded(evaluation.labels.to_label(truth), width) + ' ';
    for (const std::int32_t predicted : labels) {
      const std::int64_t count = matrix.count(truth, predicted);
      out += fmt::format("{:>{}}", count == 0 ? "." : std::to_string(count), cell);
    }
    out += '\n';
  }
  return out;
}

std::string confused_pairs(const Evaluation& evaluation) {
  std::string out;
  for (const ConfusedPair& pair : most_confused_pairs(evaluation.matrix, kConfusedPairs))
    out += Error::escape_controls(fmt::format(
               "{:>5}  {} predicted as {}: {}", pair.count, evaluation.labels.to_label(pair.truth),
               evaluation.labels.to_label(pair.predicted),
               first_of(ids_of_pair(evaluation, pair), kExamples, ", "))) +
           '\n';
  return out.empty() ? out : "most confused labels, with the most confident mistakes\n" + out;
}

constexpr int kCoverages[] = {100, 95, 90, 80, 70, 60, 50};  // percent

std::string coverage_table(const Evaluation& evaluation, std::size_t width) {
  const std::vector<CoveragePoint> curve = coverage_curve(claims_of(evaluation.documents));
  std::string out = "coverage: accuracy if only the most confident documents are answered\n";
  out += fmt::format("{}  {}\n", padded("coverage", width),
                     columns("documents", "accuracy", "threshold"));
  for (const int coverage : kCoverages) {
    const CoveragePoint point = narrowest_with_coverage(curve, coverage / 100.0);
    out += fmt::format("{:>6}  {:{}}  {}\n", percent(coverage / 100.0), "", width - 8,
                       columns(std::to_string(point.answered), percent(point.accuracy()),
                               fmt::format("{:.4f}", point.threshold)));
  }
  if (evaluation.answered)
    out += fmt::format(
        "the model's thresholds answer {} of {} ({} %); {} % of the answers are correct\n",
        with_commas(evaluation.answered->documents),
        counted(std::ssize(evaluation.documents), "document"),
        percent(ratio(evaluation.answered->documents, std::ssize(evaluation.documents))),
        percent(ratio(evaluation.answered->correct, evaluation.answered->documents)));
  return out;
}

/// The precision of each label at several coverages of the documents predicted to have it.
std::string label_coverage_table(const Evaluation& evaluation,
                                 const std::vector<std::int32_t>& labels, std::size_t width) {
  std::string out = "precision if only the most confident predictions of a label are answered\n" +
                    padded("coverage", width);
  for (const int coverage : kCoverages) out += fmt::format("  {:>6}", coverage);
  out += '\n';
  const auto claims = claims_by_label(evaluation.documents, evaluation.labels.size());
  for (const std::int32_t label : labels) {
    const std::vector<CoveragePoint> curve =
        coverage_curve(claims[static_cast<std::size_t>(label)]);
    out += padded(evaluation.labels.to_label(label), width);
    for (const int coverage : kCoverages)
      out += fmt::format(
          "  {:>6}", curve.empty()
                         ? "."
                         : percent(narrowest_with_coverage(curve, coverage / 100.0).accuracy()));
    out += '\n';
  }
  return out;
}

/// One point per percent of the documents of `curve`; an array of objects.
nlohmann::ordered_json coverage_json(const std::vector<CoveragePoint>& curve) {
  auto points = nlohmann::ordered_json::array();
  std::int64_t written = 0;
  for (int percent = 1; percent <= 100 && !curve.empty(); ++percent) {
    const CoveragePoint point = narrowest_with_coverage(curve, percent / 100.0);
    if (point.answered == std::exchange(written, point.answered)) continue;
    points.push_back({{"coverage", ratio(point.answered, curve.back().answered)},
                      {"threshold", point.threshold},
                      {"accuracy", point.accuracy()}});
  }
  return points;
}

}  // namespace

std::string text_report(const Evaluation& evaluation, bool per_label) {
  const Metrics& metrics = evaluation.metrics;
  const std::vector<std::int32_t> in_table = table_labels(evaluation);
  const std::vector<std::int32_t> in_matrix = labels_with_most_mistakes(
      evaluation.matrix, evaluation.labels.size() > kMostLabels ? kLabelsOfMany : kMostLabels);
  std::size_t width = std::string_view("weighted average").size();
  for (const std::vector<std::int32_t>* labels : {&in_table, &in_matrix})
    for (const std::int32_t label : *labels)
      width = std::max(width, width_of(evaluation.labels.to_label(label)));

  std::string out = fmt::format("accuracy {} %, 95 % interval {} to {} ({} of {} documents)\n\n",
                                percent(metrics.accuracy), percent(metrics.accuracy_interval.low),
                                percent(metrics.accuracy_interval.high),
                                evaluation.matrix.correct(), metrics.documents);
  out += label_table(evaluation, in_table, width);
  out += '\n' + averages_table(metrics, width);
  out += '\n' + probability_lines(evaluation);
  out += '\n' + reliability_table(evaluation, width);
  out += '\n' + coverage_table(evaluation, width);
  if (per_label) out += '\n' + label_coverage_table(evaluation, in_table, width);
  out += '\n' + confusion_table(evaluation, in_matrix, width);
  if (const std::string pairs = confused_pairs(evaluation); !pairs.empty()) out += '\n' + pairs;
  return out;
}

std::string json_report(const Evaluation& evaluation, bool per_label) {
  const Metrics& metrics = evaluation.metrics;
  const ConfusionMatrix& matrix = evaluation.matrix;
  auto out = nlohmann::ordered_json::object();
  out["documents"] = metrics.documents;
  out["accuracy"] = metrics.accuracy;
  out["accuracy_interval"] = metrics.accuracy_interval;
  out["macro"] = metrics.macro;
  out["micro"] = metrics.micro;
  out["weighted"] = metrics.weighted;
  out["log_loss"] = evaluation.calibration.log_loss;
  out["calibration_error"] = evaluation.calibration.error;
  for (const TopAccuracy& top : evaluation.tops) out["top_k"][std::to_string(top.k)] = top.accuracy;
  out["temperature"] = evaluation.temperature;
  if (evaluation.is_calibrated())
    out["before_calibration"] = {{"log_loss", evaluation.uncalibrated.log_loss},
                                 {"calibration_error", evaluation.uncalibrated.error}};
  out["reliability"] = evaluation.calibration.bins;
  out["coverage"] = coverage_json(coverage_curve(claims_of(evaluation.documents)));
  if (const std::optional<Answered>& answered = evaluation.answered)
    out["answered"] = {{"documents", answered->documents},
                       {"coverage", ratio(answered->documents, metrics.documents)},
                       {"accuracy", ratio(answered->correct, answered->documents)}};
  std::vector<std::vector<Claim>> claims;
  if (per_label) claims = claims_by_label(evaluation.documents, matrix.labels());
  out["labels"] = nlohmann::ordered_json::array();
  const bool dense = matrix.labels() <= kDenseConfusion;
  nlohmann::ordered_json& confusion = out[dense ? "confusion" : "confusion_pairs"];
  confusion = nlohmann::ordered_json::array();
  for (std::int32_t truth = 0; truth < matrix.labels(); ++truth) {
    nlohmann::ordered_json label = label_json(evaluation, truth);
    if (per_label)
      label["coverage"] = coverage_json(coverage_curve(claims[static_cast<std::size_t>(truth)]));
    out["labels"].push_back(std::move(label));
    if (!dense) continue;
    auto row = nlohmann::ordered_json::array();
    for (std::int32_t predicted = 0; predicted < matrix.labels(); ++predicted)
      row.push_back(matrix.count(truth, predicted));
    confusion.push_back(std::move(row));
  }
  if (!dense)
    for (const auto& [labels, count] : matrix.counts())
      confusion.push_back({{"true", evaluation.labels.to_label(labels.first)},
                           {"predicted", evaluation.labels.to_label(labels.second)},
                           {"count", count}});
  out["counts"] = {{"read", evaluation.counts.read},
                   {"empty", evaluation.counts.empty},
                   {"unknown_label", matrix.unknown()},
                   {"repaired", evaluation.counts.repaired}};
  return json_text(out) + "\n";
}

std::string tsv_report(const Evaluation& evaluation) {
  std::vector<std::string> names = {
      "id", "label", "predicted", "probability", "label_probability", "label_rank"};
  const std::size_t given = names.size();
  const bool all = !evaluation.documents.empty() && !evaluation.documents[0].probabilities.empty();
  if (all) std::ranges::copy(evaluation.labels.labels(), std::back_inserter(names));
  names = distinct_names(std::move(names), given);
  std::ranges::transform(names, names.begin(), escape_tsv);
  std::string out = fmt::format("{}\n", fmt::join(names, "\t"));
  for (const JudgedDocument& judged : evaluation.documents) {
    const auto& [predicted, log_truth] = judged.certainty;
    out += escape_tsv(judged.id) + '\t' + escape_tsv(judged.label) + '\t' +
           escape_tsv(evaluation.labels.to_label(judged.predicted)) + '\t' +
           probability_tsv(predicted) + '\t';
    const bool right = judged.predicted == judged.truth;
    if (judged.truth == LabelSet::kUnknown)
      out += '\t';
    else
      out += fmt::format("{}\t{}", probability_tsv(right ? predicted : std::exp(log_truth)),
                         judged.rank + 1);
    for (const float probability : judged.probabilities) out += '\t' + probability_tsv(probability);
    out += '\n';
  }
  return out;
}

}  // namespace newsclf
