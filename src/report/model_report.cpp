// SPDX-License-Identifier: MIT
#include "newsclf/report/model_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

#include "model/model_config.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/report/numbers.hpp"
#include "report/json_text.hpp"

namespace newsclf {
namespace {

std::string describe_text(const TextOptions& text) {
  std::string out = fmt::format("{} tokens, {}", name_of(kTokenPatterns, text.token_pattern),
                                text.keep_case ? "case kept" : "lower case");
  out += fmt::format(", n-grams {}-{}", text.min_ngram, text.max_ngram);
  if (text.max_char_ngram > 0)
    out += fmt::format(", of characters {}-{}", text.min_char_ngram, text.max_char_ngram);
  out += fmt::format("; posts: headers {}, subject {} more times",
                     text.post_headers ? "kept" : "stripped", text.subject_weight);
  if (text.strip_quotes) out += ", quotes stripped";
  if (text.strip_footers) out += ", footers stripped";
  for (const TextColumn& column : text.columns)
    out += fmt::format("{} {}{}", &column == &text.columns.front() ? "; columns:" : ",",
                       column.column, column.weight == 1 ? "" : fmt::format(" x {}", column.weight));
  return out;
}

std::string describe_weighting(const WeightingOptions& weighting) {
  std::string name(name_of(kWeightings, weighting.weighting));
  if (weighting.token_scale == TokenScale::kNb) name += ", naive-Bayes token scale";
  if (weighting.norm == Norm::kNone) return name + ", no norm";
  return fmt::format("{}, L2 norm {}", name, weighting.input_norm);
}

std::string describe_steps(const TrainingRecord& training) {
  std::string out =
      fmt::format("{} epochs of batches of {}, {} at {:.4g} ({})", training.epochs.size(),
                  training.batch_size, training.optimizer, training.lr, training.lr_schedule);
  out += fmt::format(", dropout {}", training.dropout);
  if (training.word_dropout > 0) out += fmt::format(", of words {}", training.word_dropout);
  out += fmt::format(", weight decay {:.4g}", training.weight_decay);
  if (training.label_smoothing > 0)
    out += fmt::format(", label smoothing {}", training.label_smoothing);
  if (training.class_weight != "none")
    out += fmt::format(", class weights: {}", training.class_weight);
  return out;
}

/// What the last scored epoch, or the best, was on the documents held out.
std::string describe_validation(const TrainingRecord& training) {
  const std::vector<EpochRecord>& epochs = scored_epochs(training);
  const auto best = static_cast<std::size_t>(training.best_epoch);
  if (training.held_out == 0 || best < 1 || best > epochs.size()) return "nothing was held out";
  const EpochRecord& epoch = epochs[best - 1];
  std::string out = fmt::format("{} documents held out", with_commas(training.held_out));
  if (epoch.valid_accuracy)
    out += fmt::format(": accuracy {} %, loss {:.4f} after epoch {}",
                       percent(*epoch.valid_accuracy), epoch.valid_loss.value_or(0), epoch.epoch);
  return training.validation_epochs.empty() ? out : out + "; then learnt from too";
}

/// The epochs of a training, a line each; figures of documents held out where there are any.
std::string epoch_table(std::string_view title, const std::vector<EpochRecord>& epochs) {
  if (epochs.empty()) return {};
  std::string out = fmt::format("{}\n  {:>5}  {:>8}  {:>9}  {:>13}  {:>17}\n", title, "epoch",
                                "loss", "rate", "held-out loss", "held-out accuracy");
  for (const EpochRecord& epoch : epochs) {
    out += fmt::format("  {:>5}  {:>8.4f}  {:>9.3g}", epoch.epoch, epoch.loss, epoch.lr);
    const bool scored = epoch.valid_loss && epoch.valid_accuracy;
    out += scored ? fmt::format("  {:>13.4f}  {:>17}\n", *epoch.valid_loss,
                                percent(*epoch.valid_accuracy))
                  : fmt::format("  {:>13}  {:>17}\n", ".", ".");
  }
  return out;
}

std::string learning_record(const TrainingRecord& training) {
  if (training.validation_epochs.empty()) return epoch_table("learning record", training.epochs);
  return epoch_table("learning record, documents held out", training.validation_epochs) +
         epoch_table("learning record, from all documents", training.epochs);
}

}  // namespace

std::string text_summary(const ModelSummary& model, bool with_record) {
  std::string out;
  const auto line = [&](const char* name, const std::string& value) {
    out += fmt::format("{:<11} {}\n", name, Error::escape_controls(value));
  };
  const NetworkShape& shape = model.shape;
  const VocabularyOptions& vocabulary = model.options.vocabulary;
  line("size", file_size(model.file_bytes));
  line("written by", "newsclf " + model.newsclf_version);
  line("digest", model.digest);
  line("text", describe_text(model.options.text));
  line("vocabulary",
       fmt::format("{} tokens (min-df {}, max-df {}, max-features {}, stop words: {})",
                   with_commas(shape.inputs), vocabulary.min_df, vocabulary.max_df,
                   vocabulary.max_features, vocabulary.stop_words.source));
  line("weighting", describe_weighting(model.options.weighting));
  line("network", fmt::format("{} x {} - {} - {} - {}", shape.members, with_commas(shape.inputs),
                              shape.hidden1, shape.hidden2, shape.labels));
  const TrainingRecord& training = model.training;
  line("data", fmt::format("{} documents, digest {}", with_commas(training.documents),
                           training.data_digest));
  line("training", describe_steps(training));
  if (!training.set_by_data.empty())
    line("", fmt::format("set by the size of the data: {}", fmt::join(training.set_by_data, ", ")));
  line("", fmt::format("seed {}, LibTorch {}", training.seed, training.libtorch_version));
  line("validation", describe_validation(training));
  line("temperature", model.temperature == 1
                          ? "none: probabilities are not calibrated"
                          : fmt::format("{:.4g}, fitted on them", model.temperature));
  if (!training.epochs.empty())
    line("last epoch", fmt::format("loss {:.4f}", training.epochs.back().loss));
  line("labels", fmt::format("{}, with the documents learnt from", shape.labels));
  for (std::int32_t l = 0; l < model.labels.size(); ++l) {
    const std::int64_t documents = model.training.label_documents[static_cast<std::size_t>(l)];
    out += fmt::format("  {:>9}  {}\n", with_commas(documents),
                       Error::escape_controls(model.labels.to_label(l)));
  }
  if (with_record) out += learning_record(training);
  return out;
}

std::string json_summary(const ModelSummary& model, bool verified) {
  const NetworkShape& shape = model.shape;
  const auto config = nlohmann::ordered_json::parse(
      to_json(ModelConfig{model.options, shape.hidden1, shape.hidden2, shape.members}));
  nlohmann::ordered_json out;
  out["file"] = {{"bytes", model.file_bytes},
                 {"digest", model.digest},
                 {"format_version", kModelFormatVersion},
                 {"newsclf_version", model.newsclf_version}};
  out["text"] = config["text"];
  out["vocabulary"] = {{"tokens", shape.inputs}};
  out["vocabulary"].update(config["vocabulary"]);
  out["weighting"] = config["weighting"];
  out["network"] = {{"members", shape.members},
                    {"inputs", shape.inputs},
                    {"hidden", {shape.hidden1, shape.hidden2}},
                    {"labels", shape.labels}};
  out["labels"] = nlohmann::ordered_json::array();
  for (std::int32_t l = 0; l < model.labels.size(); ++l)
    out["labels"].push_back(
        {{"label", model.labels.to_label(l)},
         {"documents", model.training.label_documents[static_cast<std::size_t>(l)]}});
  out["training"] = nlohmann::ordered_json::parse(to_json(model.training));
  out["temperature"] = model.temperature;
  if (verified) out["verified"] = true;
  return json_text(out) + "\n";
}

}  // namespace newsclf
