// SPDX-License-Identifier: MIT
// Test helpers that use LibTorch. Torch is included before Catch2: both define CHECK, and the later
// definition is used.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "newsclf/parallel/random.hpp"
#include "newsclf/training/options.hpp"
#include "support/support.hpp"
#include "training/optimizer.hpp"
#include "training/trainer.hpp"

namespace newsclf::testing {

/// Rows that own their labels.
struct Labelled {
  SparseRows rows;
  std::vector<std::int32_t> labels;

  operator LabelledRows() const { return {rows, labels}; }
};

/// Rows from {label, {{column, value}, …}} pairs.
inline Labelled labelled(
    std::initializer_list<std::pair<std::int32_t, std::vector<std::pair<std::int32_t, float>>>>
        documents) {
  Labelled result;
  for (const auto& [label, entries] : documents) {
    result.labels.push_back(label);
    for (const auto& [column, value] : entries) {
      result.rows.columns.push_back(column);
      result.rows.values.push_back(value);
    }
    result.rows.end_row();
  }
  return result;
}

/// Rows of about inputs/20 entries with random labels; about every tenth row is empty.
inline Labelled random_documents(std::size_t count, std::int64_t inputs, std::int64_t labels,
                                 std::uint64_t seed) {
  Random random(seed);
  const auto below = [&](std::int64_t bound) {
    return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(bound)));
  };
  Labelled result;
  while (result.rows.size() < count) {
    result.labels.push_back(below(labels));
    const bool empty = below(10) == 0;
    for (std::int32_t column = below(40); !empty && column < inputs; column += 1 + below(40)) {
      result.rows.columns.push_back(column);
      result.rows.values.push_back(random.uniform());
    }
    result.rows.end_row();
  }
  return result;
}

/// The elements of a tensor of type `T`, in C order.
template <typename T>
std::vector<T> elements(const torch::Tensor& tensor) {
  const torch::Tensor contiguous = tensor.detach().cpu().contiguous();
  const T* const first = contiguous.const_data_ptr<T>();
  return {first, first + contiguous.numel()};
}

/// Returns whether two ensembles agree in shape and in every bit of their weights.
inline bool same_bytes(const Ensemble& a, const Ensemble& b) {
  const auto same = [](std::span<const float> x, std::span<const float> y) {
    return std::ranges::equal(std::as_bytes(x), std::as_bytes(y));
  };
  return a.all_shares() == b.all_shares() &&
         std::ranges::equal(a.networks, b.networks, [&](const Network& m, const Network& n) {
           return m.shape == n.shape && m.first_column == n.first_column &&
                  same(m.first_weight, n.first_weight) && same(m.first_bias, n.first_bias) &&
                  same(m.hidden2_weight, n.hidden2_weight) &&
                  same(m.hidden2_bias, n.hidden2_bias) && same(m.output_weight, n.output_weight) &&
                  same(m.output_bias, n.output_bias);
         });
}

/// The weights of `module` as they are now.
inline Network copy_weights(const SparseNetworkImpl& module) {
  return share_weights(*make_module(share_weights(module), torch::kCPU));
}

inline constexpr DeviceChoice kCpu{DeviceChoice::kCpu};
inline void no_observer(const TrainingProgress&) {}

/// `train_ensemble` on the CPU.
inline TrainingResult train_on_cpu(const TrainingData& data, const TrainingOptions& options,
                                   const TrainingObserver& observer = no_observer,
                                   int threads = 1) {
  Workers workers(threads);
  return train_ensemble(data, options, kCpu, workers, observer);
}

/// Computes the gradients and applies them; returns the loss before the step.
inline torch::Tensor take_step(Optimizer& optimizer, const Batch& batch, double lr) {
  const torch::Tensor loss = optimizer.gradients(optimizer.sum_columns(batch));
  optimizer.apply(lr);
  return loss;
}

/// The logits computed by the LibTorch modules.
inline std::vector<float> module_logits(const Ensemble& ensemble, const SparseRows& rows,
                                        const DeviceChoice& device = kCpu, int threads = 1) {
  return module_forward(ensemble, device, threads)(rows);
}

/// What a network that reads all of `inputs` columns reads.
inline BatchOptions all_of(std::int64_t inputs) {
  return {.columns = {0, static_cast<std::int32_t>(inputs)}};
}

}  // namespace newsclf::testing
