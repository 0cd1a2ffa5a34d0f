// SPDX-License-Identifier: MIT
// The fields of the options and of the training record in a model file, one line each: name,
// member, allowed values. The code that writes, reads and prints them uses these lines.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

#include "model/checkpoint_record.hpp"
#include "model/model_config.hpp"

namespace newsclf {

/// The smallest and the largest allowed number.
template <typename T>
struct Bounds {
  T low, high;
};
/// The allowed words.
using Words = std::initializer_list<std::string_view>;

inline constexpr std::int64_t kMaxCount = std::int64_t{1} << 48;
inline constexpr Bounds<std::int64_t> kCount{0, kMaxCount};
inline constexpr Bounds<std::int32_t> kColumn{0, std::numeric_limits<std::int32_t>::max() - 1};
inline constexpr Bounds<double> kShare{0, 1}, kReal{0, 1e300};

/// The value of a resolved option; an unset option is first set to 0.
template <typename T>
T& value_in(std::optional<T>& option) {
  return option ? *option : option.emplace();
}
template <typename T>
T value_in(const std::optional<T>& option) {
  return option.value_or(T{});
}

template <typename T, typename Of>
concept MaybeConst = std::same_as<std::remove_const_t<T>, Of>;

/// Each `visit_fields` calls `field(name, member)` or `field(name, member, allowed)` for every
/// field in the order of the file; `allowed` is `Bounds`, `Words` or the table of an enumeration.
template <MaybeConst<TextColumn> Column>
void visit_fields(Column& column, const auto& field) {
  field("column", column.column);
  field("weight", column.weight, Bounds<int>{1, 1000});
}

template <MaybeConst<TextOptions> Options>
void visit_fields(Options& text, const auto& field) {
  field("post_headers", text.post_headers);
  field("strip_quotes", text.strip_quotes);
  field("strip_footers", text.strip_footers);
  field("subject_weight", text.subject_weight, Bounds<int>{0, 1000});
  field("keep_case", text.keep_case);
  field("token_pattern", text.token_pattern, kTokenPatterns);
  field("min_script_ngram", text.min_script_ngram, Bounds<int>{1, 10});
  field("max_script_ngram", text.max_script_ngram, Bounds<int>{text.min_script_ngram, 10});
  field("min_ngram", text.min_ngram, Bounds<int>{1, 10});
  field("max_ngram", text.max_ngram, Bounds<int>{text.min_ngram, 10});
  field("min_char_ngram", text.min_char_ngram, Bounds<int>{0, 10});
  field("max_char_ngram", text.max_char_ngram,
        Bounds<int>{text.min_char_ngram, text.min_char_ngram == 0 ? 0 : 10});
  field("max_long_ngram", text.max_long_ngram, Bounds<int>{0, 10});
  field("columns", text.columns);
}

template <MaybeConst<VocabularyOptions> Options>
void visit_fields(Options& vocabulary, const auto& field) {
  field("min_df", vocabulary.min_df, Bounds<std::int64_t>{1, kMaxCount});
  field("min_char_df", vocabulary.min_char_df, Bounds<std::int64_t>{1, kMaxCount});
  field("min_long_df", vocabulary.min_long_df, Bounds<std::int64_t>{1, kMaxCount});
  field("max_df", vocabulary.max_df, kShare);
  field("max_features", vocabulary.max_features, kCount);
  field("stop_words", vocabulary.stop_words.source, Words{"none", "english", "file"});
}

template <MaybeConst<WeightingOptions> Options>
void visit_fields(Options& weighting, const auto& field) {
  field("weighting", weighting.weighting, kWeightings);
  field("norm", weighting.norm, kNorms);
  field("input_norm", weighting.input_norm, Bounds<double>{1e-6, 1e6});
  field("token_scale", weighting.token_scale, kTokenScales);
  field("nb_smoothing", weighting.nb_smoothing, Bounds<double>{1e-6, 1e6});
}

template <MaybeConst<VectorizerOptions> Options>
void visit_fields(Options& vectorizer, const auto& field) {
  field("text", vectorizer.text);
  field("vocabulary", vectorizer.vocabulary);
  field("weighting", vectorizer.weighting);
}

template <MaybeConst<NamedColumns> Columns>
void visit_fields(Columns& columns, const auto& field) {
  field("label", columns.label);
  field("id", columns.id);
}

template <MaybeConst<NetworkConfig> Config>
void visit_fields(Config& network, const auto& field) {
  field("columns", network.columns, kColumn);
  field("hidden", network.hidden, Bounds<std::int64_t>{1, 1 << 20});
  field("members", network.members, Bounds<std::int64_t>{1, 1 << 10});
  field("share", network.share, Bounds<double>{1e-6, 1});
  field("weights", network.weights, kWeightForms);
}

template <MaybeConst<EnsembleConfig> Config>
void visit_fields(Config& ensemble, const auto& field) {
  field("networks", ensemble.networks);
  field("calibrated", ensemble.calibrated);
}

/// All fields except the values.
template <MaybeConst<Thresholds> T>
void visit_fields(T& thresholds, const auto& field) {
  field("goal", thresholds.goal, kThresholdGoals);
  field("target", thresholds.target, kShare);
  field("per_label", thresholds.per_label);
  field("documents", thresholds.documents, kCount);
  field("answered", thresholds.answered, kCount);
  field("correct", thresholds.correct, kCount);
}

template <MaybeConst<ModelConfig> Config>
void visit_fields(Config& config, const auto& field) {
  visit_fields(config.vectorizer, field);
  field("kinds", config.kinds, kColumn);
  field("columns", config.columns);
  field("ensemble", config.ensemble);
  field("thresholds", config.thresholds);
}

/// All fields except the sizes of the network, which follow from its weights.
template <MaybeConst<TrainingOptions> Options>
void visit_fields(Options& training, const auto& field) {
  field("preset", training.preset, kPresets);
  field("inputs", training.inputs, kNetworkInputs);
  field("linear", value_in(training.linear), kLinearInputs);
  field("optimizer", training.optimizer, kOptimizers);
  field("epochs", training.epochs, kCount);
  field("batch_size", training.batch_size, Bounds<std::int64_t>{1, kMaxCount});
  field("lr", value_in(training.lr), kReal);
  field("lr_schedule", training.lr_schedule, kLrSchedules);
  field("dropout", training.dropout, kShare);
  field("word_dropout", training.word_dropout, kShare);
  field("weight_decay", value_in(training.weight_decay), kReal);
  field("label_smoothing", training.label_smoothing, kShare);
  field("patience", training.patience, kCount);
  field("seed", training.seed);
}

template <MaybeConst<EpochRecord> Record>
void visit_fields(Record& epoch, const auto& field) {
  field("epoch", epoch.epoch, Bounds<std::int64_t>{1, kMaxCount});
  field("loss", epoch.loss, kReal);
  field("lr", epoch.lr, kReal);
  field("valid_loss", epoch.valid_loss, kReal);
  field("valid_accuracy", epoch.valid_accuracy, kShare);
}

template <MaybeConst<TrainingIdentity> Identity>
void visit_fields(Identity& identity, const auto& field) {
  field("newsclf_version", identity.newsclf_version);
  field("libtorch_version", identity.libtorch_version);
  field("features", identity.features);
  field("training", identity.training);
  field("hidden", identity.hidden, Bounds<std::int64_t>{1, 1 << 20});
  field("members", identity.members, Bounds<std::int64_t>{1, 1 << 10});
  field("refit", identity.refit);
  field("processes", identity.processes, Bounds<std::int64_t>{1, 1 << 20});
  field("rows_digest", identity.rows_digest);
  field("init", identity.init);
}

template <MaybeConst<TrainingPlace> Place>
void visit_fields(Place& place, const auto& field) {
  field("epoch", place.epoch, Bounds<std::int64_t>{1, kMaxCount});
  field("step", place.step, kCount);
  field("lowered_from", place.lowered_from, kCount);
  field("elapsed_s", place.elapsed_s, kReal);
  field("device", place.device);
  field("epochs", place.epochs);
}

template <MaybeConst<FirstTraining> Training>
void visit_fields(Training& first, const auto& field) {
  field("epochs", first.epochs);
  field("best_epoch", first.best_epoch, Bounds<std::int64_t>{1, std::ssize(first.epochs)});
  field("temperature", first.temperature, Bounds<float>{1e-6f, 1e6f});
}

template <MaybeConst<CheckpointRecord> Record>
void visit_fields(Record& record, const auto& field) {
  field("identity", record.identity);
  field("place", record.place);
  field("first", record.first);
}

template <MaybeConst<InitRecord> Record>
void visit_fields(Record& init, const auto& field) {
  field("digest", init.digest);
  field("documents", init.documents, kCount);
  field("other_documents", init.other_documents, kCount);
}

template <MaybeConst<TrainingRecord> Record>
void visit_fields(Record& record, const auto& field) {
  field("options", record.options);
  field("set_by_preset", record.set_by_preset);
  field("set_by_data", record.set_by_data);
  field("class_weight", record.class_weight, Words{"none", "balanced", "file"});
  field("documents", record.documents, kCount);
  field("held_out", record.held_out, kCount);
  field("left_out", record.left_out, kCount);
  field("empty", record.empty, kCount);
  field("repaired", record.repaired, kCount);
  field("label_documents", record.label_documents, kCount);
  field("data_digest", record.data_digest);
  field("libtorch_version", record.libtorch_version);
  field("best_epoch", record.best_epoch, kCount);
  field("epochs", record.epochs);
  field("validation_epochs", record.validation_epochs);
  field("init", record.init);
}

}  // namespace newsclf
