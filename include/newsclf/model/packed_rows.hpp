// SPDX-License-Identifier: MIT
// The weights of a first layer [V, W] in fewer bytes than floats: in 16 bits, in 8 bits with a
// scale per row, or as the product of a narrow matrix in 8 bits and a basis (a low-rank
// approximation).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/names/choice.hpp"

namespace newsclf {

/// How a model file stores the weights of the first layers.
enum class WeightForm { kLowRank, kI8, kF16, kF32 };
inline constexpr Choice<WeightForm> kWeightForms[] = {{"low-rank", WeightForm::kLowRank},
                                                      {"i8", WeightForm::kI8},
                                                      {"f16", WeightForm::kF16},
                                                      {"f32", WeightForm::kF32}};

/// Row v of the weights is `scale[v] * bytes[v] * basis`, or `halves[v]`. Copies share the arrays,
/// which the network's owner keeps alive.
struct PackedRows {
  std::size_t rank = 0;                   ///< r, numbers stored per row; W without a basis
  std::span<const std::uint16_t> halves;  ///< [V, r] IEEE 754 binary16; or
  std::span<const std::int8_t> bytes;     ///< [V, r] and
  std::span<const float> scale;           ///< [V], of the bytes
  std::span<const float> basis;           ///< [r, W]; empty: r = W, and rows are as stored

  bool is_empty() const { return rank == 0; }
  WeightForm form() const;
  /// sums += factor * row * the stored numbers, whose first row belongs to the column `first_row`.
  /// @param sums [r]
  void add(const SparseRow& row, std::int32_t first_row, float factor, std::span<float> sums) const;
  /// out += sums * basis. @param sums [r] @param out [W]
  void expand(std::span<const float> sums, std::span<float> out) const;
};

/// Arrays of `PackedRows`.
struct PackedArrays {
  std::vector<std::uint16_t> halves;
  std::vector<std::int8_t> bytes;
  std::vector<float> scale, basis;
};

/// The nearest half of each number (ties to even). @param numbers less than 65,520 in size
std::vector<std::uint16_t> to_halves(std::span<const float> numbers);
float of_half(std::uint16_t half);

/// Each row in 8 bits: the largest number of a row in size becomes 127 or -127.
/// @param numbers [V, r]; sets `bytes` and `scale`
void quantize(std::span<const float> numbers, std::size_t rank, PackedArrays& arrays);

}  // namespace newsclf
