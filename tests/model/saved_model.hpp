// SPDX-License-Identifier: MIT
// Reads the parts of a model file, and builds a classifier with extreme values to save in one.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "newsclf/model/classifier.hpp"
#include "support/support.hpp"

namespace newsclf::testing {

using nlohmann::ordered_json;

/// The parts of a model file, read without the code under test.
struct FileParts {
  std::string bytes;
  ordered_json header;
  std::size_t data_start;
};

inline FileParts parts_of(const std::string& path) {
  FileParts parts{read_file(path), {}, 0};
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, parts.bytes.data(), 8);
  parts.data_start = 8 + header_size;
  parts.header = ordered_json::parse(parts.bytes.substr(8, header_size));
  return parts;
}

/// A classifier with every option different from its default and with values at their limits.
inline Classifier extreme_classifier() {
  VectorizerOptions options;
  options.text = {.post_headers = false,
                  .strip_quotes = true,
                  .strip_footers = true,
                  .subject_weight = 1000,
                  .keep_case = true,
                  .token_pattern = TokenPattern::kNonspace,
                  .min_script_ngram = 2,
                  .max_script_ngram = 10,
                  .min_ngram = 2,
                  .max_ngram = 10,
                  .min_char_ngram = 3,
                  .max_char_ngram = 10,
                  .max_long_ngram = 9};
  options.vocabulary = {.min_df = std::int64_t{1} << 48,
                        .min_char_df = 2,
                        .min_long_df = 3,
                        .max_df = 0.1,
                        .max_features = 1};
  options.weighting = {Weighting::kTfidf, Norm::kL2, 0.1f, TokenScale::kNb};
  struct Arrays {
    std::vector<float> idf = {1e22f, 1.0f / 3};
    std::vector<float> token_scale = {0, 5.5f};
    std::vector<float> weights = {-0.0f, std::numeric_limits<float>::denorm_min(), -1e6f, 0.1f};
  };
  const auto arrays = std::make_shared<const Arrays>();
  const std::span<const float> weights = arrays->weights;
  TokenTable table;
  table.insert("Ελληνικά \U0001F680");
  table.insert("\"quoted\\\"");
  Classifier classifier;
  classifier.vectorizer =
      Vectorizer(options, Vocabulary(std::move(table)), {arrays->idf, arrays->token_scale}, arrays);
  classifier.labels = LabelSet({"日本語", "a \"b\" \\c", "Ünïcode", "~"});
  classifier.ensemble = Network{{2, 2, 1, 4},    weights, weights.first(2), weights.last(2),
                                weights.last(1), weights, weights,          arrays};
  classifier.ensemble.rescales_parts = true;
  classifier.ensemble.temperature = 0.01f;
  classifier.columns = {"\"Klasse\"", "Nümmer\n"};
  TrainingRecord& training = classifier.training;
  training.options = {.hidden1 = 2,
                      .hidden2 = 1,
                      .members = 1,
                      .inputs = {NetworkInput::kCharacters},
                      .linear = LinearInput::kBigrams,
                      .dropout = 0.1,
                      .word_dropout = 0.25,
                      .optimizer = OptimizerKind::kAdam,
                      .epochs = 2,
                      .batch_size = 1,
                      .lr = 1e-300,
                      .lr_schedule = LrSchedule::kConstant,
                      .weight_decay = 1.0 / 7,
                      .label_smoothing = 0.3,
                      .patience = 3,
                      .seed = std::numeric_limits<std::uint64_t>::max()};
  training.documents = std::int64_t{1} << 48;
  training.held_out = 1;
  training.empty = 2;
  training.repaired = 3;
  training.label_documents = {5, std::int64_t{1} << 48, 0, 7};
  training.data_digest = "0123456789abcdef0123456789abcdef";
  training.libtorch_version = "2.13.0+cpu";
  training.set_by_data = {"epochs", "", "\"Ünïcode\"\n"};
  training.class_weight = "balanced";
  training.best_epoch = 2;
  training.epochs = {{1, 1.0 / 3, 0.1, {}, {}}, {2, 0, 1e-9, 1e9, 2.0 / 3}};
  training.validation_epochs = {{1, 0.5, 0.25, 0.125, 1}};
  return classifier;
}

}  // namespace newsclf::testing
