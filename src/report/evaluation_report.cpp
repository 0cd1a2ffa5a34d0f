// SPDX-License-Identifier: MIT
#include "newsclf/report/evaluation_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "report/text_table.hpp"
#include "newsclf/report/numbers.hpp"
#include "newsclf/report/tsv.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kConfusedPairs = 5;
constexpr std::size_t kIdsOfPair = 3;

bool is_calibrated(const Evaluation& evaluation) { return evaluation.temperature != 1; }

std::string columns(std::string_view first, std::string_view second, std::string_view third) {
  return fmt::format("{:>9}  {:>9}  {:>9}", first, second, third);
}

std::string score_columns(const Scores& scores) {
  return columns(percent(scores.precision), percent(scores.recall), percent(scores.f1));
}

std::string label_table(const Evaluation& evaluation, std::size_t width) {
  std::string out = fmt::format("{}  {:>9}  {:>9}  {:>9}  {:>9}\n", padded("label", width),
                                "precision", "recall", "F1", "documents");
  for (std::int32_t l = 0; l < evaluation.labels.size(); ++l)
    out += fmt::format("{}  {}  {:>9}\n", padded(evaluation.labels.to_label(l), width),
                       score_columns(evaluation.metrics.labels[static_cast<std::size_t>(l)]),
                       evaluation.matrix.support(l));
  const auto average = [&](const char* name, const Scores& scores) {
    out += fmt::format("{}  {}\n", padded(name, width), score_columns(scores));
  };
  out += '\n';
  average("macro average", evaluation.metrics.macro);
  average("micro average", evaluation.metrics.micro);
  average("weighted average", evaluation.metrics.weighted);
  return out;
}

/// Log loss, top-k accuracy, calibration error: a line each.
std::string probability_lines(const Evaluation& evaluation) {
  std::string out = fmt::format("log loss {:.4f} nats\n", evaluation.calibration.log_loss);
  std::string tops;
  for (const TopAccuracy& top : evaluation.tops)
    if (top.k > 1)
      tops += fmt::format("{}top-{} accuracy {} %", tops.empty() ? "" : ", ", top.k,
                          percent(top.accuracy));
  if (!tops.empty()) out += tops + '\n';
  out += fmt::format("calibration error {} %", percent(evaluation.calibration.error));
  if (is_calibrated(evaluation))
    out += fmt::format(" (before calibration {} %, temperature {:#.3g})",
                       percent(evaluation.uncalibrated.error), evaluation.temperature);
  return out + '\n';
}

std::string reliability_columns(const ReliabilityBin& bin) {
  if (bin.documents == 0) return columns(".", ".", ".");
  return columns(std::to_string(bin.documents), percent(bin.mean_probability),
                 percent(bin.accuracy));
}

/// The bins that hold documents; those of a calibrated model beside what they were before.
std::string reliability_table(const Evaluation& evaluation, std::size_t width) {
  const bool calibrated = is_calibrated(evaluation);
  const auto row = [&](const std::string& name, const std::string& now, const std::string& before) {
    return padded(name, width) + "  " + now + (calibrated ? "  " + before : "") + '\n';
  };
  std::string out =
      "reliability: a row a range of the predicted label's probability, its mean and the accuracy "
      "there\n";
  if (calibrated)
    out +=
        row("", fmt::format("{:>31}", "calibrated"), fmt::format("{:>31}", "before calibration"));
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

std::string confusion_table(const Evaluation& evaluation, std::size_t width) {
  const ConfusionMatrix& matrix = evaluation.matrix;
  const std::size_t cell = fmt::formatted_size("{}", matrix.documents()) + 1;
  std::string out =
      "confusion matrix: a row a true label, a column a predicted one, in this order\n";
  for (std::int32_t truth = 0; truth < matrix.labels(); ++truth) {
    out += padded(evaluation.labels.to_label(truth), width) + ' ';
    for (std::int32_t predicted = 0; predicted < matrix.labels(); ++predicted) {
      const std::int64_t count = matrix.count(truth, predicted);
      out += count == 0 ? fmt::format("{:>{}}", ".", cell) : fmt::format("{:>{}}", count, cell);
    }
    out += '\n';
  }
  return out;
}

std::string confused_pairs(const Evaluation& evaluation) {
  std::string out;
  for (const ConfusedPair& pair : most_confused_pairs(evaluation.matrix, kConfusedPairs)) {
    std::vector<const JudgedDocument*> documents;
    for (const JudgedDocument& document : evaluation.documents)
      if (document.truth == pair.truth && document.predicted == pair.predicted)
        documents.push_back(&document);
    std::stable_sort(documents.begin(), documents.end(), [](const auto* a, const auto* b) {
      return a->certainty.predicted > b->certainty.predicted;
    });
    out +=
        fmt::format("{:>5}  {} taken for {}:", pair.count, evaluation.labels.to_label(pair.truth),
                    evaluation.labels.to_label(pair.predicted));
    for (std::size_t d = 0; d < std::min(kIdsOfPair, documents.size()); ++d)
      out += (d == 0 ? " " : ", ") + documents[d]->id;
    out += documents.size() > kIdsOfPair ? ", …\n" : "\n";
  }
  return out.empty() ? out : "most confused, with the documents the model was surest about\n" + out;
}

nlohmann::ordered_json to_json(const Scores& scores) {
  return {{"precision", scores.precision}, {"recall", scores.recall}, {"f1", scores.f1}};
}

}  // namespace

