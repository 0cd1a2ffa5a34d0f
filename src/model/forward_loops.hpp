// SPDX-License-Identifier: MIT
// The inner loops of the forward pass. Whoever calls them compiles them for several processors
// (NEWSCLF_CLONES) and with -ffp-contract=off: without fused multiply-add, each of them gives the
// same bits on every processor.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "newsclf/features/sparse_rows.hpp"

namespace newsclf::loops {

#define NEWSCLF_LOOP [[gnu::always_inline]] inline

NEWSCLF_LOOP float to_float(float number) { return number; }
NEWSCLF_LOOP float to_float(std::int8_t number) { return static_cast<float>(number); }
/// @param number an IEEE 754 binary16
NEWSCLF_LOOP float to_float(std::uint16_t number) {
  // The exponents of float and half differ by this; a multiplication by it also converts subnormal
  // halves.
  constexpr float kExponents = 0x1p112F;
  const std::uint32_t size = (number & 0x7FFFU) << 13;
  const std::uint32_t sign = (number & 0x8000U) << 16;
  return std::bit_cast<float>(
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(size) * kExponents) | sign);
}

/// Rows of numbers [V, rank], each with a scale unless `scale` is null.
template <typename Number>
struct Matrix {
  const Number* numbers;
  const float* scale;
  std::size_t rank;
};

/// Adds `kWidth` columns of the matrix from `begin` on: the sums stay in registers.
template <std::size_t kWidth, typename Number>
NEWSCLF_LOOP void add_stripe(const Matrix<Number>& matrix, const SparseRow& row,
                             std::int32_t first_row, float factor, std::size_t begin, float* sums) {
  std::array<float, kWidth> stripe;
  std::copy_n(sums + begin, kWidth, stripe.begin());
  for (std::size_t i = 0; i < row.columns.size(); ++i) {
    const auto v = static_cast<std::size_t>(row.columns[i] - first_row);
    float value = row.values[i] * factor;
    if (matrix.scale != nullptr) value *= matrix.scale[v];
    const Number* const numbers = matrix.numbers + v * matrix.rank + begin;
    for (std::size_t k = 0; k < kWidth; ++k) stripe[k] += value * to_float(numbers[k]);
  }
  std::ranges::copy(stripe, sums + begin);
}

/// sums += row * matrix; the first row of the matrix belongs to the column `first_row`.
/// @param factor of the values of `row` @param sums [rank]
template <typename Number>
NEWSCLF_LOOP void add_rows(const Matrix<Number>& matrix, const SparseRow& row,
                           std::int32_t first_row, float factor, float* sums) {
  for (const std::int32_t column : row.columns) {
    const auto v = static_cast<std::size_t>(column - first_row);
    __builtin_prefetch(matrix.numbers + v * matrix.rank);
    __builtin_prefetch(matrix.numbers + v * matrix.rank + matrix.rank - 1);
    if (matrix.scale != nullptr) __builtin_prefetch(matrix.scale + v);
  }
  std::size_t k = 0;
  for (; k + 16 <= matrix.rank; k += 16) add_stripe<16>(matrix, row, first_row, factor, k, sums);
  for (; k + 4 <= matrix.rank; k += 4) add_stripe<4>(matrix, row, first_row, factor, k, sums);
  for (; k < matrix.rank; ++k) add_stripe<1>(matrix, row, first_row, factor, k, sums);
}

/// sums += value * row. @param row [width] @param sums [width]
NEWSCLF_LOOP void add_floats(const float* row, float value, float* sums, std::size_t width) {
  for (std::size_t k = 0; k < width; ++k) sums[k] += value * row[k];
}

/// Inner product in eight partial sums; the order does not depend on the machine.
NEWSCLF_LOOP float dot(const float* a, const float* b, std::size_t n) {
  std::array<float, 8> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= n; i += sums.size())
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += a[i + k] * b[i + k];
  float sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (const float partial : sums) sum += partial;
  return sum;
}

/// out = weight * in + bias; weight is [out, in].
NEWSCLF_LOOP void linear(std::span<const float> weight, std::span<const float> bias,
                         std::span<const float> in, std::span<float> out) {
  for (std::size_t o = 0; o < out.size(); ++o)
    out[o] = bias[o] + dot(weight.data() + o * in.size(), in.data(), in.size());
}

}  // namespace newsclf::loops
