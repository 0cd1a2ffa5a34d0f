// SPDX-License-Identifier: MIT
#include "newsclf/training/fused_first_layer.hpp"

#include <algorithm>
#include <cmath>

// The loops below are compiled for several kinds of x86-64 processors; the best one is chosen when
// the library is loaded. Sanitizers do not support that.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define NEWSCLF_CLONES \
  __attribute__((target_clones("default", "arch=haswell", "arch=skylake-avx512")))
#else
#define NEWSCLF_CLONES
#endif

namespace newsclf {
namespace {

/// sum += value * row
NEWSCLF_CLONES void add_scaled(float* __restrict__ sum, const float* __restrict__ row, float value,
                               std::int64_t units) {
  for (std::int64_t u = 0; u < units; ++u) sum[u] += value * row[u];
}

NEWSCLF_CLONES void scale(float* row, float factor, std::int64_t units) {
  for (std::int64_t u = 0; u < units; ++u) row[u] *= factor;
}

/// What `adam_row` multiplies by, rounded once.
struct AdamFactors {
  float beta1, one_minus_beta1, beta2, one_minus_beta2, eps, step_size;
};

NEWSCLF_CLONES void adam_row(float* __restrict__ w, float* __restrict__ m, float* __restrict__ v,
                             const float* __restrict__ g, std::int64_t units,
                             const AdamFactors& factors, float decay) {
  const AdamFactors f = factors;
  for (std::int64_t u = 0; u < units; ++u) {
    m[u] = f.beta1 * m[u] + f.one_minus_beta1 * g[u];
    v[u] = f.beta2 * v[u] + f.one_minus_beta2 * g[u] * g[u];
    w[u] = decay * w[u] - f.step_size * m[u] / (std::sqrt(v[u]) + f.eps);
  }
}

/// The same with one second moment for the row.
NEWSCLF_CLONES void adam_row_shared(float* __restrict__ w, float* __restrict__ m, float* v,
                                    const float* __restrict__ g, std::int64_t units,
                                    const AdamFactors& factors, float decay) {
  const AdamFactors f = factors;
  constexpr std::int64_t kLanes = 16;  // sums in an order that does not depend on the processor
  float lanes[kLanes] = {};
  const std::int64_t whole = units - units % kLanes;
  for (std::int64_t u = 0; u < whole; u += kLanes)
    for (std::int64_t k = 0; k < kLanes; ++k) lanes[k] += g[u + k] * g[u + k];
  float sum = 0;
  for (std::int64_t u = whole; u < units; ++u) sum += g[u] * g[u];
  for (const float lane : lanes) sum += lane;
  *v = f.beta2 * *v + f.one_minus_beta2 * sum / static_cast<float>(units);
  const float factor = f.step_size / (std::sqrt(*v) + f.eps);
  for (std::int64_t u = 0; u < units; ++u) {
    m[u] = f.beta1 * m[u] + f.one_minus_beta1 * g[u];
    w[u] = decay * w[u] - factor * m[u];
  }
}

constexpr std::int64_t kRowsPerPiece = 16;
constexpr std::int64_t kColumnsPerPiece = 256;

}  // namespace

FusedFirstLayer::FusedFirstLayer(const torch::Tensor& weight, Workers& workers,
                                 const LazyAdamOptions& options)
    : options_(options),
      workers_(workers),
      weight_(weight.detach()),
      mean_(torch::zeros_like(weight_)),
      mean_square_(torch::zeros({weight_.size(0), weight_.size(1) / options.sharing})),
      decay_(weight_.size(0), options.weight_decay) {}

void FusedFirstLayer::catch_up() {
  catch_up(weight_.size(0), [](std::int64_t row) { return row; });
}

template <typename RowOf>
void FusedFirstLayer::catch_up(std::int64_t count, const RowOf& row_of) {
  if (!decay_.is_on()) return;
  auto* const w = weight_.mutable_data_ptr<float>();
  const std::int64_t units = weight_.size(1);
  workers_.share(count, kColumnsPerPiece, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      if (const float factor = decay_.settle(row_of(i)); factor != 1)
        scale(w + row_of(i) * units, factor, units);
  });
}

