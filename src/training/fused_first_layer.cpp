// SPDX-License-Identifier: MIT
#include "training/fused_first_layer.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "parallel/clones.hpp"

namespace newsclf {
namespace {

/// The batch and the rows of the weight that it touches, for the loops below. Passed by value, so
/// that the compiler can assume that a store to a weight does not change them.
struct TouchedRows {
  const std::int64_t* rows;  // of the weight
  const std::int32_t* begins;
  const std::int32_t* entry_rows;
  const float* entry_values;
};

constexpr std::int64_t kColumnsPerPiece = 256;
constexpr std::int64_t kFloatsPerLine = 16;
/// How many columns ahead rows of the weight are prefetched; the processor cannot predict their
/// order.
constexpr std::int64_t kForwardAhead = 8;
constexpr std::int64_t kStepAhead = 3;

/// Calls `each(u)` for all units, one cache line at a time, so that the compiler vectorizes it for
/// any number of units.
template <typename Each>
__attribute__((always_inline)) inline void for_units(std::int64_t units, const Each& each) {
  std::int64_t u = 0;
  for (; u + kFloatsPerLine <= units; u += kFloatsPerLine)
    for (std::int64_t k = 0; k < kFloatsPerLine; ++k) each(u + k);
  for (; u < units; ++u) each(u);
}

/// A matrix whose rows of `units` floats are `stride` floats apart.
struct Rows {
  float* data;
  std::int64_t units, stride;
};

/// sums[r, u] += owed * values * weight[row, u] for `count` units starting at `first`.
NEWSCLF_CLONES void add_columns(float* __restrict__ sums, Rows weight, std::int64_t first,
                                std::int64_t count, std::int64_t columns, TouchedRows touched,
                                float owed) {
  const float* __restrict__ const from_first = weight.data + first;
  for (std::int64_t t = 0; t < columns; ++t) {
    if (t + kForwardAhead < columns) {
      const float* const later = from_first + touched.rows[t + kForwardAhead] * weight.stride;
      for (std::int64_t u = 0; u < count; u += kFloatsPerLine) __builtin_prefetch(later + u);
    }
    const float* const from = from_first + touched.rows[t] * weight.stride;
    for (std::int32_t k = touched.begins[t]; k < touched.begins[t + 1]; ++k) {
      float* const sum = sums + touched.entry_rows[k] * weight.units + first;
      const float value = owed * touched.entry_values[k];
      for_units(count, [=](std::int64_t u) { sum[u] += value * from[u]; });
    }
  }
}

/// Multiplies a row by `factor`; returns whether all of it is finite.
NEWSCLF_CLONES bool scale(float* row, float factor, std::int64_t units) {
  float zeros[kFloatsPerLine] = {};  // 0 times a number that is not finite is not 0
  std::int64_t u = 0;
  for (; u + kFloatsPerLine <= units; u += kFloatsPerLine)
    for (std::int64_t k = 0; k < kFloatsPerLine; ++k) zeros[k] += 0 * (row[u + k] *= factor);
  float sum = 0;
  for (; u < units; ++u) sum += 0 * (row[u] *= factor);
  for (const float zero : zeros) sum += zero;
  return sum == 0;
}

/// The factors of a step, each rounded once.
struct StepFactors {
  float beta, one_minus_beta, eps, step_size;
};

struct LayerState {
  Rows w;
  float* v;              // [columns, units / sharing]
  std::int64_t sharing;  // units that share one v
};

/// Updates units that share one v.
__attribute__((always_inline)) inline void move_row(float* __restrict__ w, float* v,
                                                    const float* __restrict__ g, std::int64_t units,
                                                    StepFactors f) {
  // The order of summation does not depend on the processor.
  float lanes[kFloatsPerLine] = {};
  std::int64_t whole = 0;
  for (; whole + kFloatsPerLine <= units; whole += kFloatsPerLine)
    for (std::int64_t k = 0; k < kFloatsPerLine; ++k) lanes[k] += g[whole + k] * g[whole + k];
  float sum = 0;
  for (std::int64_t u = whole; u < units; ++u) sum += g[u] * g[u];
  for (std::int64_t half = kFloatsPerLine / 2; half > 0; half /= 2)
    for (std::int64_t k = 0; k < half; ++k) lanes[k] += lanes[k + half];
  sum += lanes[0];
  *v = f.beta * *v + f.one_minus_beta * sum / static_cast<float>(units);
  const float factor = f.step_size / (std::sqrt(*v) + f.eps);
  for_units(units, [=](std::int64_t u) { w[u] -= factor * g[u]; });
}

/// Computes the gradient of the touched columns [begin, end) and updates them.
/// `row_gradient` is a buffer of `sharing` floats.
NEWSCLF_CLONES void step_columns(LayerState state, const float* gradient, TouchedRows touched,
                                 std::int64_t begin, std::int64_t end, StepFactors factors,
                                 float* __restrict__ row_gradient) {
  const auto [w, units, stride] = state.w;
  for (std::int64_t t = begin; t < end; ++t) {
    if (t + kStepAhead < end) {
      const std::int64_t later = touched.rows[t + kStepAhead];
      for (std::int64_t u = 0; u < units; u += kFloatsPerLine)
        __builtin_prefetch(w + later * stride + u, 1, 2);
      __builtin_prefetch(state.v + later * (units / state.sharing), 1, 2);
    }
    const std::int64_t row = touched.rows[t];
    for (std::int64_t first = 0; first < units; first += state.sharing) {
      const std::int64_t count = state.sharing;
      std::int32_t k = touched.begins[t];
      const float* from = gradient + touched.entry_rows[k] * units + first;
      float value = touched.entry_values[k];
      for_units(count, [=](std::int64_t u) { row_gradient[u] = value * from[u]; });
      for (++k; k < touched.begins[t + 1]; ++k) {
        from = gradient + touched.entry_rows[k] * units + first;
        value = touched.entry_values[k];
        for_units(count, [=](std::int64_t u) { row_gradient[u] += value * from[u]; });
      }
      move_row(w + row * stride + first, state.v + (row * units + first) / count, row_gradient,
               count, factors);
    }
  }
}

TouchedRows touched_rows(const Batch& batch) {
  const EntriesByColumn& entries = *batch.by_column;
  return {batch.touched.const_data_ptr<std::int64_t>(), entries.begins.data(), entries.rows.data(),
          entries.values.data()};
}

Rows rows_of(const torch::Tensor& weight) {
  return {weight.mutable_data_ptr<float>(), weight.size(1), weight.stride(0)};
}

}  // namespace

FusedFirstLayer::FusedFirstLayer(const torch::Tensor& weight, Workers& workers,
                                 const RowRmspropOptions& options)
    : options_(options),
      workers_(workers),
      weight_(weight.detach()),
      mean_square_(torch::zeros({weight_.size(0), weight_.size(1) / options.sharing})) {}

double FusedFirstLayer::owed() const { return std::exp(log_owed_); }

bool FusedFirstLayer::catch_up() {
  const Rows rows = rows_of(weight_);
  const auto factor = static_cast<float>(owed());
  std::atomic<bool> finite = true;
  workers_.share(weight_.size(0), kColumnsPerPiece, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      // The processor does not foresee the gaps between rows.
      const float* const later = rows.data + std::min(row + kForwardAhead, end - 1) * rows.stride;
      for (std::int64_t u = 0; u < rows.units; u += kFloatsPerLine)
        __builtin_prefetch(later + u, 1);
      if (!scale(rows.data + row * rows.stride, factor, rows.units)) finite = false;
    }
  });
  log_owed_ = 0;
  return finite;
}

