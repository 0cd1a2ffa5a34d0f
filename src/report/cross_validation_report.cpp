// SPDX-License-Identifier: MIT
#include "newsclf/report/cross_validation_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "newsclf/report/numbers.hpp"
#include "report/json_text.hpp"
#include "report/label_table.hpp"
#include "report/text_table.hpp"

namespace newsclf {
namespace {

std::string metric_table(const CrossValidation& result) {
  const std::size_t k = result.fold_documents.size();
  const std::size_t shown = k <= kShownFolds ? k : 0;
  std::vector<std::string> names;
  for (const FoldMetric& metric : result.metrics) names.push_back(metric.name);
  const std::size_t width = widest("metric", names);
  std::string out = fmt::format("{}  {:>7}  {:>6}", padded("metric", width), "mean", "SE");
  for (std::size_t fold = 1; fold <= shown; ++fold)
    out += fmt::format("  {:>7}", fmt::format("fold {}", fold));
  out += '\n';
  for (const FoldMetric& metric : result.metrics) {
    const auto written = [&](double value) {
      return metric.key == "log_loss" ? fmt::format("{:.4f}", value) : percent(value);
    };
    out += fmt::format("{}  {:>7}  {:>6}", padded(metric.name, width), written(metric.mean()),
                       written(metric.standard_error()));
    for (std::size_t fold = 0; fold < shown; ++fold)
      out += fmt::format("  {:>7}", written(metric.folds[fold]));
    out += '\n';
  }
  return out;
}

}  // namespace

std::string text_report(const CrossValidation& result) {
  const Evaluation& pooled = result.pooled;
  const std::vector<std::int32_t> labels = table_labels(pooled);
  std::vector<std::string> names;
  for (const std::int32_t label : labels) names.push_back(pooled.labels.to_label(label));
  std::string out = fmt::format(
      "{}-fold cross-validation of {}, {}\n\n", result.fold_documents.size(),
      counted(pooled.metrics.documents, "document"), counted(pooled.labels.size(), "label"));
  out += metric_table(result);
  out +=
      "\nin percent, log loss in nats; SE: standard error over folds, only approximate\n"
      "because folds share training documents\n\n";
  return out + "predictions for all documents, each by the classifier trained without its fold\n" +
         label_table(pooled, labels, widest("label", names));
}

std::string json_report(const CrossValidation& result) {
  const Evaluation& pooled = result.pooled;
  auto out = nlohmann::ordered_json::object();
  out["k"] = result.fold_documents.size();
  out["documents"] = pooled.metrics.documents;
  out["seed"] = result.seed;
  out["fold_documents"] = result.fold_documents;
  for (const FoldMetric& metric : result.metrics)
    out["metrics"][metric.key] = {{"mean", metric.mean()},
                                  {"standard_error", metric.standard_error()},
                                  {"folds", metric.folds}};
  for (std::int32_t label = 0; label < pooled.labels.size(); ++label)
    out["labels"].push_back(label_json(pooled, label));
  return json_text(out) + "\n";
}

}  // namespace newsclf