std::string text_report(const Evaluation& evaluation) {
  const Metrics& metrics = evaluation.metrics;
  std::size_t width = std::string_view("weighted average").size();
  for (const std::string& label : evaluation.labels.labels())
    width = std::max(width, width_of(label));

  std::string out = fmt::format("accuracy {} %, 95 % interval {} to {} ({} of {} documents)\n\n",
                                percent(metrics.accuracy), percent(metrics.accuracy_interval.low),
                                percent(metrics.accuracy_interval.high),
                                evaluation.matrix.correct(), metrics.documents);
  out += label_table(evaluation, width);
  out += '\n' + probability_lines(evaluation);
  out += '\n' + reliability_table(evaluation, width);
  out += '\n' + confusion_table(evaluation, width);
  if (const std::string pairs = confused_pairs(evaluation); !pairs.empty()) out += '\n' + pairs;
  return out;
}

std::string json_report(const Evaluation& evaluation) {
  const Metrics& metrics = evaluation.metrics;
  const ConfusionMatrix& matrix = evaluation.matrix;
  nlohmann::ordered_json out;
  out["documents"] = metrics.documents;
  out["accuracy"] = metrics.accuracy;
  out["accuracy_interval"] = {metrics.accuracy_interval.low, metrics.accuracy_interval.high};
  out["macro"] = to_json(metrics.macro);
  out["micro"] = to_json(metrics.micro);
  out["weighted"] = to_json(metrics.weighted);
  out["log_loss"] = evaluation.calibration.log_loss;
  out["calibration_error"] = evaluation.calibration.error;
  for (const TopAccuracy& top : evaluation.tops) out["top_k"][std::to_string(top.k)] = top.accuracy;
  out["temperature"] = evaluation.temperature;
  if (is_calibrated(evaluation))
    out["before_calibration"] = {{"log_loss", evaluation.uncalibrated.log_loss},
                                 {"calibration_error", evaluation.uncalibrated.error}};
  out["reliability"] = nlohmann::ordered_json::array();
  for (const ReliabilityBin& bin : evaluation.calibration.bins)
    out["reliability"].push_back({{"low", bin.low},
                                  {"high", bin.high},
                                  {"documents", bin.documents},
                                  {"mean_probability", bin.mean_probability},
                                  {"accuracy", bin.accuracy}});
  out["labels"] = nlohmann::ordered_json::array();
  out["confusion"] = nlohmann::ordered_json::array();
  for (std::int32_t truth = 0; truth < matrix.labels(); ++truth) {
    nlohmann::ordered_json label = {{"label", evaluation.labels.to_label(truth)}};
    label.update(to_json(metrics.labels[static_cast<std::size_t>(truth)]));
    label["support"] = matrix.support(truth);
    out["labels"].push_back(std::move(label));
    auto row = nlohmann::ordered_json::array();
    for (std::int32_t predicted = 0; predicted < matrix.labels(); ++predicted)
      row.push_back(matrix.count(truth, predicted));
    out["confusion"].push_back(std::move(row));
  }
  out["counts"] = {{"read", evaluation.counts.read},
                   {"empty", evaluation.counts.empty},
                   {"unknown_label", matrix.unknown()},
                   {"repaired", evaluation.counts.repaired}};
  return out.dump(2) + "\n";
}

std::string tsv_report(const Evaluation& evaluation, std::span<const Document> documents) {
  std::string out = "id\tlabel\tpredicted\tprobability\tlabel_probability\tlabel_rank\n";
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const JudgedDocument& judged = evaluation.documents[d];
    const auto& [predicted, log_truth] = judged.certainty;
    out += escape_tsv(judged.id) + '\t' + escape_tsv(documents[d].label) + '\t' +
           escape_tsv(evaluation.labels.to_label(judged.predicted)) + '\t' +
           probability_tsv(predicted) + '\t';
    const bool right = judged.predicted == judged.truth;
    if (judged.truth == LabelSet::kUnknown)
      out += "\t\n";
    else
      out += fmt::format("{}\t{}\n", probability_tsv(right ? predicted : std::exp(log_truth)),
                         judged.rank + 1);
  }
  return out;
}

}  // namespace newsclf
