// SPDX-License-Identifier: MIT
#include "newsclf/report/model_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "model/model_config.hpp"
#include "model/option_fields.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/json_text.hpp"

namespace newsclf {
namespace {

/// Joins items with commas in lines of at most 80 columns; indents all lines after the first.
/// Escapes control characters.
std::string wrapped(const std::vector<std::string>& items) {
  constexpr std::size_t kMargin = 12, kLineWidth = 80;
  std::string out;
  std::size_t column = kMargin;
  for (const std::string& unescaped : items) {
    const std::string item = Error::escape_controls(unescaped);
    const bool fits = column + item.size() + 3 <= kLineWidth;
    if (!out.empty()) out += fits ? ", " : ",\n" + std::string(kMargin, ' ');
    out += item;
    column = (fits ? column : kMargin) + item.size() + 2;
  }
  return out;
}

template <typename T>
std::string value_text(const T& value, const auto&... allowed) {
  if constexpr (std::is_enum_v<T>)
    return std::string(name_of(allowed..., value));
  else if constexpr (std::is_same_v<T, bool>)
    return value ? "yes" : "no";
  else if constexpr (std::is_same_v<T, double>)
    return fmt::format("{:.4g}", value);
  else if constexpr (std::is_same_v<T, std::string>)
    return value.empty() ? "detected by name" : value;
  else if constexpr (std::is_same_v<T, std::vector<NetworkInput>>) {
    std::string out;
    for (const NetworkInput input : value)
      out.append(out.empty() ? "" : " ").append(name_of(allowed..., input));
    return out;
  } else if constexpr (std::is_same_v<T, std::vector<TextColumn>>) {
    std::string out;
    for (const TextColumn& column : value)
      out += fmt::format("{}{}:{}", out.empty() ? "" : " ", column.column, column.weight);
    return out.empty() ? "none" : out;
  } else {
    return fmt::format("{}", value);
  }
}

/// "batch size 32", "lr 0.001", …: all options in `visit_fields`.
template <typename Options>
std::vector<std::string> option_items(std::string_view title, const Options& options) {
  std::vector<std::string> items;
  visit_fields(options, [&](std::string name, const auto& member, const auto&... allowed) {
    std::ranges::replace(name, '_', ' ');
    items.push_back((name == title ? "" : name + ' ') + value_text(member, allowed...));
  });
  return items;
}

/// The accuracy and loss of the best epoch on the held-out documents.
std::string describe_validation(const TrainingRecord& training) {
  const std::vector<EpochRecord>& epochs = scored_epochs(training);
  const auto best = static_cast<std::size_t>(training.best_epoch);
  if (training.held_out == 0 || best < 1 || best > epochs.size()) return "no held-out documents";
  const EpochRecord& epoch = epochs[best - 1];
  std::string out = counted(training.held_out, "document") + " held out";
  if (epoch.valid_accuracy)
    out += fmt::format(": accuracy {} %, loss {:.4f} after epoch {}",
                       percent(*epoch.valid_accuracy), epoch.valid_loss.value_or(0), epoch.epoch);
  return training.validation_epochs.empty() ? out : out + "; the final training used them too";
}

/// The epochs of a training, one line each; metrics on held-out documents if there are any.
std::string epoch_table(std::string_view title, const std::vector<EpochRecord>& epochs) {
  if (epochs.empty()) return {};
  std::string out = fmt::format("{}\n  {:>5}  {:>8}  {:>9}  {:>13}  {:>17}\n", title, "epoch",
                                "loss", "lr", "held-out loss", "held-out accuracy");
  for (const EpochRecord& epoch : epochs) {
    out += fmt::format("  {:>5}  {:>8.4f}  {:>9.3g}", epoch.epoch, epoch.loss, epoch.lr);
    const bool scored = epoch.valid_loss && epoch.valid_accuracy;
    out += scored ? fmt::format("  {:>13.4f}  {:>17}\n", *epoch.valid_loss,
                                percent(*epoch.valid_accuracy))
                  : fmt::format("  {:>13}  {:>17}\n", ".", ".");
  }
  return out;
}

/// "0.6534 for a precision of 0.95; answered 6,450 of 7,532 documents, 95.10 % of them correctly"
std::string describe_thresholds(const Thresholds& thresholds) {
  const auto [lowest, highest] = std::ranges::minmax(thresholds.values);
  std::string out = fmt::format("{:.4f}", lowest);
  if (lowest < highest)
    out += highest < kNeverAnswered ? fmt::format(" to {:.4f}", highest)
                                    : std::string(", some labels never answered,");
  return out + fmt::format(" for a {} of {}{}; answered {} of {}, {} % of them correctly",
                           name_of(kThresholdGoals, thresholds.goal), thresholds.target,
                           thresholds.per_label ? " per label" : "",
                           with_commas(thresholds.answered),
                           counted(thresholds.documents, "document"),
                           percent(ratio(thresholds.correct, thresholds.answered)));
}

}  // namespace

std::string describe_network(const Network& network) {
  const NetworkShape& shape = network.shape;
  const std::string inputs = with_commas(shape.inputs);
  std::string out = shape.is_linear() ? fmt::format("linear: {} - {}", inputs, shape.labels)
                                      : fmt::format("{} x {} - {} - {} - {}", shape.members, inputs,
                                                    shape.hidden1, shape.hidden2, shape.labels);
  const WeightForm form = network.packed.form();
  out += fmt::format(", weights: {}", name_of(kWeightForms, form));
  return form == WeightForm::kLowRank ? out + fmt::format(" ({})", network.packed.rank) : out;
}

std::string describe_networks(const Ensemble& ensemble) {
  std::string out;
  for (const Network& network : ensemble.networks) {
    const NetworkShape& shape = network.shape;
    if (!out.empty()) out += shape.is_linear() ? " and " : ", ";
    out += shape.is_linear()
               ? "a linear classifier"
               : fmt::format("{} (hidden layers {},{})", counted(shape.members, "network"),
                             shape.hidden1, shape.hidden2);
  }
  return out;
}

std::vector<ModelProperty> describe_model(const ModelSummary& model) {
  std::vector<ModelProperty> out;
  const auto line = [&](const char* name, std::string value) {
    out.push_back({name, {std::move(value)}});
  };
  const auto options = [&](const char* name, const auto& described) {
    out.push_back({name, option_items(name, described)});
  };
  options("text", model.options.text);
  options("columns", model.columns);
  line("vocabulary", fmt::format("{} tokens", with_commas(model.tokens)));
  options("", model.options.vocabulary);
  options("weighting", model.options.weighting);
  const char* title = "network";
  for (const Network& network : model.ensemble.networks)
    line(std::exchange(title, ""), describe_network(network));
  const TrainingRecord& training = model.training;
  line("data",
       fmt::format("{}, digest {}", counted(training.documents, "document"), training.data_digest));
  if (training.init)
    line("", fmt::format("started from a model of {}{}, of which {} were replayed",
                         counted(training.init->documents, "document"),
                         training.init->digest.empty() ? "" : ", digest " + training.init->digest,
                         with_commas(replayed_documents(*training.init))));
  options("training", training.options);
  line("", fmt::format("class weight {}, LibTorch {}", training.class_weight,
                       training.libtorch_version));
  for (const auto& [by, names] : {std::pair("chosen by the preset: ", training.set_by_preset),
                                  std::pair("chosen from the data: ", training.set_by_data)}) {
    if (names.empty()) continue;
    out.push_back({"", names});
    out.back().values.front().insert(0, by);
  }
  line("validation", describe_validation(training));
  const float temperature = model.ensemble.temperature;
  line("temperature",
       temperature == 1
           ? "none: probabilities are not calibrated"
           : fmt::format("{:.4g}, fitted on {}", temperature,
                         training.left_out == 0 ? "held-out documents"
                                                : counted(training.left_out, "left-out document")));
  if (const Thresholds& thresholds = model.thresholds; !thresholds.is_empty())
    line("thresholds", describe_thresholds(thresholds));
  return out;
}

std::string text_summary(const ModelSummary& model, bool with_record) {
  const TrainingRecord& training = model.training;
  std::vector<std::string> parts;
  for (const auto& [name, bytes] : model.parts)
    parts.push_back(fmt::format("{} {}", name, file_size(bytes)));
  std::vector<ModelProperty> properties = {{"size", {file_size(model.file_bytes)}},
                                           {"", std::move(parts)},
                                           {"written by", {"newsclf " + model.newsclf_version}},
                                           {"digest", {model.digest}}};
  std::ranges::move(describe_model(model), std::back_inserter(properties));
  if (!training.epochs.empty())
    properties.push_back({"last epoch", {fmt::format("loss {:.4f}", training.epochs.back().loss)}});
  properties.push_back(
      {"labels", {fmt::format("{}, with the number of training documents", model.labels.size())}});
  std::string out;
  for (const auto& [name, values] : properties)
    out += fmt::format("{:<11} {}\n", name, wrapped(values));
  for (std::int32_t l = 0; l < model.labels.size(); ++l) {
    const std::int64_t documents = training.label_documents[static_cast<std::size_t>(l)];
    out += fmt::format("  {:>9}  {}\n", with_commas(documents),
                       Error::escape_controls(model.labels.to_label(l)));
  }
  if (!with_record) return out;
  const bool refitted = !training.validation_epochs.empty();
  return out + epoch_table("training record with held-out documents", training.validation_epochs) +
         epoch_table(refitted ? "training record on all documents" : "training record",
                     training.epochs);
}

std::string json_summary(const ModelSummary& model, bool verified) {
  const auto config = nlohmann::ordered_json::parse(
      config_json({model.options, {}, model.columns, {}, model.thresholds}));
  auto out = nlohmann::ordered_json::object();
  out["file"] = {{"bytes", model.file_bytes},
                 {"digest", model.digest},
                 {"format_version", kModelFormatVersion},
                 {"newsclf_version", model.newsclf_version}};
  for (const auto& [name, bytes] : model.parts) out["file"]["parts"][name] = bytes;
  out["text"] = config["text"];
  out["columns"] = config["columns"];
  out["vocabulary"] = {{"tokens", model.tokens}};
  out["vocabulary"].update(config["vocabulary"]);
  out["weighting"] = config["weighting"];
  out["networks"] = nlohmann::ordered_json::array();
  for (const Network& network : model.ensemble.networks)
    out["networks"].push_back(network_json(network));
  out["labels"] = nlohmann::ordered_json::array();
  for (std::int32_t l = 0; l < model.labels.size(); ++l) {
    const auto place = static_cast<std::size_t>(l);
    nlohmann::ordered_json label = {{"label", model.labels.to_label(l)},
                                    {"documents", model.training.label_documents[place]}};
    if (!model.thresholds.is_empty()) label["threshold"] = model.thresholds.values[place];
    out["labels"].push_back(std::move(label));
  }
  out["training"] = nlohmann::ordered_json::parse(record_json(model.training));
  out["temperature"] = model.ensemble.temperature;
  if (!model.thresholds.is_empty()) out["thresholds"] = config["thresholds"];
  if (verified) out["verified"] = true;
  return json_text(out) + "\n";
}

}  // namespace newsclf
