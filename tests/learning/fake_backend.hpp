// SPDX-License-Identifier: MIT
// A backend for tests of what happens around the training, and documents for it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/learning/learn.hpp"

namespace newsclf::testing {

/// A network of zeros, which gives every label the same probability.
inline Network zero_network(const TrainingData& data, const TrainingOptions& options) {
  auto zeros = std::make_shared<const std::vector<float>>(1'000'000);
  const NetworkShape shape{data.inputs, options.hidden1, options.hidden2, data.labels,
                           options.members};
  const auto take = [&](std::int64_t count) {
    return std::span(*zeros).first(static_cast<std::size_t>(count));
  };
  const std::int64_t n = shape.members, h1 = shape.hidden1, h2 = shape.hidden2, c = shape.labels;
  return {shape,        take(shape.inputs * n * h1),
          take(n * h1), take(n * h2 * h1),
          take(n * h2), take(n * c * h2),
          take(n * c),  zeros};
}

/// A backend that trains nothing and records its calls.
class FakeBackend : public Backend {
 public:
  struct Call {
    TrainingOptions options;
    std::int64_t documents, held_out, stop_after;
    std::vector<float> label_weights;
    std::vector<std::int32_t> start_columns = {}, start_labels = {};
  };
  mutable std::vector<Call> calls;
  std::int64_t diverges_in = 0;

  std::string libtorch_version() const override { return "fake"; }

  TrainingResult train(const TrainingData& data, const TrainingOptions& options,
                       const DeviceChoice&, Workers&, const TrainingObserver& observer,
                       TrainingCheckpoints*, ProcessGroup*) const override {
    calls.push_back({options, static_cast<std::int64_t>(data.train.rows.size()),
                     data.held_out ? static_cast<std::int64_t>(data.held_out->rows.size()) : 0,
                     data.stop_after, data.label_weights});
    if (data.start != nullptr) {
      calls.back().start_columns = data.start->columns;
      calls.back().start_labels = data.start->labels;
    }
    TrainingResult result;
    result.options = options;
    result.device = "nowhere";
    const std::int64_t last = data.stop_after > 0 ? data.stop_after : options.epochs;
    for (std::int64_t epoch = 1; epoch <= last; ++epoch) {
      if (epoch == diverges_in) {
        result.diverged_in_epoch = epoch;
        break;
      }
      EpochRecord record{.epoch = epoch, .loss = 1, .lr = *options.lr};
      if (data.held_out) record.valid_loss = record.valid_accuracy = 0.5;
      result.epochs.push_back(record);
      observer({epoch, last, calls.back().documents, 0, &record});
    }
    // With patience, the third epoch was the best.
    result.best_epoch = options.patience > 0 && data.held_out ? 3 : last;
    result.ensemble = zero_network(data, options);
    return result;
  }

  std::unique_ptr<ProcessGroup> join(const ProcessPlace&) const override { return nullptr; }

  ForwardPass open_forward(const Ensemble&, const DeviceChoice&, int) const override { return {}; }

  /// Keeps the first `rank` numbers of each row.
  LowRank reduce_rank(std::span<const float> weights, std::int64_t width,
                      std::span<const float> importance, std::int64_t rank,
                      Workers&) const override {
    LowRank reduced;
    for (std::size_t v = 0; v < importance.size(); ++v) {
      const auto row = weights.subspan(v * static_cast<std::size_t>(width)).begin();
      reduced.rows.insert(reduced.rows.end(), row, row + rank);
    }
    reduced.basis.assign(static_cast<std::size_t>(rank * width), 0);
    for (std::int64_t k = 0; k < rank; ++k)
      reduced.basis[static_cast<std::size_t>(k * width + k)] = 1;
    return reduced;
  }
};

/// `count` documents of two labels; each contains one of 97 words and a word of its label.
inline std::vector<Document> documents_of(int count) {
  std::vector<Document> documents;
  for (int d = 0; d < count; ++d) {
    const bool even = d % 2 == 0;
    documents.push_back({std::to_string(d), even ? "even" : "odd",
                         "word" + std::to_string(d % 97) + (even ? " moon" : " ball")});
  }
  return documents;
}

inline LearningOptions small_options() {
  LearningOptions options;
  options.suit_char_ngrams = false;
  options.compactness.weights = WeightForm::kF32;  // a network of zeros has no important tokens
  options.training.hidden1 = 4;
  options.training.hidden2 = 3;
  return options;
}

}  // namespace newsclf::testing