void FusedFirstLayer::add_state(StateArrays& state, const std::string& name) {
  state.add(name + ".mean_square", mean_square_);
  state.add(name + ".steps", steps_);
  state.add(name + ".log_owed", log_owed_);
}

torch::Tensor FusedFirstLayer::forward(const Batch& batch) {
  const std::int64_t units = weight_.size(1), columns = batch.touched.size(0);
  torch::Tensor sums = torch::zeros({batch.offsets.size(0), units});
  auto* const out = sums.mutable_data_ptr<float>();
  const Rows weight = rows_of(weight_);
  const TouchedRows touched = touched_rows(batch);
  const auto factor = static_cast<float>(owed());
  // One piece per thread, of whole cache lines; the sums of a batch's rows in it should fit into
  // the caches.
  constexpr std::int64_t kMostUnits = 160;
  const std::int64_t lines = (units / workers_.threads() + kFloatsPerLine) / kFloatsPerLine;
  const std::int64_t piece = std::min(lines * kFloatsPerLine, kMostUnits);
  workers_.share(units, piece, [&](std::int64_t begin, std::int64_t end) {
    add_columns(out, weight, begin, end - begin, columns, touched, factor);
  });
  return sums;
}

void FusedFirstLayer::step(const Batch& batch, const torch::Tensor& gradient, double lr) {
  // So that the stored weights stay in the range of a float.
  constexpr double kMostOwed = -20;
  if (log_owed_ < kMostOwed) catch_up();
  log_owed_ += std::log1p(-lr * options_.weight_decay);
  const StepFactors factors = {
      static_cast<float>(options_.beta),
      static_cast<float>(1 - options_.beta),
      static_cast<float>(options_.eps),
      static_cast<float>(step_size(options_, ++steps_, lr) / owed()),
  };
  const torch::Tensor contiguous = gradient.contiguous();
  const auto* const g = contiguous.const_data_ptr<float>();
  const LayerState state = {rows_of(weight_), mean_square_.mutable_data_ptr<float>(),
                            options_.sharing};
  const TouchedRows touched = touched_rows(batch);
  workers_.share(batch.touched.size(0), kColumnsPerPiece,
                 [&](std::int64_t begin, std::int64_t end) {
                   std::vector<float> row_gradient(static_cast<std::size_t>(state.sharing));
                   step_columns(state, g, touched, begin, end, factors, row_gradient.data());
                 });
}

}  // namespace newsclf