torch::Tensor FusedFirstLayer::forward(const Batch& batch) {
  const std::int64_t rows = batch.offsets.size(0), units = weight_.size(1);
  const std::int64_t entries = batch.columns.size(0);
  torch::Tensor sums = torch::zeros({rows, units});
  auto* const out = sums.mutable_data_ptr<float>();
  const auto* const w = weight_.const_data_ptr<float>();
  const auto* const touched = batch.touched.const_data_ptr<std::int64_t>();
  const auto* const columns = batch.columns.const_data_ptr<std::int32_t>();
  const auto* const offsets = batch.offsets.const_data_ptr<std::int32_t>();
  const auto* const values = batch.values.const_data_ptr<float>();
  catch_up(batch.touched.size(0), [touched](std::int64_t t) { return touched[t]; });
  workers_.share(rows, kRowsPerPiece, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int64_t stop = r + 1 < rows ? offsets[r + 1] : entries;
      for (std::int64_t k = offsets[r]; k < stop; ++k)
        add_scaled(out + r * units, w + touched[columns[k]] * units, values[k], units);
    }
  });
  return sums;
}

void FusedFirstLayer::transpose(const Batch& batch) {
  const auto entries = static_cast<std::size_t>(batch.columns.size(0));
  const auto rows = static_cast<std::size_t>(batch.offsets.size(0));
  const auto* const columns = batch.columns.const_data_ptr<std::int32_t>();
  const auto* const offsets = batch.offsets.const_data_ptr<std::int32_t>();
  const auto* const values = batch.values.const_data_ptr<float>();
  begins_.assign(static_cast<std::size_t>(batch.touched.size(0)) + 1, 0);
  entry_rows_.resize(entries);
  entry_values_.resize(entries);
  for (std::size_t k = 0; k < entries; ++k) ++begins_[static_cast<std::size_t>(columns[k]) + 1];
  for (std::size_t t = 1; t < begins_.size(); ++t) begins_[t] += begins_[t - 1];
  // Filling moves every begin to the next one; the shift below brings them back.
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t stop = r + 1 < rows ? static_cast<std::size_t>(offsets[r + 1]) : entries;
    for (auto k = static_cast<std::size_t>(offsets[r]); k < stop; ++k) {
      const auto place = static_cast<std::size_t>(begins_[static_cast<std::size_t>(columns[k])]++);
      entry_rows_[place] = static_cast<std::int32_t>(r);
      entry_values_[place] = values[k];
    }
  }
  std::copy_backward(begins_.begin(), begins_.end() - 1, begins_.end());
  begins_.front() = 0;
}

void FusedFirstLayer::step(const Batch& batch, const torch::Tensor& gradient, double lr) {
  const AdamFactors factors = {static_cast<float>(options_.beta1),
                               static_cast<float>(1 - options_.beta1),
                               static_cast<float>(options_.beta2),
                               static_cast<float>(1 - options_.beta2),
                               static_cast<float>(options_.eps),
                               static_cast<float>(lazy_adam_step_size(options_, ++steps_, lr))};
  decay_.count_step(lr);
  transpose(batch);
  const torch::Tensor contiguous = gradient.contiguous();
  const auto* const g = contiguous.const_data_ptr<float>();
  auto* const w = weight_.mutable_data_ptr<float>();
  auto* const m = mean_.mutable_data_ptr<float>();
  auto* const v = mean_square_.mutable_data_ptr<float>();
  const auto* const touched = batch.touched.const_data_ptr<std::int64_t>();
  const std::int64_t units = weight_.size(1);
  workers_.share(
      batch.touched.size(0), kColumnsPerPiece, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> row_gradient(static_cast<std::size_t>(units));
        for (std::int64_t t = begin; t < end; ++t) {
          std::fill(row_gradient.begin(), row_gradient.end(), 0.0f);
          const auto place = static_cast<std::size_t>(t);
          for (auto k = static_cast<std::size_t>(begins_[place]);
               k < static_cast<std::size_t>(begins_[place + 1]); ++k)
            add_scaled(row_gradient.data(), g + entry_rows_[k] * units, entry_values_[k], units);
          const std::int64_t row = touched[t] * units;
          const float decay = decay_.settle(touched[t]);
          if (options_.sharing == 1) {
            adam_row(w + row, m + row, v + row, row_gradient.data(), units, factors, decay);
            continue;
          }
          for (std::int64_t u = 0; u < units; u += options_.sharing)
            adam_row_shared(w + row + u, m + row + u, v + (row + u) / options_.sharing,
                            row_gradient.data() + u, options_.sharing, factors, decay);
        }
      });
}

}  // namespace newsclf
