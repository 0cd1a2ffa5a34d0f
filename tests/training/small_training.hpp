// SPDX-License-Identifier: MIT
// Small trainings and metrics of their results.
#pragma once

#include "training/support.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "training/trainer.hpp"

namespace newsclf::testing {

inline constexpr std::int64_t kInputs = 6, kLabels = 4;

/// Labels 0 and 1 are not linearly separable, so the network needs hidden units.
inline Labelled eight_documents() {
  return labelled({{0, {{0, 1}, {1, 1}}},
                   {0, {{2, 1}, {3, 1}}},
                   {1, {{0, 1}, {2, 1}}},
                   {1, {{1, 1}, {3, 1}}},
                   {2, {{4, 1}}},
                   {2, {{4, 1}, {0, 1}}},
                   {3, {{5, 1}}},
                   {3, {}}});
}

inline TrainingOptions small_options() {
  TrainingOptions options;
  options.members = 1;
  options.weight_decay = 0;
  options.hidden1 = 24;
  options.hidden2 = 12;
  options.dropout = 0;
  options.epochs = 2;
  options.batch_size = 3;
  options.lr = 0.02;
  options.lr_schedule = LrSchedule::kConstant;
  return options;
}

inline TrainingResult train(const Labelled& documents, const TrainingOptions& options,
                            std::int64_t stop_after = 0,
                            const std::vector<float>& label_weights = {}) {
  TrainingData data{documents, std::nullopt, kInputs, kLabels, label_weights};
  data.stop_after = stop_after;
  return train_on_cpu(data, options);
}

inline TrainingResult train_with(const Labelled& documents, const Labelled& held_out,
                                 const TrainingOptions& options) {
  return train_on_cpu({documents, LabelledRows(held_out), kInputs, kLabels}, options);
}

inline std::vector<std::int32_t> predicted(const Ensemble& ensemble, const SparseRows& rows) {
  std::vector<std::int32_t> labels;
  for (std::size_t r = 0; r < rows.size(); ++r)
    labels.push_back(rank_labels(logits_of(ensemble, rows.row(r))).front().label);
  return labels;
}

/// The cross-entropy of one document under softmax.
inline double cross_entropy_of(std::span<const float> logits, std::int32_t label) {
  double total = 0;
  for (const float logit : logits) total += std::exp(static_cast<double>(logit));
  return std::log(total) - logits[static_cast<std::size_t>(label)];
}

inline double mean_cross_entropy(const Ensemble& ensemble, const Labelled& documents) {
  double sum = 0;
  for (std::size_t r = 0; r < documents.labels.size(); ++r)
    sum += cross_entropy_of(logits_of(ensemble, documents.rows.row(r)), documents.labels[r]);
  return sum / static_cast<double>(documents.labels.size());
}

/// The best of `epochs` by accuracy, then by loss, then the first, up to the point where `patience`
/// epochs in a row are no better.
inline std::int64_t best_of(const std::vector<EpochRecord>& epochs, std::int64_t patience) {
  const EpochRecord* best = &epochs.front();
  for (const EpochRecord& epoch : epochs) {
    if (epoch.epoch - best->epoch > patience) break;
    if (std::pair(*epoch.valid_accuracy, -*epoch.valid_loss) >
        std::pair(*best->valid_accuracy, -*best->valid_loss))
      best = &epoch;
  }
  return best->epoch;
}

}  // namespace newsclf::testing
